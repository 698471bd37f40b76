package alerts

import (
	"cmp"
	"slices"

	"opsbot"
)

// Route picks incidents and says where they are told. Its zero value picks everything and tells nobody.
type Route struct {
	MinSeverity opsbot.Severity
	Clients     []string // any of them; empty is any, standalone checks included
	Services    []string
	Tiers       []string
	Hours       *opsbot.Hours // nil: Routing.Hours
	To          []opsbot.Destination
	Continue    bool // look at the routes below as well
}

// Routing is everything that decides where an incident is told.
type Routing struct {
	Routes  []Route           // in order; none: every chat of Chats
	Chats   []opsbot.Chat     // all that are known, from the config and paired
	Console bool              // everything is told on the console too, whatever the routes say
	Hours   *opsbot.Hours     // for routes without their own; nil is always
	Bypass  []opsbot.Severity // told outside the hours as well
}

// Target is one destination of an incident.
type Target struct {
	To    opsbot.Destination
	Scope opsbot.Scope  // what may be shown there
	Hours *opsbot.Hours // when it may be told there; nil is always
}

// Route returns where an incident is told, in the order of the routes, each destination once with the hours of the
// first route that names it. A chat limited to clients gets only incidents that touch one of them. own, when it is
// not nil, are the hours of the check itself and win. It is pure.
func (r *Routing) Route(in *opsbot.Incident, own *opsbot.Hours) []Target {
	var targets []Target
	add := func(to opsbot.Destination, hours *opsbot.Hours) {
		scope, known := r.scope(to)
		if !known || !touches(in, scope) || slices.ContainsFunc(targets, func(t Target) bool { return t.To == to }) {
			return
		}
		targets = append(targets, Target{To: to, Scope: scope, Hours: cmp.Or(own, hours, r.Hours)})
	}
	for i := range r.Routes {
		route := &r.Routes[i]
		if !route.matches(in) {
			continue
		}
		for _, to := range route.To {
			add(to, route.Hours)
		}
		if !route.Continue {
			break
		}
	}
	if len(r.Routes) == 0 {
		for i := range r.Chats {
			add(chatDestination(&r.Chats[i]), nil)
		}
	}
	if r.Console {
		add(console, nil)
	}
	return targets
}

// The channels whose destinations this package has to make itself.
const telegramChannel = "telegram"

var console = opsbot.Destination{Channel: "console"}

func chatDestination(c *opsbot.Chat) opsbot.Destination {
	return opsbot.Destination{Channel: telegramChannel, Chat: c.ID, Topic: c.Topic}
}

// scope is what may be shown at a destination, and whether it is known at all. Of a chat that is known by several
// topics, another topic shows what the chat's first entry may show. Channels without chats show everything.
func (r *Routing) scope(to opsbot.Destination) (scope opsbot.Scope, known bool) {
	if to.Chat == 0 {
		return opsbot.Scope{}, to != console || r.Console || r.routedTo(to)
	}
	for i := range r.Chats {
		c := &r.Chats[i]
		if c.ID != to.Chat {
			continue
		}
		if c.Topic == to.Topic {
			return c.Scope, true
		}
		if !known {
			scope, known = c.Scope, true
		}
	}
	return scope, known
}

func (r *Routing) routedTo(to opsbot.Destination) bool {
	return slices.ContainsFunc(r.Routes, func(route Route) bool { return slices.Contains(route.To, to) })
}

// bypasses reports whether a severity is told outside the hours as well.
func (r *Routing) bypasses(s opsbot.Severity) bool { return slices.Contains(r.Bypass, s) }

func (route *Route) matches(in *opsbot.Incident) bool {
	if in.Severity < route.MinSeverity {
		return false
	}
	if len(route.Clients)+len(route.Services)+len(route.Tiers) == 0 {
		return true
	}
	return slices.ContainsFunc(in.Affected, func(s opsbot.ServiceState) bool {
		return anyOf(route.Clients, s.Client) && anyOf(route.Services, s.Service) && anyOf(route.Tiers, s.Tier)
	})
}

func anyOf(names []string, name string) bool { return len(names) == 0 || slices.Contains(names, name) }

// touches reports whether an incident is about anything that lies in a scope.
func touches(in *opsbot.Incident, scope opsbot.Scope) bool {
	if !scope.Limited {
		return true
	}
	return slices.ContainsFunc(in.Affected, func(s opsbot.ServiceState) bool { return scope.Sees(s.Client) })
}

// moved is the same Routing with the chats' new ids.
func (r *Routing) moved(ids map[opsbot.ChatID]opsbot.ChatID) Routing {
	out := *r
	out.Chats = slices.Clone(r.Chats)
	for i := range out.Chats {
		move(&out.Chats[i].ID, ids)
	}
	out.Routes = slices.Clone(r.Routes)
	for i := range out.Routes {
		out.Routes[i].To = slices.Clone(out.Routes[i].To)
		for j := range out.Routes[i].To {
			move(&out.Routes[i].To[j].Chat, ids)
		}
	}
	return out
}

func move(id *opsbot.ChatID, ids map[opsbot.ChatID]opsbot.ChatID) {
	if to, ok := ids[*id]; ok {
		*id = to
	}
}

func compareDestinations(a, b opsbot.Destination) int {
	return cmp.Or(cmp.Compare(a.Channel, b.Channel), cmp.Compare(a.Chat, b.Chat), cmp.Compare(a.Topic, b.Topic))
}
