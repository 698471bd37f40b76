package bot

import (
	"cmp"

	"opsbot/model"
	"opsbot/texts"
)

// mark is the mark of an open incident.
func (s *renderer) mark(in *model.Incident, raised bool) string {
	if raised && in.Condition().IsOpen() {
		return "🔺" + texts.OfIncident(in).Mark()
	}
	return texts.OfIncident(in).Mark()
}

// title is the first line of an incident without its mark: who is hit, how badly, by what, where.
func (s *renderer) title(in *model.Incident, down bool) string {
	if down && in.Condition().Works() || in.Reason.Code == model.ReasonLeftInventory {
		return s.partTitle(in, down)
	}
	h, ok := s.headed(in)
	switch {
	case !ok && down:
		return s.partTitle(in, down) + s.place(in.Place)
	case !ok:
		return s.partTitle(in, down)
	}
	mark := texts.OfIncident(in).Mark()
	if in.Kind == model.IncidentStorm && !in.Storm.Small() {
		if line := s.firstLine(&h, mark+" "+stormMark); size(mark+" "+stormMark+plain(line)) <= maxHeadline {
			return stormMark + line
		}
	}
	return s.firstLine(&h, mark)
}

// stormMark is that of many incidents at once.
const stormMark = "🌩 "

// partTitle names an incident by itself, as a part of another one does, or one that hits no client.
func (s *renderer) partTitle(in *model.Incident, down bool) string {
	args := texts.Args{
		"name": model.Clip(string(in.Check), 140), "host": model.Clip(in.Host, 100), "client": model.Clip(in.Client, 70), "service": model.Clip(in.Service, 70),
		"verdict": "", "source": model.Clip(in.Source, 70),
	}
	id := "card." + string(in.Kind)
	switch {
	case down && in.Condition().Works():
		return s.p.HTML("card.works", texts.Args{"what": s.name(in), "condition": s.p.Condition(in, s.now)})
	case in.Kind == model.IncidentStorm:
		return s.stormTitle(in, down)
	case in.Kind == model.IncidentPage:
		return s.pageTitle(in, down)
	case in.Kind == model.IncidentConnectivity:
		return s.offlineTitle(down)
	case in.Kind == model.IncidentEventGroup:
		return s.groupTitle(in, down)
	case in.Reason.Code == model.ReasonLeftInventory:
		return s.p.HTML("card.left", texts.Args{"what": model.Clip(in.Reason.Args["name"], 140)})
	case !down:
		id += ".up"
	case in.Kind == model.IncidentCheck && in.Reason.Code == model.ReasonUnknownLong:
		id += ".unknown"
	case in.Kind == model.IncidentHost:
		args["state"] = s.hostState(in)
	case in.Kind == model.IncidentCheck, in.Kind == model.IncidentSource:
		id += ".down"
	case len(in.Affected) > 0:
		args["verdict"] = s.p.Verdict(in.Affected[0].Verdict)
		if in.Affected[0].Verdict == model.VerdictOK { // some endpoints fail, below the threshold of the service
			args["verdict"] = s.p.T("card.some_fail")
		}
	}
	return s.p.HTML(id, args)
}

// hostState says what is wrong with the host of an incident: "does not answer".
func (s *renderer) hostState(in *model.Incident) string {
	return cmp.Or(s.p.HostState(in.Reason.Code), s.p.HostState(model.ReasonHostDown))
}

// name names the subject of an incident in one or two words.
func (s *renderer) name(in *model.Incident) string {
	switch in.Kind {
	case model.IncidentHost:
		return model.Clip(in.Host, 100)
	case model.IncidentService:
		return model.Clip(in.Client+" "+in.Service, 140)
	case model.IncidentStorm:
		return s.stormName(in)
	case model.IncidentPage:
		return s.p.T("name.page", texts.Args{"who": model.Clip(in.Reason.Args["who"], 70)})
	case model.IncidentConnectivity:
		return s.p.T("name.connectivity")
	case model.IncidentEventGroup:
		if in.Reason.Args["hosts"] == "" { // how many hosts are reported is not the reader's
			return s.p.T("name.event_group", texts.Args{"sources": model.Clip(in.Reason.Args["sources"], 70)})
		}
		return model.Clip(s.p.Reason(in.Reason), 140)
	case model.IncidentSource:
		return s.p.T("name.source", texts.Args{"source": model.Clip(in.Source, 70)})
	default:
		return model.Clip(string(in.Check), 140)
	}
}
