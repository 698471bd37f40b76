package alerts

import (
	"context"
	"maps"
	"sync"
	"time"

	"opsbot/model"
)

// The constants of waiting.
const (
	// SettleTime is how long the telling of an endpoint's failure waits at least, so that its host can be seen first,
	// and one timeout of the host's checks more at most. Both are rounded up to settleGrid.
	SettleTime = 2 * time.Second
	// UnknownLimit is how long a check may be unknown before that is a warning of its own.
	UnknownLimit = 15 * time.Minute
	// FirstStartLimit bounds how long a first start collects what is down before it tells.
	FirstStartLimit = time.Minute
	// DeferGrace is added to the NotBefore of a telling that waits for its hours. The Manager replaces it when the hours
	// open; only when no Manager runs does the dispatcher send it as it is.
	DeferGrace = time.Minute
)

// Manager keeps the states of all checks, the open incidents, what each destination was told of them, and the mutes. All
// methods are safe for concurrent use; readers never wait for a commit.
type Manager struct {
	store         Store
	verifier      Verifier
	confirmer     Confirmer
	wake          func()
	now           func() time.Time
	checkVerifier CheckVerifier
	locator       func(inv *model.Inventory) func(e *model.Event) string
	poke          chan struct{} // tells Run that it has to wake earlier

	updating sync.Mutex // one step at a time, its commit included; guards waiting and started
	waiting  pending    // decided, not yet stored
	started  bool       // the first step, which goes through everything, is done

	mu            sync.RWMutex // guards all below; written by the holder of stepping only
	inv           *model.Inventory
	routing       Routing
	moved         map[model.ChatID]model.ChatID
	checks        map[model.CheckID]*tracked
	unknown       map[model.CheckID]*tracked // unknown, and not yet warned of
	services      map[model.ServiceKey]model.ServiceState
	failed        map[string]bool // hosts with a host incident
	verifications map[string]*verification
	open          map[string]*incident // by Incident.Key
	byID          map[model.IncidentID]*incident
	deferred      map[cardKey]*deferred
	mutes         []*model.Mute // not ended, by number
	first         *firstStart   // nil when it is over, or there was none

	rules        Rules
	storms       []*incident                     // open ones
	groups       []*incident                     // open ones
	events       map[model.EventKey]*model.Event // that stand, or that an open burst took in
	locate       func(e *model.Event) string
	disconnected map[string]model.Reason // sources that are silent, and why
	recent       []*incident             // opened lately, and by themselves
	planned      map[model.MuteID]bool   // mutes that have not begun
	windows      map[string]time.Time    // the last beginning of each planned window
	lastDaily    time.Time               // when the last digest of a day was written
	offlineFrom  time.Time               // the last time that opsbot could not see, and is over
	offlineTo    time.Time
	changes      map[string][]time.Time // when incidents of a key began and ended, lately

	lastIncident model.IncidentID
	lastMute     model.MuteID
	wakeAt       time.Time
	health       Health
}

// tracked is one check of the inventory.
type tracked struct {
	check   *model.Check
	state   model.CheckState
	counted bool // it is down and part of what is judged: its host has been looked at
}

// New makes a Manager that goes on where the Memory ends. Nothing is told before the first Tick (or Run): call that
// before the dispatcher starts, so that tellings held for hours which have opened meanwhile become one digest.
func New(o Options) *Manager {
	b := &Manager{
		store: o.Store, verifier: o.Verifier, confirmer: o.Confirmer, wake: o.Wake, now: o.Now,
		checkVerifier: o.CheckVerifier, locator: o.Locate, events: map[model.EventKey]*model.Event{}, disconnected: map[string]model.Reason{},
		poke: make(chan struct{}, 1), waiting: newPending(), moved: map[model.ChatID]model.ChatID{},
		unknown: map[model.CheckID]*tracked{}, failed: map[string]bool{}, verifications: map[string]*verification{},
		services: map[model.ServiceKey]model.ServiceState{}, deferred: map[cardKey]*deferred{},
		open: map[string]*incident{}, byID: map[model.IncidentID]*incident{},
		routing: o.Routing, rules: o.Rules, changes: map[string][]time.Time{}, windows: map[string]time.Time{}, planned: map[model.MuteID]bool{},
		lastDaily: firstOf(o.Memory.Daily, o.Now()), lastIncident: o.Memory.LastIncident, lastMute: o.Memory.LastMute, wakeAt: o.Now(),
	}
	maps.Copy(b.windows, o.Memory.Windows)
	b.restoreIncidents(&o.Memory)
	b.restoreChecks(o.Inventory, o.Memory.Checks)
	b.restoreEvents(o.Memory.Events)
	b.begin(o.Now())
	if o.Memory.Fresh {
		b.first = newFirstStart(o.Now().Add(FirstStartLimit), b.checks)
	}
	return b
}

func (b *Manager) restoreIncidents(m *model.Memory) {
	for i := range m.Ended {
		e := &m.Ended[i]
		b.changes[e.Key] = append(b.changes[e.Key], e.OpenedAt, e.ClosedAt)
		if e.Key == connectivityKey {
			b.wasOffline(e.OpenedAt, e.ClosedAt)
		}
	}
	for i := range m.Open {
		in := &incident{Incident: m.Open[i]}
		b.keep(in)
		b.changes[in.Key()] = append(b.changes[in.Key()], in.OpenedAt)
		if in.Kind == model.IncidentConnectivity && b.offline() == nil { // it came and went
			b.wasOffline(in.OpenedAt, in.Flap.ChangedAt)
		}
		if in.Parent == 0 && in.gathers() {
			b.recent = append(b.recent, in)
		}
	}
	for i := range m.Cards {
		if in := b.byID[m.Cards[i].Incident]; in != nil {
			m.Cards[i].Message = 0 // the dispatcher's: what is known here would be old by the next commit
			in.cards = append(in.cards, &m.Cards[i])
			in.restored = in.restored || m.Cards[i].Down
		}
	}
	for i := range m.Mutes {
		b.mutes = append(b.mutes, &m.Mutes[i])
	}
	for i := range m.Deferred {
		t := &m.Deferred[i]
		b.deferred[cardKey{t.Incident, t.To}] = &deferred{Notification: t, opens: t.NotBefore.Add(-DeferGrace)}
	}
}

// restoreChecks fills the memory of checks. What is part of an open incident has been looked at before.
func (b *Manager) restoreChecks(inv *model.Inventory, states map[model.CheckID]model.CheckState) {
	b.inv = inv
	b.checks = make(map[model.CheckID]*tracked, len(inv.Checks()))
	for _, c := range inv.Checks() {
		t := &tracked{check: c, state: states[c.ID]}
		b.checks[c.ID] = t
		if !t.state.UnknownSince.IsZero() {
			b.unknown[c.ID] = t
		}
	}
	for id, s := range states {
		if b.checks[id] == nil {
			b.waiting.forget[id] = true
			b.left(id, &s, b.now())
		}
	}
	for _, in := range b.open {
		for _, f := range in.Failing {
			if t := b.checks[f.Check]; t != nil && t.state.Phase == model.PhaseDown {
				t.counted = true
			}
		}
	}
}

// keep takes an open incident into the indexes.
func (b *Manager) keep(in *incident) {
	b.open[in.Key()] = in
	b.byID[in.ID] = in
	switch {
	case in.Kind == model.IncidentHost && !in.Flap.Rests():
		b.failed[in.Host] = true
	case in.Kind == model.IncidentStorm:
		b.storms = append(b.storms, in)
	case in.Kind == model.IncidentEventGroup:
		in.dirty, in.asked, in.hosts, in.views = true, map[model.CheckID]time.Time{}, map[string]bool{}, &views{}
		b.groups = append(b.groups, in)
	case in.Kind == model.IncidentSource && !in.Flap.Rests():
		b.disconnected[in.Source] = in.Reason
	}
}

// Handle judges results and commits what they change, with its tellings, in one transaction. Results of checks that
// are not in the inventory are left out. An error is the store's: what was decided is kept, told to nobody, and
// committed with the next change or by Run.
func (b *Manager) Handle(ctx context.Context, results ...model.Result) error {
	return b.update(ctx, func(s *transaction) { s.judge(results) })
}

// HandleVerification is Handle for the answer to Verifier.VerifyHost: it also ends the wait for that host.
func (b *Manager) HandleVerification(ctx context.Context, host string, results ...model.Result) error {
	return b.update(ctx, func(s *transaction) {
		s.judge(results)
		if l := s.verifications[host]; l != nil {
			l.answered = true
			s.wakeBy(l.ready())
		}
	})
}

// SetInventory changes to another picture of what there is. What left it is forgotten, and its incidents end with
// ReasonLeftInventory.
func (b *Manager) SetInventory(ctx context.Context, inv *model.Inventory) error {
	return b.update(ctx, func(s *transaction) {
		old := b.checks
		b.inv, b.services = inv, map[model.ServiceKey]model.ServiceState{}
		b.checks = make(map[model.CheckID]*tracked, len(inv.Checks()))
		for _, c := range inv.Checks() {
			t := old[c.ID]
			if t == nil {
				t = &tracked{}
				b.first.add(c.ID)
			}
			t.check = c
			b.checks[c.ID] = t
		}
		for id, t := range old {
			if b.checks[id] == nil {
				s.forget(id, t)
			}
		}
		s.relocate()
		s.everything()
	})
}

func (s *transaction) forget(id model.CheckID, t *tracked) {
	delete(s.unknown, id)
	s.first.drop(id)
	if t.state.At.IsZero() && t.state.Since.IsZero() {
		return
	}
	delete(s.waiting.checks, id)
	s.waiting.forget[id] = true
	s.left(id, &t.state, s.at)
}

// SetRouting changes where things are told. A new destination gets what opens from then on; one that is no longer
// known gets nothing more. Notifications that wait for hours wait for the new ones if those open earlier.
func (b *Manager) SetRouting(r Routing) {
	b.updating.Lock()
	defer b.updating.Unlock()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.routing = r.moved(b.moved)
	for _, h := range b.deferred {
		if in := b.byID[h.Incident]; in != nil {
			h.opens = earlier(h.opens, b.hours(in, h.To).NextOpen(b.now()))
		}
	}
	b.wakeBy(b.now())
}

// Migrate gives a chat its new id, in everything that is kept and in every Routing to come. The store has done the
// same to what it keeps.
func (b *Manager) Migrate(from, to model.ChatID) {
	b.updating.Lock()
	defer b.updating.Unlock()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.moved[from] = to
	b.routing = b.routing.moved(b.moved)
	for _, in := range b.byID {
		for _, c := range in.cards {
			move(&c.To.Chat, b.moved)
		}
	}
	rows := b.deferred
	b.deferred = make(map[cardKey]*deferred, len(rows))
	for _, h := range rows {
		move(&h.To.Chat, b.moved)
		b.deferred[cardKey{h.Incident, h.To}] = h
	}
	for i, m := range b.mutes {
		moved := *m
		move(&moved.Chat, b.moved)
		b.mutes[i] = &moved
	}
	b.waiting.migrate(b.moved)
}

// Reset makes a check that is down ok again, whatever was seen of it last: how a latch is opened. ErrNothingSelected
// when it is not down. After ErrStore it is ok, and stored with the next commit.
func (b *Manager) Reset(ctx context.Context, id model.CheckID, audit model.AuditEntry) error {
	found := false
	err := b.update(ctx, func(s *transaction) {
		t := b.checks[id]
		if t == nil || t.state.Phase != model.PhaseDown {
			return
		}
		found = true
		before := t.state
		reset(&t.state, s.at)
		s.remember(t, &before, s.at)
		s.changed(t)
		b.waiting.audit = append(b.waiting.audit, audit)
	})
	if !found {
		return &model.Error{Code: model.ErrNothingSelected, Args: map[string]string{"words": string(id)}}
	}
	return storeError(err)
}
