package ops

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"opsbot/model"
)

// addTouching adds the incidents that affected a client's services.
func (k *Actions) addTouching(ctx context.Context, p *model.ClientPast, inv *model.Inventory) error {
	var keys []string
	var services []model.ServiceKey
	hosts := map[string]bool{}
	for i := range p.Services {
		s := &p.Services[i]
		services = append(services, s.ServiceKey)
		keys = append(keys, (&model.Incident{Kind: model.IncidentService, ServiceKey: s.ServiceKey}).Key())
		for _, c := range inv.ChecksOfService(s.ServiceKey) {
			hosts[c.Endpoint.Host] = true
		}
		for j := range s.Endpoints { // removed ones too
			hosts[s.Endpoints[j].Host] = true
		}
	}
	for _, host := range slices.Sorted(maps.Keys(hosts)) {
		keys = append(keys, (&model.Incident{Kind: model.IncidentHost, Host: host}).Key())
	}
	all, err := k.d.Archive.IncidentsOf(ctx, p.Span, keys, mostReported+1)
	if err != nil {
		return err
	}
	p.More = len(all) > mostReported
	all = all[max(0, len(all)-mostReported):] // the latest
	all = slices.DeleteFunc(all, func(in model.Incident) bool { return !touchesServices(&in, services) })
	gathered, err := k.gatheredOf(ctx, p.Span, all, services)
	if err != nil {
		return err
	}
	scope := model.ScopeOf([]string{p.Client.Name})
	all = append(all, gathered...)
	notesOfStorms(all)
	for _, in := range model.Roots(all) {
		if in.Kind != model.IncidentStorm { // its incidents are listed
			affected := touched(&in)
			in = within(&in, scope)
			in.Affected = slices.DeleteFunc(slices.Clone(affected), func(s model.ServiceState) bool { return !slices.Contains(services, s.ServiceKey) })
			p.Incidents = append(p.Incidents, in)
		}
	}
	withoutForeignParents(p.Incidents)
	slices.SortFunc(p.Incidents, func(a, b model.Incident) int {
		return cmp.Or(a.OpenedAt.Compare(b.OpenedAt), cmp.Compare(a.ID, b.ID))
	})
	return nil
}

// gatheredOf are the storms and event groups that some incidents are part of, and the event groups that affected services without an
// incident of their own.
func (k *Actions) gatheredOf(ctx context.Context, span model.Span, parts []model.Incident, services []model.ServiceKey) ([]model.Incident, error) {
	all := map[model.IncidentID]model.Incident{}
	for level := parts; len(level) > 0; { // a storm may be part of an event group
		var keys []string
		for i := range level {
			if id := level[i].Parent; id != 0 {
				keys = append(keys, (&model.Incident{Kind: model.IncidentStorm, ID: id}).Key(), (&model.Incident{Kind: model.IncidentEventGroup, ID: id}).Key())
			}
		}
		slices.Sort(keys)
		found, err := k.d.Archive.IncidentsOf(ctx, span, slices.Compact(keys), mostReported)
		if err != nil {
			return nil, err
		}
		level = nil
		for _, in := range found {
			if _, known := all[in.ID]; !known {
				all[in.ID], level = in, append(level, in)
			}
		}
	}
	groups, err := k.gatheredIn(ctx, span, func(in *model.Incident) bool {
		return in.Kind == model.IncidentEventGroup && touchesServices(in, services)
	})
	if err != nil {
		return nil, err
	}
	for _, in := range groups {
		all[in.ID] = in
	}
	return slices.Collect(maps.Values(all)), nil
}

// notesOfStorms gives the incidents of storms what was noted for clients about the storm: a report lists them in place of it.
func notesOfStorms(all []model.Incident) {
	notes := map[model.IncidentID][]model.Note{}
	for i := range all {
		if all[i].Kind == model.IncidentStorm {
			notes[all[i].ID] = all[i].Notes
		}
	}
	for i := range all {
		of := append([]model.IncidentID{all[i].Parent}, slices.Sorted(maps.Values(all[i].Storms))...)
		for _, storm := range slices.Compact(of) {
			all[i].Notes = append(slices.Clone(all[i].Notes), notes[storm]...)
		}
	}
}
