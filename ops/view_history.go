package ops

import (
	"cmp"
	"context"
	"slices"

	"opsbot/model"
)

// pastIncidents returns the incidents of a query, newest first, cut to what the requester sees, and whether there are more than are
// listed. They are read by what they are about, so that the incidents of others do not take their place.
func (k *Actions) pastIncidents(ctx context.Context, who model.Actor, x *pastQuery) (found []model.Incident, more bool, err error) {
	read, more, err := k.readPast(ctx, x)
	if err != nil {
		return nil, false, err
	}
	for i := range read {
		found = append(found, within(&read[i], who.Scope))
	}
	if who.Scope.Limited {
		withoutForeignParents(found)
	}
	return k.numbered(ctx, who, found), more, nil
}

func (k *Actions) readPast(ctx context.Context, x *pastQuery) (found []model.Incident, more bool, err error) {
	if x.all() {
		found, err = k.d.Archive.Incidents(ctx, x.since, mostHistory+1)
		found, more = upTo(found, mostHistory)
		return found, more, err
	}
	found, err = k.d.Archive.IncidentsOf(ctx, x.span(), k.keysOf(x), mostHistory+1)
	if err != nil {
		return nil, false, err
	}
	cut := len(found) > mostHistory
	found = slices.DeleteFunc(found, func(in model.Incident) bool { return !x.touches(&in) })
	gathered, err := k.gatheredIn(ctx, x.span(), x.touches)
	if err != nil {
		return nil, false, err
	}
	found = append(found, gathered...)
	slices.SortFunc(found, func(a, b model.Incident) int { return cmp.Compare(b.ID, a.ID) })
	found, more = upTo(found, mostHistory)
	return found, more || cut, nil
}

// gatheredIn returns the storms and event groups of a span that a function accepts.
func (k *Actions) gatheredIn(ctx context.Context, span model.Span, accept func(*model.Incident) bool) (all []model.Incident, err error) {
	keys, err := k.d.Archive.GatheredKeys(ctx, span)
	if err != nil {
		return nil, err
	}
	for some := range slices.Chunk(keys, gatheredAtOnce) {
		found, err := k.d.Archive.IncidentsOf(ctx, span, some, len(some))
		if err != nil {
			return nil, err
		}
		all = append(all, slices.DeleteFunc(found, func(in model.Incident) bool { return !accept(&in) })...)
	}
	return all, nil
}

// stored returns an incident, open or over, that affects what the requester sees, as it is stored.
func (k *Actions) stored(ctx context.Context, who model.Actor, id model.IncidentID) (in model.Incident, found bool, err error) {
	if _, open := k.seen(who, id); open {
		in, open = k.d.Alerts.Incident(id)
		return in, open, nil
	}
	in, found, err = k.d.Archive.StoredIncident(ctx, id)
	if err != nil || !found || in.Open() || !seesSome(who.Scope, &in) {
		return model.Incident{}, false, err
	}
	return in, true, nil
}

// ended returns an incident that is over, as the requester may see it.
func (k *Actions) ended(ctx context.Context, who model.Actor, id model.IncidentID) (model.Incident, bool, error) {
	in, found, err := k.stored(ctx, who, id)
	if err != nil || !found || in.Open() {
		return model.Incident{}, false, err
	}
	in = within(&in, who.Scope)
	if who.Scope.Limited {
		in.Parent = 0
	}
	all := k.numbered(ctx, who, []model.Incident{in})
	return all[0], true, nil
}

// pastEvents returns the events of a query that are over and were no part of an incident, cut to what its scope sees, and whether there
// are more than are listed.
func (k *Actions) pastEvents(ctx context.Context, x *pastQuery) (all []model.Event, more bool, err error) {
	read, err := k.d.Archive.PastEvents(ctx, x.since, mostHistory+1, x.hasEvent)
	if err != nil {
		return nil, false, err
	}
	read, more = upTo(read, mostHistory)
	for i := range read {
		all = append(all, read[i].Within(x.inv, x.scope))
	}
	return all, more, nil
}
