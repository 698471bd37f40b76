package ops

import (
	"context"
	"slices"

	"opsbot/impact"
	"opsbot/model"
)

// Incidents returns the open ones that the requester may see, worst first: root parents, each before those attached to it.
func (k *Actions) Incidents(ctx context.Context, who model.Actor) ([]model.Incident, error) {
	if err := k.need(ctx, who, model.RoleViewer, "incidents", ""); err != nil {
		return nil, err
	}
	all := k.open(ctx, who)
	parts := map[model.IncidentID][]model.Incident{}
	there := map[model.IncidentID]bool{}
	for i := range all {
		there[all[i].ID] = true
	}
	var roots []model.Incident
	for i := range all {
		if parent := all[i].Parent; there[parent] {
			parts[parent] = append(parts[parent], all[i])
		} else {
			roots = append(roots, all[i])
		}
	}
	var ordered []model.Incident
	var add func([]model.Incident)
	add = func(some []model.Incident) {
		for i := range some {
			ordered = append(ordered, some[i])
			add(parts[some[i].ID])
		}
	}
	add(roots)
	return ordered, nil
}

// Incident returns an incident and those attached to it, worst first; of one that is over none. ErrNoIncident if it is not kept or the
// requester may not see it.
func (k *Actions) Incident(ctx context.Context, who model.Actor, id model.IncidentID) (in model.Incident, parts []model.Incident, err error) {
	all, err := k.Incidents(ctx, who)
	if err != nil {
		return model.Incident{}, nil, err
	}
	at := slices.IndexFunc(all, func(in model.Incident) bool { return in.Ref() == id })
	if at < 0 {
		in, open := k.seen(who, id)
		if !open {
			in, known, err := k.ended(ctx, who, id)
			if err == nil && !known {
				err = k.noIncident(ctx, who, id)
			}
			return in, nil, err
		}
		k.numbering(ctx, who.Counts()).Incidents(&in)
		impact.Advise(k.d.Inventory.Current(), &in, who.Scope)
		withoutPhones(who, &in)
		return in, nil, nil
	}
	for i := range all {
		if all[i].Parent == all[at].ID {
			parts = append(parts, all[i])
		}
	}
	impact.Advise(k.d.Inventory.Current(), &all[at], who.Scope)
	withoutPhones(who, &all[at])
	return all[at], parts, nil
}

// within is an incident as a scope may see it in a list.
func within(in *model.Incident, scope model.Scope) model.Incident {
	shown := *in
	storms := shown.Storms
	shown.Storms, shown.Readers = nil, model.Scope{}
	if !scope.Limited {
		return shown
	}
	if storm := storms[scope.Key()]; storm != 0 {
		shown.Parent = storm
	}
	shown.Logs, shown.Notes = nil, in.NotesWithin(scope)
	if in.Kind != model.IncidentStorm || !in.Readers.Equal(scope) { // else it is of their clients alone
		shown.Storm = nil
	}
	shown.EventGroup, shown.Worst = nil, shown.Severity // the totals cover all clients, and so does the worst severity
	shown.Affected = slices.DeleteFunc(slices.Clone(touched(in)), func(s model.ServiceState) bool { return !scope.Sees(s.Client) })
	shown.Reason = reasonWithin(in)
	shown.Failing, shown.Acks = nil, nil
	for _, a := range in.Acks {
		if a.Scope = a.Scope.And(scope); seesSome(a.Scope, in) { // who acknowledged for others is none of theirs
			a.Covers = a.Covers.Within(scope)
			shown.Acks = append(shown.Acks, a)
		}
	}
	return shown
}

// reasonWithin is the reason of an incident without what it counts of others.
func reasonWithin(in *model.Incident) model.Reason {
	switch in.Kind {
	case model.IncidentHost:
		return in.Reason.Without("failed").Without("total")
	case model.IncidentEventGroup:
		return in.Reason.Without("hosts")
	default:
		return in.Reason
	}
}
