package alerts

import (
	"slices"

	"opsbot/model"
)

// audience are readers who see the same: many incidents at once are a storm for them by what they see, whatever happens to others.
type audience struct {
	scope model.Scope
	key   string // model.Scope.Key
}

func audienceOf(scope model.Scope) audience { return audience{scope, scope.Key()} }

// audiences are those of a Routing: who sees everything, and each limited scope that a destination has.
type audiences struct {
	limited  []audience
	byClient map[string][]int // places in limited
	at       map[model.Destination]audience
}

func audiencesOf(r *Routing) audiences {
	as := audiences{byClient: map[string][]int{}, at: map[model.Destination]audience{}}
	for _, t := range r.everywhere() {
		a := audienceOf(t.Scope)
		as.at[t.To] = a
		if !a.scope.Limited || slices.ContainsFunc(as.limited, func(other audience) bool { return other.key == a.key }) {
			continue
		}
		for _, client := range a.scope.Clients {
			as.byClient[client] = append(as.byClient[client], len(as.limited))
		}
		as.limited = append(as.limited, a)
	}
	return as
}

// of are the audiences that see something of an incident, in a fixed order.
func (as *audiences) of(in *model.Incident) []audience {
	var places []int
	for i := range in.Affected {
		places = append(places, as.byClient[in.Affected[i].Client]...)
	}
	slices.Sort(places)
	all := []audience{{}}
	for _, i := range slices.Compact(places) {
		all = append(all, as.limited[i])
	}
	return all
}

// setRouting changes who is notified.
func (p *policy) setRouting(r Routing) { p.routing, p.audiences = r, audiencesOf(&r) }

// audience is who reads at a destination.
func (p *policy) audience(to model.Destination) audience {
	if a, known := p.audiences.at[to]; known {
		return a
	}
	scope, _ := p.routing.scope(to)
	return audienceOf(scope)
}

// parentFor is the open incident that another one is part of for some readers; nil when there is none.
func (ins *incidents) parentFor(in *model.Incident, a audience) *incident {
	parent := ins.byID[in.Parent]
	if !a.scope.Limited || parent != nil && parent.storm == nil {
		return parent
	}
	return ins.byID[in.Storms[a.key]]
}

// parentAt is parentFor the readers of a destination.
func (s *state) parentAt(in *incident, to model.Destination) *incident {
	if in.Parent == 0 && len(in.Storms) == 0 {
		return nil
	}
	return s.incidents.parentFor(&in.Incident, s.audience(to))
}

// isPart reports whether an incident is attached to another one.
func isPart(in, parent *incident) bool {
	if parent.storm != nil && parent.Readers.Limited {
		return in.Storms[parent.storm.key] == parent.ID
	}
	return in.Parent == parent.ID
}

// inherit gives an incident that changes the storms of limited readers which it is part of from then on: of itself, or, when its host works again, of
// what the host is part of; none when it is part of a host or an event group.
func (t *transaction) inherit(in *incident, want *model.Incident) {
	want.Storms, want.Readers = in.Storms, in.Readers
	if parent := t.incidents.byID[want.Parent]; parent != nil && parent.storm == nil {
		want.Storms = nil
		return
	}
	if len(in.Storms) > 0 {
		return
	}
	for parent := t.incidents.byID[in.Parent]; parent != nil && parent.storm == nil; parent = t.incidents.byID[parent.Parent] {
		for key, id := range parent.Storms {
			if st := t.incidents.byID[id]; st != nil && st.Open() && touches(want, st.Readers) {
				want.Storms = withStorm(want.Storms, key, id)
				st.storm.parts = append(st.storm.parts, in)
			}
		}
	}
}
