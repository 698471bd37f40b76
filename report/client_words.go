package report

import (
	"slices"
	"strings"
	"time"

	"opsbot/model"
	"opsbot/texts"
)

func (p *renderer) incident(past *model.ClientPast, in *model.Incident) incidentRow {
	from, to := in.OpenedAt, in.ClosedAt
	row := incidentRow{When: p.when(past, from), What: p.what(past, in)}
	switch {
	case in.Open():
		id := "report.open"
		if past.Whole { // later events are not reported here
			id = "report.stood"
		}
		row.Took = p.p.T(id, texts.Args{"took": max(time.Second, past.To.Sub(from)).Truncate(time.Second)})
	default:
		row.Took = p.p.Duration(max(time.Second, to.Sub(from)).Truncate(time.Second))
	}
	if ack, taken := in.AckedFor(past.Client.Name); taken && past.Internal {
		row.Who = model.Clip(ack.Name, maxName)
	}
	row.Notes = clientNotes(past, in)
	return row
}

// clientNotes is what was written for the client about an incident.
func clientNotes(past *model.ClientPast, in *model.Incident) (all []string) {
	for _, n := range in.NotesWithin(model.ScopeOf([]string{past.Client.Name})) {
		if text := model.Clip(n.Text, model.MaxNote); n.ForClient && !slices.Contains(all, text) {
			all = append(all, text)
		}
	}
	return all
}

// maxServices is how many services a row of an incident names.
const maxServices = 6

// when is a time within the span of the report, with the year if it is not that in which the report ends.
func (p *renderer) when(past *model.ClientPast, t time.Time) string {
	return p.p.DateAsOf(t, past.To.Add(-time.Second)) + " " + t.In(p.zone).Format("15:04")
}

// what describes the incident for the client: no addresses, no counts of other clients on a host, and no host unless it is for colleagues.
func (p *renderer) what(past *model.ClientPast, in *model.Incident) string {
	host, service := model.Clip(in.Host, maxName), p.servicesHit(in)
	state := p.p.HostState(in.Reason.Code)
	switch {
	case in.Kind == model.IncidentHost && past.Internal && state != "":
		return host + " " + state
	case in.Kind == model.IncidentHost && past.Internal:
		return p.p.T("report.cause.host", texts.Args{"host": host})
	case in.Reason.Code == model.ReasonServiceState:
		return service + ": " + model.Clip(p.p.Reason(in.Reason), maxReason)
	case service == "":
		return p.p.T("report.cause.some")
	default:
		return p.p.T("report.cause.service", texts.Args{"service": service})
	}
}

// servicesHit names the client's services that an incident hit; what still worked is not named where something did not.
func (p *renderer) servicesHit(in *model.Incident) string {
	if in.Kind == model.IncidentService {
		return model.Clip(in.Service, maxName)
	}
	var hit, all []string
	for i := range in.Affected {
		name := in.Affected[i].Service
		if all = append(all, name); in.Affected[i].Verdict != model.VerdictOK {
			hit = append(hit, name)
		}
	}
	if len(hit) == 0 {
		hit = all
	}
	return p.p.Names(hit, maxServices)
}

// levels are the levels of services by class.
var levels = map[string]texts.Level{"ok": texts.LevelOK, "fail": texts.LevelCritical, "none": texts.LevelUnknown}

// shortClient is what a message shows: whether the SLA was met, then services, worst first.
func (p *renderer) shortClient(v *clientView) string {
	lines := []string{v.Heading + " · " + v.Period, v.Verdict}
	shown := min(len(v.Services), texts.AtMost(v.allServices, servicesInChat))
	for i := range v.Services[:shown] {
		s := &v.Services[i]
		line := levels[s.Class].Mark() + " " + s.Name + ": " + s.Share
		if s.Down != "0" && s.Down != "–" {
			line += ", " + p.downFor(s.Down)
		}
		lines = append(lines, line)
	}
	if left := v.allServices - shown; left > 0 {
		lines = append(lines, p.p.N("more", left))
	}
	if v.allIncidents > 0 {
		lines = append(lines, p.p.N("count.incidents", v.allIncidents))
	} else {
		lines = append(lines, v.None)
	}
	return strings.Join(append(lines, v.Notes...), "\n")
}

// clientText is the whole report as text.
func (p *renderer) clientText(v *clientView) string {
	lines := []string{v.Heading + " · " + v.Period, v.Verdict}
	lines = append(append(lines, v.Notes...), "", p.p.T("report.services"))
	for i := range v.Services {
		s := &v.Services[i]
		lines = append(lines, "- "+strings.Join(appendSome(nil, s.Name+": "+s.Share, s.Promised, p.downFor(s.Down), s.Latency), ", "))
	}
	lines = appendSome(lines, v.MoreOf)
	if len(v.Endpoints) > 0 {
		lines = append(lines, "", p.p.T("report.hosts"))
	}
	for i := range v.Endpoints {
		e := &v.Endpoints[i]
		lines = append(lines, "- "+e.Host+" "+e.Service+": "+e.Share+", "+p.downFor(e.Down)+", "+e.Latency)
	}
	lines = append(appendSome(lines, v.MoreHosts), "", p.p.T("report.incidents"))
	for i := range v.Incidents {
		in := &v.Incidents[i]
		lines = append(lines, "- "+strings.Join(appendSome(nil, in.When, in.Took, in.What, in.Who), ", "))
		for _, note := range in.Notes {
			lines = append(lines, "  "+note)
		}
	}
	if len(v.Incidents) == 0 {
		lines = append(lines, v.None)
	}
	return strings.Join(append(appendSome(lines, v.MoreIn), "", v.Foot), "\n")
}
