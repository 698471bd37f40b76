package alerts

import (
	"cmp"
	"slices"
	"time"

	"opsbot/model"
)

// Route picks incidents and says where they are told. Its zero value picks everything and tells nobody.
type Route struct {
	MinSeverity model.Severity
	Clients     []string // any of them; empty is any, standalone checks included
	Services    []string
	Tiers       []string
	Labels      map[string][]string // of what fails: a value of each key
	Hours       *model.ActiveHours  // nil: Routing.Hours
	Sound       *Sound              // nil: Routing.Sound
	To          []model.Destination
	Continue    bool // look at the routes below as well
}

// Routing is everything that decides where an incident is told.
type Routing struct {
	Routes  []Route            // in order; none: every chat of Chats
	Chats   []model.Chat       // all that are known, from the config and paired
	Console bool               // everything is told on the console too, whatever the routes say
	Hours   *model.ActiveHours // for routes without their own; nil is always
	Bypass  []model.Severity   // told outside the hours as well
	Sound   Sound              // for routes without their own
}

// Sound is what makes a noise. Its zero value lets all but SeverityInfo do so.
type Sound struct {
	Silent []model.Severity   // these arrive without a sound; nil is info alone
	Quiet  *model.ActiveHours // within these only what is critical makes a sound; nil is never
}

func (o *Sound) silent(severity model.Severity, at time.Time) bool {
	if o.Quiet != nil && severity < model.SeverityCritical && o.Quiet.Open(at) {
		return true
	}
	if o.Silent == nil {
		return severity == model.SeverityInfo
	}
	return slices.Contains(o.Silent, severity)
}

// Target is one destination of an incident.
type Target struct {
	To    model.Destination
	Scope model.Scope        // what may be shown there
	Hours *model.ActiveHours // when it may be told there; nil is always
	Sound
}

// About is what routing needs to know of an incident beside itself.
type About struct {
	Hours  *model.ActiveHours // of the check itself: they win; nil when it has none
	Labels []model.Labels     // of the checks that fail
}

// Route returns where an incident is told, in the order of the routes, each destination once with the hours of the
// first route that names it. A chat limited to clients gets only incidents that touch one of them. It is pure.
func (r *Routing) Route(in *model.Incident, about About) []Target {
	var targets []Target
	add := func(to model.Destination, hours *model.ActiveHours, sound *Sound) {
		scope, known := r.scope(to)
		if !known || !touches(in, scope) || slices.ContainsFunc(targets, func(t Target) bool { return t.To == to }) {
			return
		}
		targets = append(targets, Target{To: to, Scope: scope, Hours: cmp.Or(about.Hours, hours, r.Hours), Sound: *cmp.Or(sound, &r.Sound)})
	}
	for i := range r.Routes {
		route := &r.Routes[i]
		if !route.matches(in, about.Labels) {
			continue
		}
		for _, to := range route.To {
			add(to, route.Hours, route.Sound)
		}
		if !route.Continue {
			break
		}
	}
	if len(r.Routes) == 0 {
		for i := range r.Chats {
			add(chatDestination(&r.Chats[i]), nil, nil)
		}
	}
	if r.Console {
		add(console, nil, nil)
	}
	return targets
}

// everywhere are all destinations that something can be told at, each once.
func (r *Routing) everywhere() []Target {
	var all []Target
	add := func(to model.Destination) {
		scope, known := r.scope(to)
		if known && !slices.ContainsFunc(all, func(t Target) bool { return t.To == to }) {
			all = append(all, Target{To: to, Scope: scope})
		}
	}
	for i := range r.Routes {
		for _, to := range r.Routes[i].To {
			add(to)
		}
	}
	if len(r.Routes) == 0 {
		for i := range r.Chats {
			add(chatDestination(&r.Chats[i]))
		}
	}
	if r.Console {
		add(console)
	}
	return all
}

// usual is how things come to a destination, for what is routed there no more: by the first route that names it.
func (r *Routing) usual(to model.Destination) Target {
	t := Target{To: to, Hours: r.Hours, Sound: r.Sound}
	t.Scope, _ = r.scope(to)
	for i := range r.Routes {
		if route := &r.Routes[i]; slices.Contains(route.To, to) {
			t.Hours, t.Sound = cmp.Or(route.Hours, r.Hours), *cmp.Or(route.Sound, &r.Sound)
			break
		}
	}
	return t
}

// Through is the place in Routes of the one by which an incident comes to a destination: the first that fits and names
// it; -1 where none does. It is pure.
func (r *Routing) Through(in *model.Incident, about About, to model.Destination) int {
	for i := range r.Routes {
		route := &r.Routes[i]
		switch {
		case !route.matches(in, about.Labels):
		case slices.Contains(route.To, to):
			return i
		case !route.Continue:
			return -1
		}
	}
	return -1
}

// The channels whose destinations this package has to make itself.
const telegramChannel = "telegram"

var console = model.Destination{Channel: "console"}

func chatDestination(c *model.Chat) model.Destination {
	return model.Destination{Channel: telegramChannel, Chat: c.ID, Topic: c.Topic}
}

// scope is what may be shown at a destination, and whether it is known at all. Of a chat that is known by several
// topics, another topic shows what the chat's first entry may show. Channels without chats show everything.
func (r *Routing) scope(to model.Destination) (scope model.Scope, known bool) {
	if to.Chat == 0 {
		return model.Scope{}, to != console || r.Console || r.routedTo(to)
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

func (r *Routing) routedTo(to model.Destination) bool {
	return slices.ContainsFunc(r.Routes, func(route Route) bool { return slices.Contains(route.To, to) })
}

// bypasses reports whether a severity is told outside the hours as well.
func (r *Routing) bypasses(s model.Severity) bool { return slices.Contains(r.Bypass, s) }

func (route *Route) matches(in *model.Incident, labels []model.Labels) bool {
	if in.Severity < route.MinSeverity || (len(route.Labels) > 0 && !ofOpsbot(in) && !slices.ContainsFunc(labels, route.labelled)) {
		return false
	}
	if len(route.Clients)+len(route.Services)+len(route.Tiers) == 0 || ofOpsbot(in) {
		return true
	}
	return slices.ContainsFunc(in.Affected, func(s model.ServiceState) bool {
		return anyOf(route.Clients, s.Client) && anyOf(route.Services, s.Service) && anyOf(route.Tiers, s.Tier)
	})
}

// ofOpsbot reports whether an incident is about what opsbot itself can see: it has no clients and no labels.
func ofOpsbot(in *model.Incident) bool {
	return in.Kind == model.IncidentConnectivity || in.Kind == model.IncidentSource
}

func (route *Route) labelled(labels model.Labels) bool {
	for key, values := range route.Labels {
		if !slices.Contains(values, labels[key]) {
			return false
		}
	}
	return true
}

func anyOf(names []string, name string) bool { return len(names) == 0 || slices.Contains(names, name) }

// touches reports whether an incident is about anything that lies in a scope.
func touches(in *model.Incident, scope model.Scope) bool {
	if !scope.Limited || in.Kind == model.IncidentConnectivity {
		return true // that nobody looks concerns everybody
	}
	return slices.ContainsFunc(in.Affected, func(s model.ServiceState) bool { return scope.Sees(s.Client) })
}

// moved is the same Routing with the chats' new ids.
func (r *Routing) moved(ids map[model.ChatID]model.ChatID) Routing {
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

func move(id *model.ChatID, ids map[model.ChatID]model.ChatID) {
	if to, ok := ids[*id]; ok {
		*id = to
	}
}

func compareDestinations(a, b model.Destination) int {
	return cmp.Or(cmp.Compare(a.Channel, b.Channel), cmp.Compare(a.Chat, b.Chat), cmp.Compare(a.Topic, b.Topic))
}
