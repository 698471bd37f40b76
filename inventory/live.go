package inventory

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"opsbot/model"
)

// AnswerStore stores DNS answers, so that a restart while DNS is down keeps the hosts.
type AnswerStore interface {
	// LoadAnswers returns what was last saved; nothing the first time.
	LoadAnswers(ctx context.Context) ([]model.DNSAnswer, error)
	// SaveAnswers replaces all stored answers.
	SaveAnswers(ctx context.Context, answers []model.DNSAnswer) error
}

// NopAnswers stores nothing.
type NopAnswers struct{}

// LoadAnswers returns nothing.
func (NopAnswers) LoadAnswers(context.Context) ([]model.DNSAnswer, error) { return nil, nil }

// SaveAnswers does nothing.
func (NopAnswers) SaveAnswers(context.Context, []model.DNSAnswer) error { return nil }

// Options of a Live. The zero Options work.
type Options struct {
	Resolver Resolver         // nil is the machine's
	Answers  AnswerStore      // nil is NopAnswers
	Interval time.Duration    // between refreshes; 0 is 5 minutes
	Timeout  time.Duration    // of one name; 0 is 5 seconds
	Parallel int              // concurrent lookups; 0 is 32
	Now      func() time.Time // nil is time.Now
	Report   func(error)      // receives errors of Run; nil drops them. Failing names are Warnings, not errors
}

func (o *Options) fillIn() {
	if o.Resolver == nil {
		o.Resolver = net.DefaultResolver
	}
	if o.Answers == nil {
		o.Answers = NopAnswers{}
	}
	if o.Interval <= 0 {
		o.Interval = 5 * time.Minute
	}
	if o.Timeout <= 0 {
		o.Timeout = 5 * time.Second
	}
	if o.Parallel <= 0 {
		o.Parallel = 32
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Report == nil {
		o.Report = func(error) {}
	}
}

// Live keeps the current inventory: it queries DNS periodically, and builds a new inventory when the answers change.
// All methods are safe for concurrent use.
type Live struct {
	opts    Options
	current atomic.Pointer[model.Inventory]
	named   atomic.Pointer[named] // names of the current inventory, or of one before it; nil until they are needed

	refreshing sync.Mutex // locked to change the inventory, so that subscribers see changes in order
	source     Source     // under refreshing

	mu          sync.Mutex
	entries     map[string]entry
	beyond      map[string]Beyond // by domain
	subscribers []func(*model.Inventory)
	clientsOf   map[string][]string // by domain
	hurry       context.CancelFunc  // cancels the lookups in progress; nil if there are none
}

// NewLive returns a Live with the inventory without DNS; Start queries it.
func NewLive(source Source, opts Options) *Live {
	opts.fillIn()
	l := &Live{opts: opts, source: source, entries: map[string]entry{}, beyond: map[string]Beyond{}, clientsOf: clientsByDomain(source.Plan)}
	l.current.Store(source.Build(nil))
	return l
}

// Current is the current inventory; it is never nil.
func (l *Live) Current() *model.Inventory { return l.current.Load() }

// OnChange makes f be called with every new inventory, in order, one at a time, after Current returns it. f must return
// soon and must not call Start, Refresh or Replace.
func (l *Live) OnChange(f func(*model.Inventory)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.subscribers = append(l.subscribers, f)
}

// Warnings returns the names that DNS does not resolve, by name.
func (l *Live) Warnings() []Warning {
	l.mu.Lock()
	defer l.mu.Unlock()
	var warnings []Warning
	for _, name := range slices.Sorted(maps.Keys(l.entries)) {
		e := l.entries[name]
		if w, ok := e.warning(); ok {
			w.Clients = l.clientsOf[name]
			warnings = append(warnings, w)
		}
	}
	return warnings
}

// Start loads the saved answers and refreshes once. If the context ends early the saved answers are used, which is no
// error; an error is returned if the answers could not be loaded or saved, and the Live works all the same. Before
// Start the hosts of domains are missing: comparisons of inventories should begin after it.
func (l *Live) Start(ctx context.Context) error {
	saved, err := l.opts.Answers.LoadAnswers(ctx)
	if err != nil {
		err = fmt.Errorf("load DNS answers: %w", err)
	}
	l.refreshing.Lock()
	if l.remember(saved) {
		l.rebuild()
	}
	l.refreshing.Unlock()
	return errors.Join(err, l.Refresh(ctx))
}

// Recall loads the saved answers for the names that DNS has not answered for so far, and does not ask it: this is Start for a Live that
// was refreshed without its AnswerStore. It cuts lookups in progress short.
func (l *Live) Recall(ctx context.Context) error {
	saved, err := l.opts.Answers.LoadAnswers(ctx)
	if err != nil {
		err = fmt.Errorf("load DNS answers: %w", err)
	}
	l.cutShort()
	l.refreshing.Lock()
	defer l.refreshing.Unlock()
	l.mu.Lock()
	saved = slices.DeleteFunc(saved, func(a model.DNSAnswer) bool {
		e := l.entries[a.Name]
		return len(e.addresses()) > 0
	})
	l.mu.Unlock()
	if len(saved) > 0 && l.remember(saved) { // what is built is as good: of 100,000 checks that takes a second
		l.rebuild()
	}
	return err
}

// remember loads saved answers. One that is too old is dropped once DNS has been queried and returns none: until then
// its hosts have not left, however long we were stopped. It reports whether one is used. The caller holds refreshing.
func (l *Live) remember(saved []model.DNSAnswer) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.opts.Now()
	for _, a := range saved {
		a.At4, a.At6 = model.Since(a.At4, now), model.Since(a.At6, now) // kept for a length of time
		if _, used := slices.BinarySearch(l.source.Plan.names, a.Name); used {
			l.entries[a.Name] = entry{answer: a}
		}
	}
	return len(l.entries) > 0
}

// Run refreshes every Interval until ctx ends; it returns nil then.
func (l *Live) Run(ctx context.Context) error {
	ticker := time.NewTicker(l.opts.Interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			if err := l.Refresh(ctx); err != nil && ctx.Err() == nil {
				l.opts.Report(err)
			}
		}
	}
}

// Refresh queries DNS for every name, and publishes a new inventory if the answers changed. An error is the store's.
func (l *Live) Refresh(ctx context.Context) error {
	l.refreshing.Lock()
	defer l.refreshing.Unlock()
	if len(l.source.Plan.names) == 0 {
		return nil
	}
	if l.lookUp(ctx, l.source.Plan.names) {
		l.rebuild()
	}
	if ctx.Err() != nil {
		return nil
	}
	if err := l.opts.Answers.SaveAnswers(ctx, l.answers()); err != nil {
		return fmt.Errorf("save DNS answers: %w", err)
	}
	return nil
}

// Replace sets a new source after a reload: new names are queried first, then the new inventory is published. It cannot
// fail: a name without an answer in ctx's time is a Warning.
func (l *Live) Replace(ctx context.Context, source Source) {
	l.cutShort() // a reload does not wait for a DNS that is down
	l.refreshing.Lock()
	defer l.refreshing.Unlock()
	var fresh []string
	l.mu.Lock()
	for _, name := range source.Plan.names {
		if _, known := l.entries[name]; !known {
			fresh = append(fresh, name)
		}
	}
	l.mu.Unlock()
	l.lookUp(ctx, fresh)
	l.source = source
	clients := clientsByDomain(source.Plan)
	l.mu.Lock()
	l.clientsOf = clients
	maps.DeleteFunc(l.entries, func(name string, _ entry) bool {
		_, used := slices.BinarySearch(source.Plan.names, name)
		return !used
	})
	l.mu.Unlock()
	l.rebuild()
}

// lookUp queries names and reports whether any address changed. Lookups cancelled by ctx are ignored.
func (l *Live) lookUp(ctx context.Context, names []string) bool {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	l.setHurry(cancel)
	defer l.setHurry(nil)
	var changed atomic.Bool
	var g errgroup.Group
	g.SetLimit(l.opts.Parallel)
	for _, name := range names {
		g.Go(func() error {
			one, cancel := context.WithTimeout(ctx, l.opts.Timeout)
			defer cancel()
			v4, v6 := ask(one, l.opts.Resolver, name)
			if ctx.Err() == nil && l.learn(name, v4, v6) {
				changed.Store(true)
			}
			return nil
		})
	}
	// No lookup returns an error: a failing name is a warning.
	_ = g.Wait()
	return changed.Load()
}

func (l *Live) setHurry(cancel context.CancelFunc) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.hurry = cancel
}

func (l *Live) cutShort() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.hurry != nil {
		l.hurry()
	}
}

func (l *Live) learn(name string, v4, v6 family) (changed bool) {
	now := l.opts.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	before := l.entries[name]
	before.answer.Name = name
	after := before.learn(v4, v6, now)
	l.entries[name] = after
	return !slices.Equal(before.addresses(), after.addresses())
}

func (l *Live) answers() []model.DNSAnswer {
	l.mu.Lock()
	defer l.mu.Unlock()
	answers := make([]model.DNSAnswer, 0, len(l.entries))
	for _, name := range slices.Sorted(maps.Keys(l.entries)) {
		if e := l.entries[name]; len(e.addresses()) > 0 {
			answers = append(answers, e.answer)
		}
	}
	return answers
}

// rebuild builds the current inventory and publishes it. The caller holds refreshing.
func (l *Live) rebuild() {
	l.mu.Lock()
	addresses := make(Addresses, len(l.entries))
	for name, e := range l.entries {
		addresses[name] = e.addresses()
	}
	l.noteBeyond(addresses)
	subscribers := slices.Clone(l.subscribers)
	l.mu.Unlock()
	inv := l.source.Build(addresses)
	l.current.Store(inv)
	l.named.Store(nil)
	for _, f := range subscribers {
		f(inv)
	}
}

func clientsByDomain(p *Plan) map[string][]string {
	of := map[string][]string{}
	for i := range p.clients {
		for _, domain := range p.clients[i].client.Domains {
			of[domain] = append(of[domain], p.clients[i].client.Name)
		}
	}
	return of
}
