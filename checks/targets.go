package checks

import (
	"context"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"opsbot/model"
)

// Targets are the options of kinds that dial: the addresses of a check of several members, or where one is read from. At
// most one of address, addresses, addresses_file and address_from may be set.
type Targets struct {
	Addresses     []string  `toml:"addresses"`      // host:port each
	AddressesFile string    `toml:"addresses_file"` // one per line; # begins a comment. Read on every run
	Hosts         []string  `toml:"hosts"`          // hosts of the inventory: names, aliases, addresses, labels "dc=fra1,role=web"
	AddressFrom   string    `toml:"address_from"`   // another program's file; its ending is one of extensions. Read on every run
	HostKey       string    `toml:"host_key"`       // path of keys in it, "socket.host" or "servers.0.host"
	PortKey       string    `toml:"port_key"`       // the same for the port
	Port          int       `toml:"port"`           // of addresses without one
	MembersFailed Tolerance `toml:"members_failed"` // how many may fail; default none
	EveryAddress  bool      `toml:"every_address"`  // every address of the name in address is a member

	around model.Environment
	names  *Names // nil: no cache
	picker HostPicker
	form   addressForm
}

// addressForm is a kind's form of addresses; the zero form is host:port.
type addressForm struct {
	key   string // the kind's name of the option for one; "" is "address"
	port  int    // of addresses without one, where the port option is not set; 0 is none
	urls  bool   // the kind has a URL, whose port is that of hosts
	alone bool   // the host alone: the kind has no ports
}

// HostPicker finds hosts of the current inventory.
type HostPicker interface {
	// Pick returns the hosts that words name, without duplicates: by name, alias, address or labels, "dc=fra1,role=web".
	Pick(words []string) []model.Host
}

// SetEnvironment implements model.EnvironmentUser.
func (t *Targets) SetEnvironment(s model.Environment) { t.around = s }

// Selectors implements HostSelector.
func (t *Targets) Selectors() []string { return t.Hosts }

func (t *Targets) setDeps(h Deps) { t.picker, t.names = h.Hosts, h.names }

// wrong returns what is wrong with the targets; address is the kind's own option for one.
func (t *Targets) wrong(address string) []model.Sentence {
	set := t.set(address)
	if len(set) > 1 {
		return []model.Sentence{model.Say("config.keep_one", "key", set[0], "keys", set)}
	}
	wrong := t.wrongKeys()
	wrong = append(wrong, t.wrongPort(len(set) > 0)...)
	wrong = append(wrong, t.wrongMembers()...)
	if address != "" {
		wrong = append(wrong, t.wrongAddress(t.key(), address)...)
	}
	for _, a := range t.Addresses {
		wrong = append(wrong, t.wrongAddress("addresses", a)...)
	}
	if t.AddressesFile != "" {
		if _, failed := readList(t.around.Path(t.AddressesFile), t); failed != nil {
			wrong = append(wrong, wrongFile(t.AddressesFile, failed.reason))
		}
	}
	return wrong
}

// wrongPort validates the port option; set is whether there are any addresses.
func (t *Targets) wrongPort(set bool) []model.Sentence {
	switch {
	case t.Port != 0 && t.form.alone:
		return []model.Sentence{model.Say("config.targets.no_ports", "key", "port")}
	case t.PortKey != "" && t.form.alone:
		return []model.Sentence{model.Say("config.targets.no_ports", "key", "port_key")}
	case t.Port != 0 && !set:
		return []model.Sentence{model.Say("config.needs", "key", "port", "other", t.key())}
	case t.Port < 0 || t.Port > 65535:
		return []model.Sentence{notBetween("port", t.Port, 1, 65535)}
	case len(t.Hosts) > 0 && t.hostPort("") == "" && !t.form.alone && !t.form.urls:
		return []model.Sentence{model.Say("config.missing.port", "key", "port")}
	default:
		return nil
	}
}

// hostPort is the port of addresses without one: the option, else that of fallback, host:port, else the kind's; "" is none.
func (t *Targets) hostPort(fallback string) string {
	if t.Port > 0 {
		return strconv.Itoa(t.Port)
	}
	if _, port, err := net.SplitHostPort(fallback); err == nil {
		return port
	}
	if t.form.port > 0 {
		return strconv.Itoa(t.form.port)
	}
	return ""
}

func (t *Targets) key() string {
	if t.form.key == "" {
		return "address"
	}
	return t.form.key
}

func (t *Targets) set(address string) []string {
	var set []string
	for _, key := range []struct {
		name string
		set  bool
	}{
		{t.key(), address != ""},
		{"addresses", len(t.Addresses) > 0},
		{"addresses_file", t.AddressesFile != ""},
		{"hosts", len(t.Hosts) > 0},
		{"address_from", t.AddressFrom != ""},
	} {
		if key.set {
			set = append(set, key.name)
		}
	}
	return set
}

func (t *Targets) wrongAddress(key, address string) []model.Sentence {
	if _, why := t.member(address); why != nil {
		return []model.Sentence{why.With("key", key)}
	}
	return nil
}

func (t *Targets) wrongKeys() []model.Sentence {
	if t.AddressFrom == "" {
		if t.HostKey != "" {
			return []model.Sentence{model.Say("config.needs", "key", "host_key", "other", "address_from")}
		}
		if t.PortKey != "" {
			return []model.Sentence{model.Say("config.needs", "key", "port_key", "other", "address_from")}
		}
		return nil
	}
	var wrong []model.Sentence
	if formOf(t.AddressFrom) == nil {
		wrong = append(wrong, model.Say("config.targets.extension", "key", "address_from", "got", t.AddressFrom, "allowed", extensions))
	}
	if t.HostKey == "" {
		wrong = append(wrong, model.Say("config.missing.host_key", "key", "host_key"))
	}
	return wrong
}

// wrongFile words a reason about addresses_file as a problem of the configuration.
func wrongFile(path string, r model.Reason) model.Sentence {
	switch r.Code {
	case model.ReasonTargetsLine:
		return model.Say("config.targets.line", "key", "addresses_file", "file", path, "line", r.Args["line"])
	case model.ReasonTargetsEmpty:
		return model.Say("config.targets.empty", "key", "addresses_file", "file", path)
	default:
		return model.Say("config.file", "key", "addresses_file", "file", path, "said", r.Args["said"])
	}
}

// member turns a written address into host:port; why says what is wrong with it. The caller adds the option.
func (t *Targets) member(text string) (address string, why *model.Sentence) {
	wrong := func(what model.Sentence) (string, *model.Sentence) { return "", &what }
	expanded, missing := t.around.Expand(text)
	if len(missing) > 0 {
		return wrong(model.Say("config.not_known", "got", text, "missing", missing))
	}
	host, bare := bareHost(expanded)
	switch port := t.hostPort(""); {
	case t.form.alone && (!bare || !speakable(host) || !isASCII(asciiAddress(host))):
		return wrong(model.Say("config.address.alone", "got", text))
	case t.form.alone:
		return host, nil
	case bare && port != "":
		expanded = net.JoinHostPort(host, port)
	}
	if strings.ContainsAny(expanded, " \t\"'{}/,;") || !isASCII(asciiAddress(expanded)) {
		return wrong(model.Say("config.address", "got", text))
	}
	return expanded, badAddress(expanded)
}

// speakable reports whether a host alone is safe anywhere: it cannot be mistaken for an option of a program.
func speakable(host string) bool {
	return !strings.HasPrefix(host, "-") && !strings.ContainsFunc(host, func(r rune) bool {
		return r <= ' ' || r == 0x7f || strings.ContainsRune("\"'{}/,;[]\\|&$<>()`", r)
	})
}

// bareHost is the host of an address without a port.
func bareHost(address string) (host string, ok bool) {
	host = strings.TrimSuffix(strings.TrimPrefix(address, "["), "]")
	if _, err := netip.ParseAddr(host); err == nil {
		return host, true
	}
	return host, host != "" && !strings.ContainsAny(host, ":[]")
}

// checker returns the check of all targets; one creates that of one address. fallback is dialled if nothing is set. The
// options are valid.
func (t *Targets) checker(address, fallback string, one func(address string) model.Checker) model.Checker {
	ofASCII := one
	one = func(address string) model.Checker { return ofASCII(asciiAddress(address)) }
	if t.EveryAddress {
		one = t.everyAddress(one)
	}
	g := &group{one: one, tolerated: t.MembersFailed}
	switch {
	case len(t.Addresses) > 0:
		for _, a := range t.Addresses {
			if m, why := t.member(a); why == nil {
				g.fixed = append(g.fixed, m)
			}
		}
	case t.AddressesFile != "":
		path := t.around.Path(t.AddressesFile)
		g.members = newSource(func() ([]string, *finding) { return readList(path, t) }, path).members
	case t.AddressFrom != "":
		path := t.around.Path(t.AddressFrom)
		g.members = newSource(func() ([]string, *finding) { return readKeys(path, t) }, path).members
	case len(t.Hosts) > 0:
		port := t.hostPort(fallback)
		g.members = func(context.Context) ([]member, *finding) { return t.pick(port) }
	case address != "":
		m, _ := t.member(address) // valid: Validate has checked it
		return one(m)
	default:
		return one(fallback)
	}
	return g
}

// pick finds the hosts in the current inventory. A reason has their names, not their addresses.
func (t *Targets) pick(port string) ([]member, *finding) {
	var members []member
	if t.picker != nil {
		for _, h := range t.picker.Pick(t.Hosts) {
			m := member{name: h.Name, address: h.Address, host: h.Name}
			if !t.form.alone {
				m.address = net.JoinHostPort(h.Address, port)
			}
			members = append(members, m)
		}
	}
	if len(members) == 0 {
		return nil, unknown(model.ReasonTargetsHosts, "words", strings.Join(t.Hosts, " "))
	}
	return members, nil
}
