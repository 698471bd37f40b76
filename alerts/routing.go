package alerts

import (
	"cmp"
	"slices"
	"time"

	"opsbot/alerts/escalation"
	"opsbot/model"
)

// Routing is everything that decides who is notified of an incident.
type Routing struct {
	Routes  []Route            // in order; none: every chat of Chats
	Chats   []model.Chat       // all that are known, from the config and paired
	Console bool               // everything goes to the console too, whatever the routes say
	Hours   *model.ActiveHours // for routes without their own; nil is always
	Bypass  []model.Severity   // notified outside the hours as well
	Sound   Sound              // for routes without their own

	Policies []escalation.Policy // that routes escalate by
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
	Hours *model.ActiveHours // when it may be notified; nil is always
	Sound
}

// Route returns who is notified of an incident, in the order of the routes, each destination once with the hours of the first
// route that names it. A chat limited to clients gets only incidents that touch one of them, or with a critical event that concerns
// nobody else. It is pure.
func (r *Routing) Route(in *model.Incident, about About) []Target {
	var targets []Target
	add := func(to model.Destination, hours *model.ActiveHours, sound *Sound) {
		scope, known := r.scope(to)
		if !known || !touches(in, scope) && !about.untestedIn(scope) || slices.ContainsFunc(targets, func(t Target) bool { return t.To == to }) {
			return
		}
		targets = append(targets, Target{To: to, Scope: scope, Hours: cmp.Or(about.Hours, hours, r.Hours), Sound: *cmp.Or(sound, &r.Sound)})
	}
	for i := range r.Routes {
		route := &r.Routes[i]
		if !route.matches(in, &about) {
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

// Opens is when a target of Route may be notified of a severity: at itself when at once, zero for never.
func (r *Routing) Opens(t *Target, severity model.Severity, at time.Time) time.Time {
	if r.bypasses(severity) {
		return at
	}
	return t.Hours.NextOpen(at)
}

// Sounds reports whether a severity makes a sound at a target at a moment.
func (t *Target) Sounds(severity model.Severity, at time.Time) bool { return !t.silent(severity, at) }

// Destinations are all that can be notified, each once.
func (r *Routing) Destinations() []model.Destination {
	var all []model.Destination
	for _, target := range r.everywhere() {
		all = append(all, target.To)
	}
	return all
}

// everywhere are all destinations that can be notified, each once.
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

// usual is how an incident comes to a destination that it is no longer routed to: by the first route that names it.
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

// The channels whose destinations this package has to make itself.
const telegramChannel = "telegram"

var console = model.Destination{Channel: "console"}

func chatDestination(c *model.Chat) model.Destination {
	return model.Destination{Channel: telegramChannel, Chat: c.ID, Topic: c.Topic}
}

// Readers is what may be shown at a destination: to a chat's members what the chat is limited to, and at every destination the clients
// of the routes that name it, unless one of these shows everything.
func (r *Routing) Readers(to model.Destination) model.Scope {
	scope, _ := r.scope(to)
	return scope
}

// scope is Readers, and whether the destination is known at all.
func (r *Routing) scope(to model.Destination) (scope model.Scope, known bool) {
	if to.Chat == 0 {
		return r.routed(to), to != console || r.Console || r.routedTo(to)
	}
	scope, known = r.ofChat(to)
	return scope.And(r.routed(to)), known
}

// routed is the clients of all routes that name a destination; everything where one of them is not limited or none names it.
func (r *Routing) routed(to model.Destination) model.Scope {
	var clients []string
	for i := range r.Routes {
		switch route := &r.Routes[i]; {
		case !slices.Contains(route.To, to):
		case route.ShowAll || len(route.Clients) == 0:
			return model.Scope{}
		default:
			clients = append(clients, route.Clients...)
		}
	}
	if to == console && r.Console {
		return model.Scope{}
	}
	return model.ScopeOf(clients)
}

// ofChat is what a chat is limited to, and whether it is known. Of a chat that is known by several topics, another topic shows what the
// chat's first entry may show.
func (r *Routing) ofChat(to model.Destination) (scope model.Scope, known bool) {
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

// bypasses reports whether a severity is notified outside the hours as well.
func (r *Routing) bypasses(s model.Severity) bool { return slices.Contains(r.Bypass, s) }

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
	return cmp.Or(cmp.Compare(a.Channel, b.Channel), cmp.Compare(a.Chat, b.Chat), cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Address, b.Address))
}
