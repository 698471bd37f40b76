package alerts

import (
	"time"

	"opsbot/model"
)

// firstStart is the time of a first start in which what is down is collected: until every check has been judged once. A nil
// one is over.
type firstStart struct {
	until     time.Time
	unsettled map[model.CheckID]bool
}

func newFirstStart(until time.Time, checks map[model.CheckID]*tracked) *firstStart {
	f := &firstStart{until: until, unsettled: make(map[model.CheckID]bool, len(checks))}
	for id := range checks {
		f.unsettled[id] = true
	}
	return f
}

func (f *firstStart) add(id model.CheckID) {
	if f != nil {
		f.unsettled[id] = true
	}
}

func (f *firstStart) drop(id model.CheckID) {
	if f != nil {
		delete(f.unsettled, id)
	}
}

// settled notes a result: a check that is failing below its limit is still to be judged.
func (f *firstStart) settled(tr *tracked) {
	if f != nil && tr.state.Phase != model.PhaseFailing {
		delete(f.unsettled, tr.check.ID)
	}
}

// endFirstStart notifies of what a first start found, when it has found all.
func (ds *deferrals) endFirstStart(t *transaction) {
	first := ds.first
	if first == nil {
		return
	}
	if t.at.Before(first.until) && (len(first.unsettled) > 0 || t.verifications.any()) {
		t.wakeBy(first.until)
		return
	}
	ds.first, t.storms.recent = nil, nil // the digest has them: they are no storm as well
	found := ds.foundAtStart(t)
	for _, to := range sortedDestinations(found) {
		t.digest(to, found[to], nil, true)
	}
}

// foundAtStart is what each destination has to be notified of now. What has to wait for its active hours is deferred.
func (ds *deferrals) foundAtStart(t *transaction) map[model.Destination][]*incident {
	found := map[model.Destination][]*incident{}
	for _, in := range t.incidents.byID {
		for _, card := range in.cards {
			to := card.To
			_, known := t.routing.scope(to)
			switch {
			case !in.Open() || !known || !t.needsNotification(in, card) || t.inhibited(in, to) || t.isMuted(in, to):
			case t.inHours(in, to, t.severityAt(in, to)):
				found[to] = append(found[to], in)
			default:
				ds.add(t, in, card)
			}
		}
	}
	return found
}
