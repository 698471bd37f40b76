package checks

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"opsbot"
)

// Targets are the options of kinds that dial: the addresses of a check over several members, or where one is written.
// One of address, addresses, addresses_file and address_from may be set.
type Targets struct {
	Addresses     []string  `toml:"addresses"`      // host:port each
	AddressesFile string    `toml:"addresses_file"` // one a line; # begins a comment. Read on every run
	AddressFrom   string    `toml:"address_from"`   // another program's .yml, .yaml, .json, .toml, .ini or .conf. Read on every run
	HostKey       string    `toml:"host_key"`       // path of keys in it, "socket.host" or "servers.0.host"
	PortKey       string    `toml:"port_key"`       // the same for the port
	Port          int       `toml:"port"`           // of addresses that have none
	MembersFailed Tolerance `toml:"members_failed"` // how many may fail; default none

	around opsbot.Surroundings
}

// SetSurroundings is called before Validate.
func (t *Targets) SetSurroundings(s opsbot.Surroundings) { t.around = s }

// wrong says what is wrong with the targets; address is the kind's own, for one.
func (t *Targets) wrong(address string) []string {
	set := t.set(address)
	if len(set) > 1 {
		return []string{strings.Join(set, " and ") + " are both set: keep one"}
	}
	wrong := t.wrongKeys()
	if t.Port != 0 && len(set) == 0 {
		wrong = append(wrong, "port is for addresses, and none is set")
	}
	if t.MembersFailed != (Tolerance{}) && len(t.Addresses) == 0 && t.AddressesFile == "" {
		wrong = append(wrong, "members_failed is for addresses and addresses_file, of which none is set")
	}
	if t.Port < 0 || t.Port > 65535 {
		wrong = append(wrong, fmt.Sprintf("port %d is not a number from 1 to 65535", t.Port))
	}
	if address != "" {
		wrong = append(wrong, t.wrongAddress("address", address)...)
	}
	for _, a := range t.Addresses {
		wrong = append(wrong, t.wrongAddress("addresses:", a)...)
	}
	if t.AddressesFile != "" {
		if _, failed := readList(t.around.Path(t.AddressesFile), t); failed != nil {
			wrong = append(wrong, wrongFile(t.AddressesFile, failed.reason))
		}
	}
	return wrong
}

func (t *Targets) set(address string) []string {
	var set []string
	for _, key := range []struct {
		name string
		set  bool
	}{
		{"address", address != ""},
		{"addresses", len(t.Addresses) > 0},
		{"addresses_file", t.AddressesFile != ""},
		{"address_from", t.AddressFrom != ""},
	} {
		if key.set {
			set = append(set, key.name)
		}
	}
	return set
}

func (t *Targets) wrongAddress(key, address string) []string {
	if _, why := t.member(address); why != "" {
		return []string{key + " " + why}
	}
	return nil
}

func (t *Targets) wrongKeys() []string {
	if t.AddressFrom == "" {
		if t.HostKey != "" {
			return []string{"host_key is for address_from, which is not set"}
		}
		if t.PortKey != "" {
			return []string{"port_key is for address_from, which is not set"}
		}
		return nil
	}
	var wrong []string
	if formOf(t.AddressFrom) == nil {
		wrong = append(wrong, fmt.Sprintf("address_from %q: its name must end in %s", t.AddressFrom, extensions))
	}
	if t.HostKey == "" {
		wrong = append(wrong, `host_key is missing: the path of keys in address_from, like "socket.host"`)
	}
	return wrong
}

// wrongFile says in English what a reason says of a file: mistakes in the configuration have one language.
func wrongFile(path string, r opsbot.Reason) string {
	switch r.Code {
	case opsbot.ReasonTargetsLine:
		return fmt.Sprintf("addresses_file %q: line %s is not an address with its port", path, r.Args["line"])
	case opsbot.ReasonTargetsEmpty:
		return fmt.Sprintf("addresses_file %q holds no address", path)
	default:
		return fmt.Sprintf("addresses_file %q: %s", path, r.Args["said"])
	}
}

// member makes host:port of an address as it is written; why says what is wrong with it.
func (t *Targets) member(text string) (address, why string) {
	expanded, missing := t.around.Expand(text)
	if len(missing) > 0 {
		return "", fmt.Sprintf("%q: %s is not known: set it in [instance]", text, strings.Join(missing, " and "))
	}
	if host, ok := bareHost(expanded); ok && t.Port > 0 {
		expanded = net.JoinHostPort(host, strconv.Itoa(t.Port))
	}
	if strings.ContainsAny(expanded, " \t\"'{}/,;") {
		return "", fmt.Sprintf("%q is not host:port", text)
	}
	return expanded, badAddress(expanded)
}

// bareHost is the host of an address without a port.
func bareHost(address string) (host string, ok bool) {
	host = strings.TrimSuffix(strings.TrimPrefix(address, "["), "]")
	if _, err := netip.ParseAddr(host); err == nil {
		return host, true
	}
	return host, host != "" && !strings.ContainsAny(host, ":[]")
}

// checker makes the check of whatever is the target; one makes that of one address. fallback is dialled when nothing is
// set. The options are valid.
func (t *Targets) checker(address, fallback string, one func(address string) opsbot.Checker) opsbot.Checker {
	g := &group{one: one, tolerated: t.MembersFailed}
	switch {
	case len(t.Addresses) > 0:
		for _, a := range t.Addresses {
			if m, why := t.member(a); why == "" {
				g.fixed = append(g.fixed, m)
			}
		}
	case t.AddressesFile != "":
		path := t.around.Path(t.AddressesFile)
		g.source = newSource(func() ([]string, *finding) { return readList(path, t) }, path)
	case t.AddressFrom != "":
		path := t.around.Path(t.AddressFrom)
		g.source = newSource(func() ([]string, *finding) { return readKeys(path, t) }, path)
	case address != "":
		m, _ := t.member(address) // valid: Validate has seen it
		return one(m)
	default:
		return one(fallback)
	}
	return g
}
