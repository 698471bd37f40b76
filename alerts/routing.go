package alerts

import (
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
func (r *Routing) Route(in *opsbot.Incident, own *opsbot.Hours) []Target { return nil }
