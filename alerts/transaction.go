package alerts

import (
	"context"
	"time"

	"opsbot/model"
)

// step is one turn of judging: what came in, what has to be judged again because of it, and what to ask of others
// when it is stored.
type transaction struct {
	*Manager
	at time.Time

	hosts   map[string]bool
	keys    map[model.ServiceKey]bool
	singles map[model.CheckID]bool
	touched map[*incident]touch

	ask      []string
	again    []*model.Check
	toVerify []model.CheckID
}

// touch says why an incident is gone through in this step.
type touch struct {
	opened bool // its destinations are to be chosen
	raised bool // more destinations may have to be chosen
	edited bool // what a card shows has changed
}

// step does work, judges what it touched, commits the outcome, and asks others for what it needs.
func (b *Manager) update(ctx context.Context, work func(*transaction)) error {
	s, err := b.transact(ctx, work)
	for _, host := range s.ask {
		b.verifier.VerifyHost(host)
	}
	for _, c := range s.again {
		b.confirmer.Again(c.ID, c.ConfirmEvery)
	}
	if len(s.toVerify) > 0 && b.checkVerifier != nil {
		b.checkVerifier.VerifyChecks(s.toVerify)
	}
	return err
}

func (b *Manager) transact(ctx context.Context, work func(*transaction)) (*transaction, error) {
	b.updating.Lock()
	defer b.updating.Unlock()
	s := b.evaluate(work)
	return s, b.commit(ctx)
}

func (b *Manager) evaluate(work func(*transaction)) *transaction {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := &transaction{
		Manager: b, at: b.now(), hosts: map[string]bool{}, keys: map[model.ServiceKey]bool{},
		singles: map[model.CheckID]bool{}, touched: map[*incident]touch{},
	}
	if !b.started {
		b.started = true
		s.everything()
	}
	if !b.wakeAt.IsZero() && !s.at.Before(b.wakeAt) {
		s.byTime() // before any result: a mute that is over must not be seen as over before its end is told
	}
	work(s)
	s.reconcile()
	s.gather()
	s.notify()
	return s
}

// judge takes in results.
func (s *transaction) judge(results []model.Result) {
	for i := range results {
		t := s.checks[results[i].Check]
		if t == nil {
			continue
		}
		before := t.state
		next, changed := Judge(t.state, t.check, results[i])
		t.state = next
		s.remember(t, &before, results[i].At)
		s.first.settled(t)
		s.markDirty(results[i].Check)
		if changed {
			s.changed(t)
		}
		s.confirm(t)
	}
}

// confirm asks for a repeat of a check that fails below its limit.
func (s *transaction) confirm(t *tracked) {
	if t.state.Phase == model.PhaseFailing && t.check.ConfirmEvery > 0 {
		s.again = append(s.again, t.check)
	}
}

// changed notes that a check's state is to be stored and what has to be judged again because of it.
func (s *transaction) changed(t *tracked) {
	s.waiting.checks[t.check.ID] = t.state
	if t.state.Phase != model.PhaseDown {
		t.counted = false
	}
	if t.state.UnknownSince.IsZero() {
		delete(s.unknown, t.check.ID)
	} else if s.unknown[t.check.ID] == nil && !s.longUnknown(&t.state, s.at) {
		s.unknown[t.check.ID] = t
		s.wakeBy(s.unknownFrom(&t.state).Add(UnknownLimit))
	}
	s.mark(t)
}

func (s *transaction) mark(t *tracked) {
	if e := t.check.Endpoint; e != nil {
		s.hosts[e.Host] = true
		s.keys[e.ServiceKey] = true
		return
	}
	s.singles[t.check.ID] = true
}

// everything has all that there is judged again, and every open incident gone through: at the start, and when the
// inventory changes. Repeats that were asked for are lost then, and asked for again.
func (s *transaction) everything() {
	for _, t := range s.checks {
		s.mark(t)
		s.confirm(t)
	}
	for _, in := range s.byID {
		s.touch(in, touch{edited: in.Gathered()}) // an edit may have waited for its time
		s.markIncident(in)
	}
}

// markIncident has an incident judged again.
func (s *transaction) markIncident(in *incident) {
	switch in.Kind {
	case model.IncidentHost:
		s.hosts[in.Host] = true
	case model.IncidentService:
		s.keys[in.ServiceKey] = true
	case model.IncidentCheck:
		s.singles[in.Check] = true
	case model.IncidentConnectivity:
		s.apply(connectivityKey, s.wantOffline())
	case model.IncidentSource:
		s.apply(in.Key(), s.wantSource(in.Source))
	case model.IncidentEventGroup:
		in.dirty = true
	}
}

func (s *transaction) touch(in *incident, why touch) {
	was := s.touched[in]
	s.touched[in] = touch{
		opened: was.opened || why.opened, raised: was.raised || why.raised, edited: was.edited || why.edited,
	}
}

// wakeBy has Run tick at t or earlier; zero is never. The caller holds mu.
func (b *Manager) wakeBy(t time.Time) {
	if t.IsZero() || !b.wakeAt.IsZero() && !t.Before(b.wakeAt) {
		return
	}
	b.wakeAt = t
	select {
	case b.poke <- struct{}{}:
	default:
	}
}

// earlier returns the earlier of two moments; zero is never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || (!b.IsZero() && b.Before(a)) {
		return b
	}
	return a
}
