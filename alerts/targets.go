package alerts

import (
	"slices"

	"opsbot/model"
)

// targets is where an incident is routed. A storm goes wherever its parts go, to those whose storm it is.
func (s *state) targets(in *incident) []Target {
	if in.storm == nil {
		return s.routing.Route(in.unabridged(), s.about(in))
	}
	var all []Target
	for _, part := range s.incidents.partsOf(in) {
		for _, t := range in.storm.ofReaders(s, s.targets(part)) {
			if !slices.ContainsFunc(all, func(other Target) bool { return other.To == t.To }) {
				all = append(all, t)
			}
		}
	}
	return all
}

// ofReaders leaves of targets those whose storm it is.
func (st *storm) ofReaders(s *state, targets []Target) []Target {
	return slices.DeleteFunc(targets, func(t Target) bool { return s.audience(t.To).key != st.key })
}

func (s *state) about(in *incident) About {
	var about About
	if tr := s.checks.all[in.Check]; tr != nil {
		about.Hours = tr.check.Hours
	}
	for _, id := range in.broken() {
		if tr := s.checks.all[id]; tr != nil && len(tr.check.Labels) > 0 {
			about.Labels = append(about.Labels, tr.check.Labels)
		}
	}
	if in.group != nil {
		for _, one := range in.group.untested {
			about.add(s.checks.inv, one.place, s.checksAt(one.place))
		}
	}
	return about
}

// add adds what a critical event concerns that no check can verify.
func (a *About) add(inv *model.Inventory, place model.Located, checks []*model.Check) {
	var services []model.ServiceState
	for _, c := range checks {
		if c.Endpoint.ByDNS && place.Host != "" { // whoever points a domain at a host learns nothing of it
			continue
		}
		if len(c.Labels) > 0 {
			a.Labels = append(a.Labels, c.Labels)
		}
		if key := c.Endpoint.ServiceKey; !slices.ContainsFunc(services, func(s model.ServiceState) bool { return s.ServiceKey == key }) {
			service, _ := inv.Service(key)
			services = append(services, model.ServiceState{ServiceKey: key, Tier: service.Tier})
		}
	}
	if len(services) > 0 {
		a.Untested = append(a.Untested, services)
	}
}

// target is how an incident comes to a destination. One that is no longer routed there comes as what usually does.
func (s *state) target(in *incident, to model.Destination) Target {
	for _, t := range s.targets(in) {
		if t.To == to {
			return t
		}
	}
	return s.routing.usual(to)
}

func (s *state) hours(in *incident, to model.Destination) *model.ActiveHours {
	return s.target(in, to).Hours
}
