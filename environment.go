package opsbot

import (
	"net/netip"
	"path/filepath"
	"strings"
	"time"
)

// Environment are what the options of a check may refer to of the place where opsbot runs.
type Environment struct {
	Dir        string         // of the main configuration file: relative paths begin here
	LocalIP    string         // the machine's own address; "" when it is not known
	Zone       *time.Location // of cron expressions; nil is the machine's
	Listens    bool           // whether the web listener is set, which others can call
	ExternalIP string         // the address it is seen by from outside; "" when none is configured
}

// Path is path as seen from Dir.
func (s Environment) Path(path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(s.Dir, path)
}

// Expand puts the addresses in place of {local_ip} and {external_ip}, an IPv6 address in brackets. missing names those
// that are wanted and not known.
func (s Environment) Expand(text string) (expanded string, missing []string) {
	for _, p := range []struct{ name, address string }{{"{local_ip}", s.LocalIP}, {"{external_ip}", s.ExternalIP}} {
		switch {
		case !strings.Contains(text, p.name):
		case p.address == "":
			missing = append(missing, p.name)
		default:
			text = strings.ReplaceAll(text, p.name, bracketed(p.address))
		}
	}
	return text, missing
}

func bracketed(address string) string {
	if a, err := netip.ParseAddr(address); err == nil && a.Is6() {
		return "[" + address + "]"
	}
	return address
}
