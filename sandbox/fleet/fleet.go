// Package fleet is a company's machines on loopback: hosts with real HTTP servers, stubs of their other dependencies, and a
// switch for each of them. A Plan describes them; the default is a small hosting company.
//
// The demo and the tests monitor it and break it. It must not know who watches: not the product, not the chat, not the
// page.
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
	Hung   Mode = "hang"   // a request is accepted and never answered
	Slow   Mode = "slow"   // answers come after Options.Slow
	Broken Mode = "broken" // a stub answers no: the licence has expired
	Denied Mode = "no"     // a stub answers no
	Partly Mode = "part"   // the first service of a host answers 503
	Full   Mode = "full"   // a disk is full: implemented by the configuration
	Storm  Mode = "storm"  // a monitor reports a storm: implemented by package monitors
)

// Kind distinguishes hosts from stubs.
type Kind string

// The kinds.
const (
	KindHost    Kind = "host"
	KindCheck   Kind = "check"
	KindService Kind = "service" // a switch for one service of all hosts
	KindMonitor Kind = "monitor" // it monitors the others
)

// Target is something that can be broken, and its state. It shares nothing with the fleet.
type Target struct {
	Name    string            `json:"name"`
	Kind    Kind              `json:"kind"`
	Address string            `json:"address"` // an IP address of a host, host:port of a stub
	Labels  map[string]string `json:"labels,omitempty"`
	Clients []string          `json:"clients,omitempty"` // who uses it
	Mode    Mode              `json:"mode"`
	Modes   []Mode            `json:"modes"` // possible modes
	Since   time.Time         `json:"since"` // of the mode
}

// Options change the defaults. The zero value is a fleet on the usual ports, if these are free.
type Options struct {
	Plan Plan             // default Hosting()
	Slow time.Duration    // default 2 s
	Now  func() time.Time // default time.Now; stamps Target.Since
	Free bool             // take ports from the system, even if the usual ones are free
	Logs string           // parent folder of each host's log folder, in nginx's formats; "": no logs
}

// Fleet is the hosts and stubs. It is safe for concurrent use.
type Fleet struct {
	slow time.Duration
	now  func() time.Time
	free bool
	logs string

	mu       sync.Mutex
	machines []*machine
	services []Service
	hosts    int // number of hosts, which come first
	running  bool
	version  uint64
	changed  chan struct{} // closed and replaced on each change
}

// New returns a fleet without listeners.
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

// Start opens all listeners; ctx bounds only that. An error leaves none open. Close ends them.
func (f *Fleet) Start(ctx context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.running {
		return errors.New("start the fleet: it is already running")
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

// Close closes all listeners and connections and waits for their handlers. It can be called twice.
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

// Set changes the mode of a target. It fails for an unknown name, a mode that the target does not have, and if the port of
// a killed target has been taken by another process.
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
		return errors.New("heal: the fleet is not running")
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

// State returns all targets: hosts first, in the order of the plan.
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

// Services are the web services of every host, with their ports: known once Start has returned.
func (f *Fleet) Services() []Service {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.services)
}

// WaitChange waits until something was set after a version, and returns the current version.
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
