package alerts

import (
	"slices"

	"opsbot/model"
)

// Route picks incidents and says who is notified of them. Its zero value picks everything and notifies nobody.
type Route struct {
	MinSeverity model.Severity
	Clients     []string // any of them; empty is any, standalone checks included. Recipients are shown these only
	ShowAll     bool     // recipients are shown all of an incident, whatever Clients picks it by
	Services    []string
	Tiers       []string
	Labels      map[string][]string // of what fails: a value of each key
	Hours       *model.ActiveHours  // nil: Routing.Hours
	Sound       *Sound              // nil: Routing.Sound
	To          []model.Destination
	Continue    bool   // look at the routes below as well
	Escalate    string // the policy by which people are paged; "" is none
}

// About is what routing needs to know of an incident's checks.
type About struct {
	Hours  *model.ActiveHours // of the check itself, which win; nil when it has none
	Labels []model.Labels     // of the checks that fail
	// Untested are the open critical events that no check can verify, each as the services that it concerns: those on its host, or
	// those that it is about.
	Untested [][]model.ServiceState
}

// untestedIn reports whether one of the events that no check can verify concerns nobody but whom a scope sees.
func (a *About) untestedIn(scope model.Scope) bool {
	return slices.ContainsFunc(a.Untested, func(services []model.ServiceState) bool {
		return len(services) > 0 && !slices.ContainsFunc(services, func(s model.ServiceState) bool { return !scope.Sees(s.Client) })
	})
}

func (route *Route) matches(in *model.Incident, about *About) bool {
	if in.Severity < route.MinSeverity || (len(route.Labels) > 0 && !ofOpsbot(in) && !slices.ContainsFunc(about.Labels, route.labelled)) {
		return false
	}
	if len(route.Clients)+len(route.Services)+len(route.Tiers) == 0 || ofOpsbot(in) {
		return true
	}
	return slices.ContainsFunc(in.Affected, route.takes) || slices.ContainsFunc(about.Untested, func(services []model.ServiceState) bool {
		return slices.ContainsFunc(services, route.takes)
	})
}

// takes reports whether a route is for a service.
func (route *Route) takes(s model.ServiceState) bool {
	return anyOf(route.Clients, s.Client) && anyOf(route.Services, s.Service) && anyOf(route.Tiers, s.Tier)
}

// ofOpsbot reports whether an incident is about opsbot's own connections: it has no clients and no labels.
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

// Matching are the places in Routes of the routes that match an incident, in order, up to the first that does not continue. It
// is pure.
func (r *Routing) Matching(in *model.Incident, about About) []int {
	var places []int
	for i := range r.Routes {
		if !r.Routes[i].matches(in, &about) {
			continue
		}
		places = append(places, i)
		if !r.Routes[i].Continue {
			break
		}
	}
	return places
}

// Through is the place in Routes of the one by which an incident comes to a destination: the first that matches and names it;
// -1 where none does. It is pure.
func (r *Routing) Through(in *model.Incident, about About, to model.Destination) int {
	for i := range r.Routes {
		route := &r.Routes[i]
		switch {
		case !route.matches(in, &about):
		case slices.Contains(route.To, to):
			return i
		case !route.Continue:
			return -1
		}
	}
	return -1
}
