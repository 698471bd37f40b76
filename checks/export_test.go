package checks

import (
	"context"
	"crypto/x509"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/netip"
	"time"

	"opsbot/model"
)

// JudgeJSON evaluates the condition without a server; "" is fine.
func JudgeJSON(o *JSONOptions, body []byte) string {
	w, ok := o.Checker().(*webCheck)
	if !ok {
		return "no check of kind web"
	}
	if f := w.judge(&probe{}, body); f != nil {
		return fmt.Sprint(f.reason)
	}
	return ""
}

// Overs names the values of performance data that are out of range.
func Overs(perfdata string) string {
	_, perf := splitOutput("|" + perfdata)
	return overs(parsePerfdata(perf))
}

// HostAt is a check of kind "host" over another /proc.
func HostAt(o HostOptions, proc fs.FS, cores int) model.Checker {
	return hostCheck{want: o, proc: proc, cores: cores}
}

// PingOver is a check of kind "ping" over other sockets.
func PingOver(o PingOptions, open func(netip.Addr) (net.PacketConn, net.Addr, error)) model.Checker {
	return pingCheck{address: o.Address, count: o.Count, loss: o.Loss, slow: time.Duration(o.SlowerThan), open: open}
}

// ReadLDAP parses the answer to a request for TLS.
func ReadLDAP(message []byte) error { return readLDAP(message) }

// WithNames sets the resolver of options' targets.
func WithNames(t *Targets, n *Names) { t.names = n }

// Len is the number of cached names.
func (n *Names) Len() int { return len(n.known) }

// HeartbeatAt is a check of kind "heartbeat" at a time.
func HeartbeatAt(o *HeartbeatOptions, now func() time.Time) model.Checker {
	c, ok := o.Checker().(heartbeatCheck)
	if ok {
		c.now = now
	}
	return c
}

// DiskLine parses a line of df.
func DiskLine(line string) (used int, left uint64, err error) { return diskLine(line) }

// JudgeCertificate is the result of kind "tls" for a handshake with these verified ways to an authority.
func JudgeCertificate(ways [][]*x509.Certificate, days int, now time.Time) (ends time.Time, fine bool) {
	ends = newChain(ways, now).expires
	return ends, tlsCheck{days: days, now: func() time.Time { return now }}.judge(ends) == nil
}

// Authorities are authorities of their own.
type Authorities = authorities

// NewAuthorities returns authorities that have verified nothing yet.
func NewAuthorities(pool *x509.CertPool) *Authorities { return &authorities{pool: pool} }

// Verify verifies a server's certificates.
func (a *authorities) Verify(certs []*x509.Certificate, name string, now time.Time) (expires time.Time, err error) {
	c, err := a.verify(certs, name, now)
	if c != nil && err == nil {
		expires = c.expires
	}
	return expires, err
}

// Known is how many chains are remembered.
func (a *authorities) Known() int { return len(a.known) }

// Waits and Works are what a connection says of its check.
func Waits(ctx context.Context) { placeOf(ctx).wait() }

// Works returns when the check has a turn.
func Works(ctx context.Context) { placeOf(ctx).work() }

// Idle reports whether nothing is open and every turn is free.
func (e *Engine) Idle(pool Pool) bool {
	l := e.pools[pool]
	return len(l.open) == 0 && l.running.free == l.limits.Running && len(l.running.again)+len(l.running.fresh) == 0
}

// Decoded is a page as text.
func Decoded(contentType string, body []byte) []byte {
	return decoded(http.Header{"Content-Type": {contentType}}, body)
}

// ReadWhois is what a WHOIS answer says of a domain.
func ReadWhois(text string) (until time.Time, free bool, suspended string) {
	said := readWhois(text, "")
	return said.until, said.free, said.suspended
}

// DomainAt is a check of kind "domain" with another list of RDAP servers, root of WHOIS and clock.
func DomainAt(o DomainOptions, list, root string, now func() time.Time) model.Checker {
	o.registry, o.now = newRegistry(list, root, now), now
	return o.Checker()
}
