package ops

import (
	"context"
	"slices"
	"strings"

	"opsbot/model"
)

// Subject is what a message is about, as a command in reply to it takes it. Names are words of a selector ("host:web1").
type Subject struct {
	Incident model.IncidentID // 0: it is about no incident
	Words    []string         // all of it; none: it is about nothing that can be named
	Hosts    []string
	Clients  []string
	Checks   []string // that fail
}

// mostSubject limits the names of each kind: what is selected by more of them is no answer to one card.
const mostSubject = 12

// SubjectOf is what an open incident is about, as far as the requester sees it. ErrNoIncident when it is not open.
func (k *Actions) SubjectOf(ctx context.Context, who model.Actor, id model.IncidentID) (Subject, error) {
	if err := k.need(ctx, who, model.RoleViewer, "incidents", ""); err != nil {
		return Subject{}, err
	}
	in, open := k.seen(who, id)
	if !open {
		return Subject{Incident: id}, k.noIncident(ctx, who, id)
	}
	return subjectOf(k.d.Inventory.Current(), who.Scope, &in), nil
}

// SubjectOfWords is what the words of a selector are about.
func (k *Actions) SubjectOfWords(who model.Actor, words []string) (Subject, error) {
	inv := k.d.Inventory.Current()
	sel, err := k.resolve(inv, words, who.Scope)
	if err != nil {
		return Subject{}, err
	}
	s := Subject{Words: words}
	for _, c := range sel.Select(inv, who.Scope) {
		if state, _ := k.d.Alerts.State(c.ID); state.Phase != model.PhaseOK {
			s.addCheck(c)
		}
	}
	for _, name := range sel.Hosts {
		add(&s.Hosts, "host:"+name)
	}
	for _, name := range sel.Clients {
		add(&s.Clients, "client:"+name)
	}
	return s, nil
}

func subjectOf(inv *model.Inventory, scope model.Scope, in *model.Incident) Subject {
	s := Subject{Incident: in.Ref()}
	for _, host := range in.Hosts() {
		if inv.HostIsOf(host, scope) {
			add(&s.Hosts, "host:"+host)
		}
	}
	for i := range in.Affected {
		if scope.Sees(in.Affected[i].Client) {
			add(&s.Clients, "client:"+in.Affected[i].Client)
		}
	}
	for _, id := range append([]model.CheckID{in.Check}, failing(in)...) {
		if c, known := inv.Check(id); known && scope.Sees(c.Client()) {
			s.addCheck(c)
		}
	}
	switch {
	case in.Kind == model.IncidentService && scope.Sees(in.Client):
		add(&s.Clients, "client:"+in.Client)
		s.Words = []string{"client:" + in.Client, "service:" + in.Service}
	case in.Kind == model.IncidentCheck && len(s.Checks) > 0:
		s.Words = s.Checks[:1]
	case len(s.Hosts) > 0:
		s.Words = s.Hosts
	case len(s.Clients) > 0:
		s.Words = s.Clients
	default:
		s.Words = s.Checks
	}
	return s
}

// WordsOf select what an incident is about, as far as they fit a number of bytes; none when nothing can be named.
func WordsOf(in *model.Incident, room int) (words []string) {
	switch {
	case in.Kind == model.IncidentService:
		words = []string{"client:" + in.Client, "service:" + in.Service}
	case in.Kind == model.IncidentCheck && in.Check.Host() == "":
		words = []string{"check:" + string(in.Check)}
	case in.Kind == model.IncidentCheck:
		words = []string{string(in.Check)}
	default:
		for _, host := range in.Hosts() {
			words = append(words, "host:"+host)
		}
		for i := range in.Affected {
			if len(in.Hosts()) == 0 {
				add(&words, "client:"+in.Affected[i].Client)
			}
		}
	}
	for i, word := range words {
		if room -= len(word) + 1; room < -1 {
			return words[:i]
		}
	}
	return words
}

func failing(in *model.Incident) []model.CheckID {
	var ids []model.CheckID
	for i := range in.Failing {
		ids = append(ids, in.Failing[i].Check)
	}
	if in.Storm != nil {
		ids = append(ids, in.Storm.Checks...)
	}
	return ids
}

// addCheck adds a check, with the client and the host of an endpoint.
func (s *Subject) addCheck(c *model.Check) {
	if c.Endpoint == nil {
		add(&s.Checks, "check:"+string(c.ID))
		return
	}
	add(&s.Checks, string(c.ID))
	add(&s.Hosts, "host:"+c.Endpoint.Host)
	add(&s.Clients, "client:"+c.Endpoint.Client)
}

func add(names *[]string, name string) {
	if len(*names) < mostSubject && !slices.Contains(*names, name) {
		*names = append(*names, name)
	}
}

// HostNames are the hosts by name alone, as commands want them that take nothing but hosts.
func (s *Subject) HostNames() []string {
	names := make([]string, len(s.Hosts))
	for i, word := range s.Hosts {
		names[i] = strings.TrimPrefix(word, "host:")
	}
	return names
}
