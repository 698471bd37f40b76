package alerts

import (
	"time"

	"opsbot/model"
)

// lastRunAhead is how far in the future the last daily digest or maintenance window may seem to be: the wall clock was set back since,
// and it does not come twice. What is further ahead was written by a clock that was wrong.
const lastRunAhead = model.Day / 2

// followClock notices that the wall clock was set since the last transaction. Lengths of time go on as they were: what was stored of them
// is stored anew, as it is on the clock now. Moments are where they are on the new clock.
func (t *transaction) followClock() {
	if t.clock.Step(t.at) == 0 {
		return
	}
	t.mutes.anchor(t)
	t.deferred.anchor(t)
	t.paging.anchor(t)
	for _, in := range t.incidents.byID {
		anchorIncident(&in.Incident, t.at)
		t.store(in)
		for _, card := range in.cards {
			anchorCard(card, t.at)
			t.pending.keepCard(card)
		}
	}
	for _, tr := range t.checks.all {
		anchorState(&tr.state, t.at)
		if hasResult(&tr.state) && !isFine(&tr.state) {
			t.pending.checks[tr.check.ID] = tr.state
		}
	}
	t.next = t.at // all that time brings is looked at again
}

// anchor has mutes that last for a length go on for what is left of it.
func (ms *mutes) anchor(t *transaction) {
	for name, at := range ms.windows {
		ms.windows[name] = model.LastRun(at, t.at, lastRunAhead)
	}
	for i, m := range ms.active {
		if m.Lasts > 0 {
			kept := m.Anchored(t.at)
			ms.active[i], t.pending.mutes[m.ID] = &kept, kept
		}
	}
	ms.editCards(t) // which say until when
}

// anchor has what joined go on waiting for as long, and what waits for active hours until they begin by the clock as it is now.
func (ds *deferrals) anchor(t *transaction) {
	ds.lastDaily = model.LastRun(ds.lastDaily, t.at, lastRunAhead)
	for _, d := range ds.rows {
		opens := model.Anchored(d.opens, t.at)
		if !d.collected {
			opens = d.opens
			if in := t.incidents.byID[d.Incident]; in != nil {
				opens = firstOf(t.hours(in, d.To).NextOpen(t.at), opens)
			}
		}
		ds.move(t, d, opens)
	}
}

// move has a row wait until another time.
func (ds *deferrals) move(t *transaction, d *deferred, opens time.Time) {
	n := *d.Notification
	t.pending.revoke(d.Notification)
	n.ID, n.Created, n.NotBefore = 0, model.Anchored(n.Created, t.at), opens.Add(DeferGrace)
	d.Notification, d.opens = t.pending.add(n), opens
}

func anchorCard(card *model.Card, now time.Time) {
	card.NotifiedAt, card.RaisedAt = model.Since(card.NotifiedAt, now), model.Since(card.RaisedAt, now)
}

func anchorState(s *model.CheckState, now time.Time) {
	for _, at := range []*time.Time{&s.Since, &s.FailedSince, &s.WorksSince, &s.UnknownSince, &s.At, &s.Due} {
		*at = model.Since(*at, now)
	}
}

func anchorIncident(in *model.Incident, now time.Time) {
	in.OpenedAt = model.Since(in.OpenedAt, now)
	if in.Flap != nil {
		flap := *in.Flap
		flap.ChangedAt = model.Since(flap.ChangedAt, now)
		in.Flap = &flap
	}
	if in.Storm != nil {
		storm := *in.Storm
		storm.LastAt = model.Since(storm.LastAt, now)
		in.Storm = &storm
	}
	if in.EventGroup != nil {
		group := *in.EventGroup
		group.Since, group.LastAt = model.Since(group.Since, now), model.Since(group.LastAt, now)
		in.EventGroup = &group
	}
}

// anchorMemory gives what was stored its distance from now in elapsed time. What has happened is not in the future, and of no wait is
// more left than the whole of it: the clock may have been set back meanwhile.
func anchorMemory(m *model.Memory, now time.Time) {
	for id, s := range m.Checks {
		anchorState(&s, now)
		if !s.At.Before(now) {
			s.At = now.Add(-time.Millisecond) // a result of before the start is no answer to what is asked now
		}
		m.Checks[id] = s
	}
	for i := range m.Cards {
		anchorCard(&m.Cards[i], now)
	}
	for i := range m.Open {
		anchorIncident(&m.Open[i], now)
	}
	for i := range m.Ended {
		m.Ended[i].OpenedAt, m.Ended[i].ClosedAt = model.Since(m.Ended[i].OpenedAt, now), model.Since(m.Ended[i].ClosedAt, now)
	}
	for i := range m.Mutes {
		m.Mutes[i] = m.Mutes[i].Anchored(now)
	}
	for name, at := range m.Windows {
		m.Windows[name] = model.LastRun(at, now, lastRunAhead)
	}
	m.Daily = model.LastRun(m.Daily, now, lastRunAhead)
}
