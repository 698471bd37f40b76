package checks

import (
	"maps"
	"slices"

	"opsbot"
)

// Options are the settings of one kind of check, decoded from its section of the config.
type Options interface {
	// Validate returns what is wrong, one sentence each, naming the key; nil when all is well.
	Validate() []string
	// Checker makes the check. It is only called on valid options.
	Checker() opsbot.Checker
}

// Kinds is the table of kinds: a name in the config to its options with their defaults. It is immutable and safe for
// concurrent use.
type Kinds struct{ table map[string]func() Options }

// AllKinds returns every kind there is.
func AllKinds() Kinds {
	plugins, pings := make(gate, maxPlugins), make(gate, maxPings)
	return Kinds{table: map[string]func() Options{
		"web":    func() Options { return &WebOptions{} },
		"json":   func() Options { return &JSONOptions{} },
		"tcp":    func() Options { return &TCPOptions{} },
		"tls":    func() Options { return &TLSOptions{Days: defaultDays} },
		"disk":   func() Options { return &DiskOptions{Used: defaultUsed} },
		"dns":    func() Options { return &DNSOptions{Type: "A"} },
		"host":   func() Options { return &HostOptions{Memory: defaultMemory} },
		"ping":   func() Options { return &PingOptions{Count: defaultPings, Loss: 100, gate: pings} },
		"plugin": func() Options { return &PluginOptions{gate: plugins} },
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
	return make(), true
}
