// Package monitors is the systems that monitor a fleet: a simulated Icinga 2, and a simulated Prometheus with its Alertmanager.
// Their APIs are those of the real ones, as far as a client needs: over plain HTTP, with a login.
//
// A storm of one of them breaks hosts of the fleet and makes it report them. It must not know the product: it answers any client,
// and calls the configured webhook.
package monitors

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"opsbot/sandbox/fleet"
)

// The names of the monitors: of their targets, and of the sources in a config.
const (
	NameIcinga     = "icinga"
	NamePrometheus = "prometheus"
)

// User is the login's name at both.
const User = "opsbot"

// Options configure Monitors.
type Options struct {
	Hosts    []fleet.Host     // the monitors' hosts, in addition to those that only they know
	Hook     string           // the URL of Alertmanager's webhook
	Secret   string           // the webhook's
	Password string           // of User
	Now      func() time.Time // default time.Now
}

// storm is one monitor's part of a storm.
type storm struct {
	kill   []string // hosts of the fleet
	report []string // hosts that the monitor reports down
}

// storms are those of the hosting company: rack r1 fails, with a database server that is in no inventory; half of rack r4 fails,
// and the whole of it is reported, since on web8 only the exporter fails.
func storms() map[string]storm {
	return map[string]storm{
		NameIcinga:     {kill: []string{"web1", "web2"}, report: []string{"web1", "web2", UnmappedHost}},
		NamePrometheus: {kill: []string{"web7"}, report: []string{"web7", "web8"}},
	}
}

// UnmappedHost is a host that the monitors know and that is in no inventory.
const UnmappedHost = "db9"

// monitor reports a storm.
type monitor interface {
	report(hosts []string)
	notes() []Note
}

// Monitors are the fleet's switches together with those of the monitors. It is safe for concurrent use.
type Monitors struct {
	icinga     *icinga
	prometheus *prometheus
	watch      map[string]monitor
	fleet      *fleet.Fleet
	stop       context.CancelFunc
	sending    sync.WaitGroup

	mu       sync.Mutex
	storming map[string]bool // by name
}

// New returns monitors without problems. Stubs are for the plan of the fleet passed to Watch.
func New(o Options) *Monitors {
	if o.Now == nil {
		o.Now = time.Now
	}
	o.Hosts = append(slices.Clone(o.Hosts), fleet.Host{Name: UnmappedHost, Address: "127.0.88.99", Labels: map[string]string{"role": "db"}})
	m := &Monitors{icinga: newIcinga(o), prometheus: newPrometheus(o), storming: map[string]bool{}}
	m.watch = map[string]monitor{NameIcinga: m.icinga, NamePrometheus: m.prometheus}
	return m
}

// Stubs are the monitors as targets of a fleet. The APIs of Icinga and Alertmanager are at the root of their address, Prometheus'
// under PrometheusPath.
func (m *Monitors) Stubs() []fleet.Stub {
	modes := []fleet.Mode{fleet.Storm, fleet.Killed}
	return []fleet.Stub{
		{Name: NameIcinga, Kind: fleet.KindMonitor, Address: "127.0.88.103:5665", Handler: m.icinga.handler(), Modes: modes},
		{Name: NamePrometheus, Kind: fleet.KindMonitor, Address: "127.0.88.104:9093", Handler: m.prometheus.handler(), Modes: modes},
	}
}

// Watch monitors a fleet that has the Stubs, until Close.
func (m *Monitors) Watch(f *fleet.Fleet) {
	ctx, stop := context.WithCancel(context.Background())
	m.fleet, m.stop = f, stop
	m.sending.Go(func() { m.prometheus.send(ctx) })
}

// Close stops the webhook and waits for it.
func (m *Monitors) Close() {
	m.stop()
	m.sending.Wait()
}

// Set changes the mode of a target, as fleet.Fleet does. Storm breaks hosts and makes the monitor report them; OK ends that. A
// Killed monitor reports nothing, and what was broken stays broken.
func (m *Monitors) Set(name string, mode fleet.Mode) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.watch[name] == nil {
		return m.fleet.Set(name, mode)
	}
	if err := m.fleet.Set(name, mode); err != nil {
		return err
	}
	switch mode {
	case fleet.Storm:
		return m.begin(name)
	case fleet.OK:
		return m.end(name)
	}
	return nil
}

func (m *Monitors) begin(name string) error {
	if m.storming[name] {
		return nil
	}
	m.storming[name] = true
	err := m.setAll(storms()[name].kill, fleet.Killed)
	m.watch[name].report(storms()[name].report)
	return err
}

func (m *Monitors) end(name string) error {
	if !m.storming[name] {
		return nil
	}
	m.storming[name] = false
	err := m.setAll(storms()[name].kill, fleet.OK)
	m.watch[name].report(nil)
	return err
}

func (m *Monitors) setAll(hosts []string, mode fleet.Mode) error {
	var all []error
	for _, host := range hosts {
		if err := m.fleet.Set(host, mode); err != nil {
			all = append(all, fmt.Errorf("storm: %w", err))
		}
	}
	return errors.Join(all...)
}

// Heal sets every target to OK, and ends the storms.
func (m *Monitors) Heal() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := []error{m.fleet.Heal()}
	for name := range m.watch {
		all = append(all, m.end(name))
	}
	return errors.Join(all...)
}

// State is the fleet's.
func (m *Monitors) State() []fleet.Target { return m.fleet.State() }

// WaitChange is the fleet's: changes of Notes do not count.
func (m *Monitors) WaitChange(ctx context.Context, since uint64) (uint64, error) {
	return m.fleet.WaitChange(ctx, since)
}

// Notes are the active notes of each monitor, by its name.
func (m *Monitors) Notes() map[string][]Note {
	all := make(map[string][]Note, len(m.watch))
	for name, one := range m.watch {
		all[name] = one.notes()
	}
	return all
}
