package checks

import (
	"maps"
	"net"
	"slices"
	"time"

	"opsbot/model"
)

// Options are the settings of one kind of check, decoded from its section of the config. What else they may implement is in
// abilities.go.
type Options interface {
	// Validate returns what is wrong, a sentence each, with the option as its argument "key"; nil when all is well.
	Validate() []model.Sentence
	// Checker makes the check. It is only called on valid options.
	Checker() model.Checker
}

// Deps are the parts that kinds ask. Without one of them, what needs it is StatusUnknown.
type Deps struct {
	Hosts      HostPicker // for the option hosts
	Heartbeats Heartbeats
	Now        func() time.Time                                                // the clock for what is late; nil is time.Now
	Timetable  func(expression string, zone *time.Location) (Timetable, error) // reads cron expressions; nil takes all

	names    *Names
	registry *registry
}

// Kinds is the table of kinds: a name in the config to its options with their defaults. It is immutable and safe for
// concurrent use.
type Kinds struct {
	table map[string]func() Options
	deps  Deps
}

// AllKinds returns every kind there is. The checks of one table share what they learn of names.
func AllKinds(deps Deps) Kinds {
	plugins, pings := make(semaphore, maxPlugins), make(semaphore, maxPings)
	deps.names = NewNames(net.DefaultResolver.LookupHost, time.Now)
	deps.registry = newRegistry(ianaRDAP, ianaWhois, deps.Now)
	urls, alone := Targets{form: addressForm{urls: true}}, Targets{form: addressForm{alone: true}}
	return Kinds{deps: deps, table: map[string]func() Options{
		"web":       func() Options { return &WebOptions{Targets: urls} },
		"json":      func() Options { return &JSONOptions{WebOptions: WebOptions{Targets: urls}} },
		"tcp":       func() Options { return &TCPOptions{} },
		"tls":       func() Options { return &TLSOptions{Days: defaultDays} },
		"domain":    func() Options { return &DomainOptions{Days: defaultDomainDays} },
		"disk":      func() Options { return &DiskOptions{Used: defaultUsed} },
		"dns":       func() Options { return &DNSOptions{Type: "A", Targets: Targets{form: dnsServers}} },
		"heartbeat": func() Options { return &HeartbeatOptions{Grace: defaultGrace, Methods: slices.Clone(heartbeatMethods)} },
		"host":      func() Options { return &HostOptions{Memory: defaultMemory} },
		"ping":      func() Options { return &PingOptions{Count: defaultPings, Loss: 100, Targets: alone, semaphore: pings} },
		"postgres": func() Options {
			return &PostgresOptions{SSLMode: defaultSSL, Query: defaultSelect, Targets: Targets{form: addressForm{port: postgresPort}}}
		},
		"ssh": func() Options {
			return &SSHOptions{Used: defaultUsed, Targets: Targets{form: addressForm{port: sshPort}}}
		},
		"plugin": func() Options { return &PluginOptions{Targets: alone, semaphore: plugins} },
	}}
}

// Names lists the kinds by name.
func (k Kinds) Names() []string { return slices.Sorted(maps.Keys(k.table)) }

// New returns a pointer to the options of a kind with its defaults set, to decode into; ok is false for an unknown one.
func (k Kinds) New(kind string) (options any, ok bool) {
	make, ok := k.table[kind]
	if !ok {
		return nil, false
	}
	o := make()
	if user, ok := o.(depsUser); ok {
		user.setDeps(k.deps)
	}
	return o, true
}
