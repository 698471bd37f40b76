package bot

import (
	"opsbot/model"
	"opsbot/texts"
)

// maxHeadline is how long the first line of a card is at most before names are cut, in UTF-16 units: what the preview of a push shows.
const maxHeadline = 60

// mostHeaded is how many hosts, services and checks the first line names.
const mostHeaded = 3

// headline is the first line of a card: who is hit, how badly, by what, where. "clientA down, +2 clients: web1, web2 · rack r1".
type headline struct {
	client  string // the worst; "" if none is hit
	others  int    // other clients
	verdict model.Verdict
	over    bool // it is over: they work again

	names   []string // of what fails, the first few
	all     int      // how many there are
	counted string   // id of the text "9 hosts"
	place   *model.SharedPlace
}

// firstLine renders a headline as long as it may be: with all names, else their number, and with the place as far as there is room.
// The name of a client, and a single name, are never left out.
func (s *renderer) firstLine(h *headline, mark string) string {
	var what []string
	if h.counted == "" || h.all <= mostHeaded+1 {
		for most := min(len(h.names), mostHeaded); most > 0; most-- {
			names := h.names
			if most < mostHeaded {
				names = names[:most]
			}
			what = append(what, s.p.FirstNames(names, h.all, most))
		}
	}
	if h.counted != "" && (h.all > 1 || len(what) == 0) { // a few of many names say less than their number
		what = append(what, s.p.N(h.counted, h.all))
	}
	line := ""
	for _, where := range []string{s.place(h.place), ""} {
		for _, names := range what {
			if line = s.headlineOf(h, names, where); size(mark+" "+plain(line)) <= maxHeadline {
				return line
			}
		}
	}
	return line
}

func (s *renderer) headlineOf(h *headline, names, where string) string {
	args := texts.Args{"client": model.Clip(h.client, 70), "verdict": h.verdict, "names": names}
	line := ""
	switch {
	case h.client == "" && h.over:
		line = s.p.HTML("card.few.up", args)
	case h.client == "":
		line = s.p.HTML("card.few", args)
	case h.over && h.others > 0:
		line = s.p.HTMLN("card.hit.up_others", h.others, args)
	case h.over:
		line = s.p.HTML("card.hit.up", args)
	case h.others > 0:
		line = s.p.HTMLN("card.hit.others", h.others, args)
	default:
		line = s.p.HTML("card.hit", args)
	}
	return line + where
}

// place is where failing hosts stand, as the end of a first line: " · rack r1", " · 10 in rack r1"; "" if that is not known.
func (s *renderer) place(p *model.SharedPlace) string {
	switch {
	case p == nil:
		return ""
	case p.Whole():
		return " · " + s.p.HTML("place.all", texts.Args{"place": s.placeName(p)})
	default:
		return " · " + s.p.HTMLN("place.most", p.Hosts, texts.Args{"place": s.placeName(p)})
	}
}

// placeName is "rack r1": keys that are places by words of the language, others as they are.
func (s *renderer) placeName(p *model.SharedPlace) string { return s.p.Label(p.Key, p.Value) }

// hitBy is a headline of whom states hit, worst first.
func hitBy(states []model.ServiceState) headline {
	client, others, verdict := worstClient(states)
	return headline{client: client, others: others, verdict: verdict}
}

// headed is the headline of an incident; false if its kind or state has another first line.
func (s *renderer) headed(in *model.Incident) (h headline, ok bool) {
	h = hitBy(in.Affected)
	if h.over = !in.Open(); !h.over {
		h.place = in.Place
	}
	switch in.Kind {
	case model.IncidentService:
		if h.over {
			h.client = in.Client
		}
		h.names, h.all = []string{in.Service}, 1
	case model.IncidentHost:
		h.names, h.all = []string{in.Host}, 1
	case model.IncidentEventGroup:
		return s.groupHeadline(in, h)
	case model.IncidentStorm:
		return s.stormHeadline(in, h)
	default:
		return h, false
	}
	return h, h.client != ""
}

// groupHeadline is that of an event group: by the hosts that are reported. A group that hits nobody has a first line of its own.
func (s *renderer) groupHeadline(in *model.Incident, h headline) (headline, bool) {
	g := in.EventGroup
	if g == nil { // of others too, of which the reader sees their services
		h.names = servicesOf(in.Affected, h.client)
		h.all = len(h.names)
		return h, h.client != ""
	}
	names := reportedNames(g, h.over)
	h.names, h.all, h.counted = names.Names, names.All, "count.hosts"
	if names.All == 0 { // events about a client
		h.names, h.counted = servicesOf(in.Affected, h.client), ""
		h.all = len(h.names)
	}
	if h.over {
		worst := hitBy(g.Worst)
		h.client, h.others = worst.client, worst.others
		if names.All == 0 {
			h.names = servicesOf(g.Worst, h.client)
			h.all = len(h.names)
		}
		return h, h.client != "" && g.Unsure == 0 && in.Worst != model.SeverityInfo
	}
	h.others = max(h.others, g.Clients-1)
	return h, h.client != "" && g.Clients > 0
}

// servicesOf names the services of a client that are not ok.
func servicesOf(states []model.ServiceState, client string) (names []string) {
	for i := range states {
		if one := &states[i]; one.Client == client && one.Verdict != model.VerdictOK {
			names = append(names, one.Service)
		}
	}
	return names
}

// stormHeadline is that of a storm: of a small one by the names of its incidents, of others by the number of hosts that fail.
func (s *renderer) stormHeadline(in *model.Incident, h headline) (headline, bool) {
	st := in.Storm
	if st == nil {
		return h, false
	}
	if h.over {
		worst := hitBy(st.Worst)
		h.client, h.others = worst.client, max(worst.others, st.Most.Clients-1)
	} else {
		h.others = max(h.others, st.Clients-1)
	}
	switch {
	case st.Small():
		if h.over && h.client == "" {
			h.client, h.others = s.clientOfParts(st.Parts)
		}
		h.names = s.partNames(st.Parts, h.client, !h.over)
		h.all, h.counted = len(h.names), "count.incidents"
		return h, true
	case h.over:
		h.all, h.counted = st.Most.Hosts, "count.hosts"
	default:
		h.names, h.all, h.counted = st.Hosts, st.HostsAll, "count.hosts"
	}
	if h.all == 0 && st.ChecksAll > 0 {
		h.names, h.all, h.counted = checkNames(st.Checks), st.ChecksAll, "count.checks"
	}
	if h.all == 0 {
		h.all, h.counted = st.Services, "count.services"
	}
	return h, h.all > 0 && h.client != ""
}
