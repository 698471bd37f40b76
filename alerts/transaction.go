package alerts

import (
	"context"
	"time"

	"opsbot/model"
)

// transaction is one pass of judging: what has to be judged again, and what to ask of others once it is stored.
type transaction struct {
	*state
	*timer
	pending *pending
	at      time.Time

	dirty    dirty
	touched  map[*incident]touch
	order    []*incident // the touched ones, in the order in which they are notified
	requests requests
	waits    bool // what it decided waits to be stored together with what others do
}

// touch says why an incident is gone through in a transaction.
type touch struct {
	opened bool // its destinations are to be chosen
	raised bool // more destinations may have to be chosen
	edited bool // what a card shows has changed
}

// dirty is what has to be judged again.
type dirty struct {
	hosts    map[string]bool
	services map[model.ServiceKey]bool
	checks   map[model.CheckID]bool // standalone ones
}

// check has judged again what a check is part of.
func (d *dirty) check(tr *tracked) {
	if e := tr.check.Endpoint; e != nil {
		d.hosts[e.Host] = true
		d.services[e.ServiceKey] = true
		return
	}
	d.checks[tr.check.ID] = true
}

// requests are what a transaction asks of others.
type requests struct {
	repeats []*model.Check
	checks  []model.CheckID
}

// requestTargets are those that are asked.
type requestTargets struct {
	verifier  Verifier
	confirmer Confirmer
}

func (to *requestTargets) send(r *requests) {
	for _, c := range r.repeats {
		to.confirmer.Again(c.ID, c.ConfirmEvery)
	}
	if len(r.checks) > 0 {
		to.verifier.VerifyChecks(r.checks)
	}
}

// update does work, judges what it touched, commits the outcome, and asks others for what it needs.
func (m *Manager) update(ctx context.Context, work func(*transaction)) error {
	t, err := m.transact(ctx, work)
	m.requested.send(&t.requests)
	return err
}

func (m *Manager) transact(ctx context.Context, work func(*transaction)) (*transaction, error) {
	m.updating.Lock()
	defer m.updating.Unlock()
	t := m.evaluate(work)
	if t.waits {
		return t, nil
	}
	return t, m.commit(ctx)
}

// evaluate does work and judges what it touched, in the order of stages.
func (m *Manager) evaluate(work func(*transaction)) *transaction {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := m.begin()
	if !m.started {
		m.started = true
		t.markAll()
		t.groups.resume(t)
	}
	t.followClock()
	if m.timer.isDue(t.at) {
		t.passTime() // before any result: a mute that is over must not be seen as over before its end is notified
	}
	work(t)
	for _, s := range stages {
		s.apply(t)
	}
	end := m.storage.gather.until(m.storage.pending, t.at)
	t.waits = !end.IsZero()
	t.wakeBy(end)
	return t
}

func (m *Manager) begin() *transaction {
	return &transaction{
		state: &m.state, timer: &m.timer, pending: m.storage.pending, at: m.state.now(), touched: map[*incident]touch{},
		dirty: dirty{hosts: map[string]bool{}, services: map[model.ServiceKey]bool{}, checks: map[model.CheckID]bool{}},
	}
}

// markAll has everything judged again, and goes through every open incident: at the start, and when the inventory changes.
// Repeats that were asked for are lost then, and asked for again.
func (t *transaction) markAll() {
	for _, tr := range t.checks.all {
		t.dirty.check(tr)
		t.repeat(tr)
	}
	for _, in := range t.incidents.byID {
		t.touch(in, touch{edited: in.Gathered()}) // an edit may have waited for its time
		t.markIncident(in)
	}
}

// markIncident has an incident judged again.
func (t *transaction) markIncident(in *incident) {
	switch in.Kind {
	case model.IncidentHost:
		t.dirty.hosts[in.Host] = true
	case model.IncidentService:
		t.dirty.services[in.ServiceKey] = true
	case model.IncidentCheck:
		t.dirty.checks[in.Check] = true
	case model.IncidentConnectivity:
		t.apply(connectivityKey, t.wantOffline())
	case model.IncidentSource:
		t.apply(in.Key(), t.connections.wantSource(in.Source))
	case model.IncidentEventGroup:
		in.group.dirty = true
	}
}

func (t *transaction) touch(in *incident, why touch) {
	was := t.touched[in]
	t.touched[in] = touch{
		opened: was.opened || why.opened, raised: was.raised || why.raised, edited: was.edited || why.edited,
	}
}

// store has an incident stored as it is now.
func (t *transaction) store(in *incident) { t.pending.incidents[in.ID] = in.Incident }
