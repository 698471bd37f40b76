package alerts

import (
	"slices"

	"opsbot/model"
)

// digestDetail is how many incidents of a digest keep the list of their failing checks; those behind them are a line each.
const digestDetail = 100

// digest notifies a destination of what is still open, of what was notified before and is over, and of what came and went: of one
// incident alone by its card, of more by one message, after which each of them counts as notified.
func (t *transaction) digest(to model.Destination, stillOpen []*incident, gone []*deferred, first bool) {
	if len(stillOpen)+len(gone) == 0 {
		return
	}
	if len(stillOpen) == 1 && len(gone) == 0 {
		t.notifyNow(stillOpen[0], stillOpen[0].card(to))
		return
	}
	sortIncidents(stillOpen)
	snapshot := model.Snapshot{Open: t.snapshots(to, stillOpen), FirstStart: first}
	for _, d := range gone {
		if d.Kind == model.NotifyResolved { // it was notified before the hours ended
			snapshot.Resolved = append(snapshot.Resolved, *d.Snapshot.Incident)
		} else {
			snapshot.Gone = append(snapshot.Gone, *d.Snapshot.Incident)
		}
	}
	worst := worstOf(snapshot.Open)
	silent := t.routing.Sound.silent(worst, t.at)
	t.write(model.Notification{Kind: model.NotifyDigest, To: to, Severity: worst, Silent: silent, Snapshot: snapshot})
	for _, in := range stillOpen {
		t.notified(in, in.card(to))
	}
}

// snapshots are incidents in a message about several of them.
func (s *state) snapshots(to model.Destination, ins []*incident) []model.Incident {
	scope, _ := s.routing.scope(to)
	out := make([]model.Incident, len(ins))
	for i, in := range ins {
		out[i] = *s.snapshot(in, to, scope)
		if i >= digestDetail {
			out[i].Failing = nil
		}
	}
	return out
}

func worstOf(ins []model.Incident) model.Severity {
	worst := model.SeverityInfo
	for i := range ins {
		if !ins[i].Condition().Works() {
			worst = max(worst, ins[i].Severity)
		}
	}
	return worst
}

// sortIncidents puts incidents in order, worst first.
func sortIncidents(all []*incident) {
	slices.SortFunc(all, func(a, b *incident) int { return model.CompareIncidents(&a.Incident, &b.Incident) })
}

func sortedDestinations[V any](m map[model.Destination]V) []model.Destination {
	out := make([]model.Destination, 0, len(m))
	for to := range m {
		out = append(out, to)
	}
	slices.SortFunc(out, compareDestinations)
	return out
}
