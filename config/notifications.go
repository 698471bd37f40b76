package config

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"opsbot/model"
)

// Storm is when many incidents become one notification.
type Storm struct {
	Incidents int            `toml:"incidents" range:"0..10000"` // more than this many; 0: never
	Within    model.Duration `toml:"within" range:"1s..1h"`      // of each other
}

// Flapping is when an incident that opens and resolves again and again is held in one notification.
type Flapping struct {
	Changes int            `toml:"changes" range:"0..1000"` // more than this many starts and ends; 0: never
	Within  model.Duration `toml:"within" range:"1m..24h"`  // of each other
	Quiet   model.Duration `toml:"quiet" range:"1m..24h"`   // how long without a change until it counts as stable
}

// Connectivity is how opsbot finds out that its own network is down.
type Connectivity struct {
	Probes  []Probe        `toml:"probes"`                    // nearby addresses that are up whenever our network is; none: off
	Share   int            `toml:"share" range:"1..100"`      // percent of checks that must fail at once
	Timeout model.Duration `toml:"timeout" range:"100ms..1m"` // of one probe
}

// Probe is "tcp:HOST:PORT" or "ping:HOST".
type Probe struct{ Kind, Address string }

// String is what UnmarshalText reads.
func (p Probe) String() string { return p.Kind + ":" + p.Address }

// Addr is the address that it asks; invalid if it asks a name.
func (p Probe) Addr() netip.Addr {
	host := p.Address
	if h, _, err := net.SplitHostPort(p.Address); err == nil {
		host = h
	}
	a, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Addr{}
	}
	return a
}

// MarshalText writes String.
func (p Probe) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText accepts "tcp:HOST:PORT" or "ping:HOST".
func (p *Probe) UnmarshalText(text []byte) error {
	kind, address, _ := strings.Cut(string(text), ":")
	wrong := &model.ValueError{What: model.Say("config.value.probe", "key", "probe", "got", string(text))}
	switch kind {
	case "tcp":
		host, port, err := net.SplitHostPort(address)
		if n, errPort := strconv.Atoi(port); err != nil || host == "" || errPort != nil || n < 1 || n > 65535 {
			return wrong
		}
	case "ping":
		if address == "" || strings.ContainsAny(address, " /") {
			return wrong
		}
	default:
		return wrong
	}
	*p = Probe{Kind: kind, Address: address}
	return nil
}

// Clock is a time of day, or never.
type Clock struct {
	Hour, Minute int
	Never        bool
}

// String is "09:00" or "never".
func (c Clock) String() string {
	if c.Never {
		return "never"
	}
	return fmt.Sprintf("%02d:%02d", c.Hour, c.Minute)
}

// OfDay is how long after midnight it is; false for never.
func (c Clock) OfDay() (since time.Duration, set bool) {
	return time.Duration(c.Hour)*time.Hour + time.Duration(c.Minute)*time.Minute, !c.Never
}

// MarshalText writes String.
func (c Clock) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText accepts "HH:MM" or "never".
func (c *Clock) UnmarshalText(text []byte) error {
	if string(text) == "never" {
		*c = Clock{Never: true}
		return nil
	}
	t, err := time.Parse("15:04", string(text))
	if err != nil {
		return &model.ValueError{What: model.Say("config.value.clock", "got", string(text))}
	}
	*c = Clock{Hour: t.Hour(), Minute: t.Minute()}
	return nil
}

// Maintenance is a window without notifications of what it selects. A selected thing matches every list that is set, by
// any of its words.
type Maintenance struct {
	Name     string              `toml:"name"`
	Schedule model.Schedule      `toml:"schedule"` // when it starts
	Duration model.Duration      `toml:"duration" range:"1m..7d"`
	Reason   string              `toml:"reason"`
	Clients  []string            `toml:"clients"`
	Services []string            `toml:"services"`
	Hosts    []string            `toml:"hosts"`
	Checks   []string            `toml:"checks"`
	Labels   map[string][]string `toml:"labels"`
	At       model.Place         `toml:"-"`
}

// Selector is what the window selects.
func (m *Maintenance) Selector() model.Selector {
	s := model.Selector{Clients: m.Clients, Services: m.Services, Hosts: m.Hosts, Labels: m.Labels}
	for _, name := range m.Checks {
		s.Checks = append(s.Checks, model.CheckID(name))
	}
	return s
}

// notifications validates [alerts] and [[maintenance]].
func (l *loader) notifications(root *node, cfg *Config) {
	n := root.child("alerts")
	if !slices.IsSorted(cfg.Alerts.Remind) {
		l.wrong(n, "remind", model.Say("config.remind.order"))
	}
	for _, d := range cfg.Alerts.Remind {
		if time.Duration(d) < time.Minute {
			l.wrong(n, "remind", model.Say("config.remind.short", "got", d))
		}
	}
	names := newNames(l, model.Sentence{})
	services := newNames(l, model.Say("config.unknown.service"))
	for _, s := range cfg.Services {
		services.list = append(services.list, s.Name)
	}
	for i := range cfg.Maintenance {
		m, item := &cfg.Maintenance[i], root.child("maintenance").item(i)
		names.add(item, m.Name)
		for _, key := range []string{"schedule", "duration"} {
			if item.isTable && item.child(key) == nil {
				l.wrong(item, key, model.Say("config.missing"))
			}
		}
		if m.Schedule != "" {
			l.schedule(item, m.Schedule)
		}
		l.allKnown(services, item, m.Services)
		for _, key := range []string{"clients", "services", "hosts", "checks"} {
			l.notEmptyLimit(item, key)
		}
	}
}
