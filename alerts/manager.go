package alerts

import (
	"context"
	"slices"
	"sync"
	"time"

	"opsbot/model"
)

// The constants of waiting.
const (
	// UnknownLimit is how long a check may be unknown before that is a warning of its own.
	UnknownLimit = 15 * time.Minute
	// FirstStartLimit bounds how long a first start collects what is down before it notifies.
	FirstStartLimit = time.Minute
	// DeferGrace is added to the NotBefore of a notification that waits for active hours. The Manager replaces it when the
	// hours open; only when no Manager runs does the dispatcher send it as it is.
	DeferGrace = time.Minute
)

// Manager keeps the states of all checks, the open incidents, what each destination was notified of, and the mutes. All
// methods are safe for concurrent use; readers never wait for a commit.
type Manager struct {
	requested requestTargets

	updating sync.Mutex // one transaction at a time, its commit included; guards storage and started
	storage  storage
	started  bool // the first transaction, which judges everything, is done

	mu     sync.RWMutex // guards all below; written by the holder of updating only
	state  state
	timer  timer
	health Health
}

// state is all that judging reads and changes, each part with an owner of its own. Its methods only read; a transaction
// changes it.
type state struct {
	policy
	now           func() time.Time
	clock         model.WallClock // guarded like the rest: a transaction notices a step
	checks        checks
	verifications verifications
	incidents     incidents
	mutes         mutes
	storms        storms
	groups        eventGroups
	events        events
	deferred      deferrals
	flapping      flapping
	connections   connections
	numbers       numbers
	paging        paging
}

// policy is what the configuration says.
type policy struct {
	rules     Rules
	routing   Routing
	audiences audiences                     // of routing
	moved     map[model.ChatID]model.ChatID // chats that got new ids
}

// Handle judges results and commits what they change, with its notifications, in one transaction. Results of checks that are
// not in the inventory are left out. An error is the store's: what was decided is kept, nobody is notified, and it is
// committed with the next change or by Run.
func (m *Manager) Handle(ctx context.Context, results ...model.Result) error {
	_, err := m.take(ctx, slices.Clone(results))
	return err
}

// take is Handle, and returns the results that count, in the front of the slice: not what came twice, or after one that began later.
func (m *Manager) take(ctx context.Context, results []model.Result) (taken []model.Result, err error) {
	err = m.update(ctx, func(t *transaction) { taken = t.judge(results) })
	return taken, err
}

// SetInventory changes to another inventory. What left it is forgotten, and its incidents end with ReasonLeftInventory.
func (m *Manager) SetInventory(ctx context.Context, inv *model.Inventory) error {
	return m.update(ctx, func(t *transaction) {
		added, gone := t.checks.setInventory(inv)
		for _, id := range added {
			t.deferred.first.add(id)
		}
		for _, tr := range gone {
			t.forget(tr)
		}
		t.events.relocate(t)
		t.markAll()
	})
}

// SetRouting changes who is notified. A new destination gets what opens from then on; one that is no longer known gets
// nothing more. Notifications that wait for active hours wait for the new ones if those open earlier.
func (m *Manager) SetRouting(r Routing) {
	m.updating.Lock()
	defer m.updating.Unlock()
	m.mu.Lock()
	defer m.mu.Unlock()
	s := &m.state
	s.setRouting(r.moved(s.moved))
	s.paging.all = true
	for _, d := range s.deferred.rows {
		if in := s.incidents.byID[d.Incident]; in != nil {
			d.opens = model.Earlier(d.opens, s.hours(in, d.To).NextOpen(s.now()))
		}
	}
	m.timer.wakeBy(s.now())
}

// SetRules changes the rules. What was notified already stays so.
func (m *Manager) SetRules(r Rules) {
	m.updating.Lock()
	defer m.updating.Unlock()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.state.rules = r
	m.timer.wakeBy(m.state.now())
}

// Migrate gives a chat its new id, in everything that is kept and in every Routing to come. The store has done the same to
// what it keeps.
func (m *Manager) Migrate(from, to model.ChatID) {
	m.updating.Lock()
	defer m.updating.Unlock()
	m.mu.Lock()
	defer m.mu.Unlock()
	s := &m.state
	s.moved[from] = to
	s.setRouting(s.routing.moved(s.moved))
	var merged []*model.Card
	for _, in := range s.incidents.byID {
		for _, c := range in.cards {
			move(&c.To.Chat, s.moved)
		}
		merged = append(merged, in.mergeCards()...)
	}
	s.deferred.migrate(s.moved)
	s.mutes.migrate(s.moved)
	s.paging.migrate(s.moved)
	m.storage.pending.migrate(s.moved)
	for _, card := range merged {
		m.storage.pending.keepCard(card)
	}
}

// Reset makes a check that is down ok again, whatever was seen of it last: how a latched check is opened. ErrNothingSelected
// when it is not down. After ErrUnchanged it is as it was, after ErrUnstored it is ok, and stored with the next commit.
func (m *Manager) Reset(ctx context.Context, id model.CheckID, audit model.AuditEntry) error {
	if err := m.storable(ctx); err != nil {
		return err
	}
	found := false
	err := m.update(ctx, func(t *transaction) {
		tr := t.checks.all[id]
		if tr == nil || tr.state.Phase != model.PhaseDown {
			return
		}
		found = true
		before := tr.state
		reset(&tr.state, t.at)
		t.pending.addTransition(tr, &before, t.at)
		t.changed(tr)
		t.pending.audit = append(t.pending.audit, audit)
	})
	if !found {
		return &model.Error{Code: model.ErrNothingSelected, Args: map[string]string{"words": string(id)}}
	}
	return unstored(err)
}
