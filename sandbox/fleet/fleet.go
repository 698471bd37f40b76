// Package fleet is a company's machines on loopback: hosts with real HTTP servers, stubs of what else they depend on, and a
// switch for each of them. A Plan says what there is; the usual one is a small hosting company.
//
// It gives the demo and the tests something real to watch and to break. It must not know who watches: not the product,
// not the chat, not the page.
package fleet

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

// Mode is how a target behaves.
type Mode string

// The modes.
const (
	OK     Mode = "ok"
	Killed Mode = "killed" // nothing listens: connections are refused
	Sick   Mode = "503"    // every page answers 503
	Hung   Mode = "hang"   // a request is taken and never answered
	Slow   Mode = "slow"   // answers come after Options.Slow
	Broken Mode = "broken" // a stub says no: the licence has expired
	Denied Mode = "no"     // a stub says no
	Partly Mode = "part"   // the first service of a host answers 503
	Full   Mode = "full"   // a disk has no room: whoever writes the configuration sees to that
	Storm  Mode = "storm"  // a monitor reports a bad night: whoever has the monitors sees to that
)

// Kind tells hosts from the stubs that stand alone.
type Kind string

// The kinds.
const (
	KindHost    Kind = "host"
	KindCheck   Kind = "check"
	KindService Kind = "service" // a switch for one service of all hosts
	KindMonitor Kind = "monitor" // it watches the others
)

// Target is something that can be broken, and how it is now. It shares nothing with the fleet.
type Target struct {
	Name    string            `json:"name"`
	Kind    Kind              `json:"kind"`
	Address string            `json:"address"` // of a host an IP address, of a stub host:port
	Labels  map[string]string `json:"labels,omitempty"`
	Clients []string          `json:"clients,omitempty"` // who uses it
	Mode    Mode              `json:"mode"`
	Modes   []Mode            `json:"modes"` // what it can be set to
	Since   time.Time         `json:"since"` // of the mode
}

// Options change what is usual. The zero value is a fleet with the usual ports, where these are free.
type Options struct {
	Plan Plan             // default Hosting()
	Slow time.Duration    // default 2 s
	Now  func() time.Time // default time.Now; stamps Target.Since
	Free bool             // take ports from the system, even when the usual ones are free
	Logs string           // folder in which each host has one with its logs, as nginx writes them; "": none are written
}

// Fleet is the hosts and stubs. It is safe for use by several goroutines.
type Fleet struct {
	slow time.Duration
	now  func() time.Time
	free bool
	logs string

	mu       sync.Mutex
	machines []*machine
	services []Service
	hosts    int // that many machines, the first ones, are hosts
	running  bool
	version  uint64
	changed  chan struct{} // closed and replaced at each change
}

// New makes a fleet that listens nowhere yet.
func New(o Options) *Fleet {
	f := &Fleet{slow: o.Slow, now: o.Now, free: o.Free, logs: o.Logs, changed: make(chan struct{})}
	if f.slow <= 0 {
		f.slow = 2 * time.Second
	}
	if f.now == nil {
		f.now = time.Now
	}
	if o.Plan.Hosts == nil && o.Plan.Stubs == nil {
		o.Plan = Hosting()
	}
	f.machines = f.build(o.Plan)
	return f
}

// Start opens all listeners; ctx bounds that alone. An error leaves none open. Close ends them.
func (f *Fleet) Start(ctx context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.running {
		return errors.New("start the fleet: it runs already")
	}
	f.running = true
	err := f.open(ctx)
	if err != nil {
		f.close()
		return fmt.Errorf("start the fleet: %w", err)
	}
	for _, m := range f.machines {
		m.since = f.now()
		m.journal.event("start worker processes")
	}
	return nil
}

// Close closes all listeners and connections and waits for everything that served them. It can be called twice.
func (f *Fleet) Close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.close()
}

func (f *Fleet) close() {
	for _, m := range f.machines {
		m.close()
	}
	f.running = false
}

// Set changes how a target behaves. It errs for an unknown name, a mode that the target does not have, and when the
// port of a target that was killed has been taken by somebody else.
func (f *Fleet) Set(name string, mode Mode) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	i := slices.IndexFunc(f.machines, func(m *machine) bool { return m.name == name })
	if i < 0 {
		return fmt.Errorf("set %q: no such target", name)
	}
	if !f.running {
		return fmt.Errorf("set %q: the fleet does not run", name)
	}
	return f.set(f.machines[i], mode)
}

// Heal sets every target to OK.
func (f *Fleet) Heal() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.running {
		return errors.New("heal: the fleet does not run")
	}
	var all []error
	for _, m := range f.machines {
		all = append(all, f.set(m, OK))
	}
	return errors.Join(all...)
}

func (f *Fleet) set(m *machine, mode Mode) error {
	if m.mode() == mode {
		return nil
	}
	if !slices.Contains(m.modes, mode) {
		return fmt.Errorf("set %q: mode %q is none of %v", m.name, mode, m.modes)
	}
	if err := m.become(mode); err != nil {
		return fmt.Errorf("set %q to %q: %w", m.name, mode, err)
	}
	m.since = f.now()
	f.version++
	close(f.changed)
	f.changed = make(chan struct{})
	return nil
}

// State is all targets as they are now: hosts first, in the order of the plan.
func (f *Fleet) State() []Target {
	f.mu.Lock()
	defer f.mu.Unlock()
	state := make([]Target, len(f.machines))
	for i, m := range f.machines {
		state[i] = Target{
			Name: m.name, Kind: m.kind, Address: m.address, Labels: maps.Clone(m.labels), Clients: slices.Clone(m.clients),
			Mode: m.mode(), Modes: slices.Clone(m.modes), Since: m.since,
		}
	}
	return state
}

// Services are the web services that every host has, with the ports they listen on: known once Start has returned.
func (f *Fleet) Services() []Service {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.services)
}

// WaitChange waits until something was set after the version given, and returns the version of now.
func (f *Fleet) WaitChange(ctx context.Context, since uint64) (uint64, error) {
	for {
		f.mu.Lock()
		version, changed := f.version, f.changed
		f.mu.Unlock()
		if version > since {
			return version, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return version, ctx.Err()
		}
	}
}
