package checks

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"opsbot/model"
)

// probe collects data during one attempt: phases, the dialled address. One goroutine uses it.
type probe struct {
	start   time.Time
	limit   time.Duration // the attempt's timeout, for the reason
	phase   string
	phases  model.Phases
	address string
	expires time.Time // of the presented certificate
	landed  string    // the URL to which a redirect led; "" before the first
	astray  bool      // that is of another host than the requested one
	names   *Names    // nil: no cache
	cookies cookies   // of pages that redirect

	values []model.Reason // measured, in the order of their importance

	reach *model.Reach // where the next dial may lead, beside own; nil: anywhere
	own   netip.Addr   // the first address that answered: the target itself
}

// The names of the phases, in ReasonTimeout.
const (
	phaseResolve   = "resolve"
	phaseConnect   = "connect"
	phaseStartTLS  = "starttls"
	phaseTLS       = "tls"
	phaseFirstByte = "first_byte"
	phaseBody      = "body"
)

// finding is why an attempt is not ok; nil if it is.
type finding struct {
	status model.Status
	reason model.Reason
}

func fail(code model.ReasonCode, pairs ...string) *finding {
	return &finding{model.StatusFail, model.NewReason(code, pairs...)}
}

func unknown(code model.ReasonCode, pairs ...string) *finding {
	return &finding{model.StatusUnknown, model.NewReason(code, pairs...)}
}

// newProbe starts the stopwatch; names is its resolver. Phases are durations, measured on the monotonic clock whatever
// the engine's clock is.
func newProbe(ctx context.Context, names *Names) *probe {
	p := &probe{start: time.Now(), phase: phaseResolve, names: names}
	if deadline, ok := ctx.Deadline(); ok {
		p.limit = deadline.Sub(p.start).Round(time.Millisecond)
	}
	return p
}

// maxValues bounds what is measured in one run: as much as fits a line on a phone.
const maxValues = 4

// measure notes a value, fine or not.
func (p *probe) measure(code model.ReasonCode, pairs ...string) {
	if len(p.values) < maxValues {
		p.values = append(p.values, model.NewReason(code, pairs...))
	}
}

func (p *probe) took() string { return time.Since(p.start).Round(100 * time.Microsecond).String() }

func (p *probe) result(f *finding) model.Result {
	r := model.Result{Status: model.StatusOK, Phases: p.phases, Address: p.address, Expires: p.expires, Values: p.values}
	if f != nil {
		r.Status, r.Reason = f.status, f.reason
		if p.astray {
			r.Reason = withoutExcerpt(r.Reason)
		}
		if addr := r.Reason.Args["addr"]; addr != "" && p.landed != "" { // the reader must see that it is not the requested URL
			r.Reason.Args["addr"] = addr + " " + p.landed
		}
	}
	return r
}

// dial opens a connection to host:port, trying each address of a name in turn. The connection's deadline is ctx's, and
// it is closed when ctx is cancelled.
func (p *probe) dial(ctx context.Context, address string) (net.Conn, *finding) {
	placeOf(ctx).wait()
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, unknown(model.ReasonLocal, "said", err.Error())
	}
	addrs, failed := p.resolve(ctx, host)
	if failed != nil {
		return nil, failed
	}
	if addrs, failed = p.within(host, addrs); failed != nil {
		return nil, failed
	}
	return p.connect(ctx, addrs, port)
}

// within returns the addresses that lie within reach.
func (p *probe) within(host string, addrs []string) ([]string, *finding) {
	if p.reach == nil {
		return addrs, nil
	}
	kept := make([]string, 0, len(addrs))
	for _, addr := range addrs {
		if a, err := netip.ParseAddr(addr); err == nil && (a.Unmap() == p.own || p.reach.Allows(a)) {
			kept = append(kept, addr)
		}
	}
	if len(kept) == 0 {
		return nil, fail(model.ReasonBeyond, "name", host, "addrs", strings.Join(addrs, ", "))
	}
	return kept, nil
}

// connect dials each address in turn. Of several failures the first that is the target's counts: that we cannot reach
// IPv6 says nothing about a server which refuses on IPv4.
func (p *probe) connect(ctx context.Context, addrs []string, port string) (net.Conn, *finding) {
	p.phase = phaseConnect
	begun := time.Now()
	var failed *finding
	for i, addr := range addrs {
		p.address = net.JoinHostPort(addr, port)
		conn, err := dialOne(ctx, p.address, len(addrs)-i)
		if err == nil {
			p.phases.Connect += time.Since(begun)
			if a, err := netip.ParseAddr(addr); err == nil && !p.own.IsValid() {
				p.own = a.Unmap()
			}
			return bound(ctx, conn), nil
		}
		if f := p.explain(err); failed == nil || failed.status == model.StatusUnknown && f.status == model.StatusFail {
			failed = f
		}
	}
	return nil, failed
}

// leastShare is the least time that one address of several gets, as in package net.
const leastShare = 2 * time.Second

// dialOne opens one connection; with more addresses to come it takes no more than its share of the remaining time.
func dialOne(ctx context.Context, address string, left int) (net.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	d := net.Dialer{KeepAlive: -1} // a check does not last until the first probe of an idle connection, and has a deadline
	if deadline, ok := ctx.Deadline(); ok && left > 1 {
		d.Timeout = max(leastShare, time.Until(deadline)/time.Duration(left))
	}
	if to, err := netip.ParseAddrPort(address); err == nil {
		conn, err := d.DialTCP(ctx, "tcp", netip.AddrPort{}, to)
		if err != nil {
			return nil, err // not a nil *net.TCPConn
		}
		return conn, nil
	}
	return d.DialContext(ctx, "tcp", address)
}

func (p *probe) resolve(ctx context.Context, host string) ([]string, *finding) {
	if _, err := netip.ParseAddr(host); err == nil {
		return []string{host}, nil
	}
	name, err := asciiName(host)
	if err != nil {
		return nil, fail(model.ReasonNoName, "name", host)
	}
	begun := time.Now()
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline) // of an attempt it wakes nobody
		defer cancel()
	}
	addrs, err := p.names.Lookup(ctx, name)
	p.phases.Resolve += time.Since(begun)
	if err == nil {
		return addrs, nil
	}
	if isNoName(err) {
		return nil, fail(model.ReasonNoName, "name", shownName(host))
	}
	// The name server is ours, not the target's: the target's status is unknown.
	return nil, unknown(model.ReasonDNS, "name", shownName(host), "said", plain(err))
}

// explain turns a network error into a finding. A problem on our own side is unknown, never a failure of the target.
func (p *probe) explain(err error) *finding {
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded), isTimeout(err):
		return fail(model.ReasonTimeout, "addr", p.address, "phase", p.phase, "limit", p.limit.String())
	case errors.Is(err, syscall.ECONNREFUSED):
		return fail(model.ReasonRefused, "addr", p.address, "took", p.took())
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return fail(model.ReasonReset, "addr", p.address, "phase", p.phase, "took", p.took())
	case errors.Is(err, syscall.EHOSTUNREACH):
		return fail(model.ReasonUnreachable, "addr", p.address, "said", syscall.EHOSTUNREACH.Error())
	case isOurs(err):
		return unknown(model.ReasonLocal, "said", plain(err))
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fail(model.ReasonClosed, "addr", p.address, "phase", p.phase, "took", p.took())
	default:
		return fail(model.ReasonNet, "addr", p.address, "phase", p.phase, "said", plain(err))
	}
}

func isTimeout(err error) bool {
	ne, ok := errors.AsType[net.Error](err)
	return ok && ne.Timeout()
}

// isOurs reports whether an error says nothing about the target: no descriptors, no memory, no ports, no right, no
// network.
func isOurs(err error) bool {
	for _, ours := range []error{
		syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.EADDRNOTAVAIL, syscall.EACCES,
		syscall.EPERM, syscall.ENETUNREACH, syscall.ENETDOWN, syscall.EAFNOSUPPORT, context.Canceled,
	} {
		if errors.Is(err, ours) {
			return true
		}
	}
	return false
}

// plain is the innermost message: "connection reset by peer", not the chain that repeats the address.
func plain(err error) string {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err.Error()
		}
		err = inner
	}
}

// explainTLS is explain for a handshake: certificate errors keep the verifier's text.
func (p *probe) explainTLS(name string, err error) *finding {
	_, certificate := errors.AsType[*tls.CertificateVerificationError](err)
	_, alert := errors.AsType[tls.AlertError](err)
	_, notTLS := errors.AsType[tls.RecordHeaderError](err)
	if !certificate && !alert && !notTLS {
		return p.explain(err)
	}
	said := err.Error()
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok && invalid.Reason == x509.Expired {
		return p.outOfTime(name, invalid.Cert)
	} else if unsure, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		said = unsure.Error()
	}
	return fail(model.ReasonTLS, "addr", p.address, "name", shownName(name), "said", said)
}

// outOfTime is a certificate whose time is over, or has not come: then the clock of one of the two sides may be wrong.
func (p *probe) outOfTime(name string, cert *x509.Certificate) *finding {
	code, at := model.ReasonTLSExpired, cert.NotAfter
	if cert.NotBefore.After(time.Now()) {
		code, at = model.ReasonTLSNotYet, cert.NotBefore
	}
	p.expires = cert.NotAfter
	return fail(code, "addr", p.address, "name", shownName(name), "date", at.UTC().Format(time.DateOnly))
}

// boundConn is a connection bound to a context. While it waits for the other end, its check needs no processor.
type boundConn struct {
	net.Conn
	stop  func() bool
	place *place
}

// Read implements net.Conn.
func (c *boundConn) Read(b []byte) (int, error) {
	c.place.wait()
	defer c.place.work()
	return c.Conn.Read(b)
}

// Write implements net.Conn.
func (c *boundConn) Write(b []byte) (int, error) {
	c.place.wait()
	defer c.place.work()
	return c.Conn.Write(b)
}

// Close unbinds, then closes the connection.
func (c *boundConn) Close() error {
	c.place.wait()
	c.stop()
	return c.Conn.Close()
}

// bound gives a connection ctx's deadline, and closes it when ctx is cancelled before.
func bound(ctx context.Context, conn net.Conn) net.Conn {
	if deadline, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(deadline) // it only fails on a closed connection, which the next read reports
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	return &boundConn{Conn: conn, stop: stop, place: placeOf(ctx)}
}

// badAddress returns what is wrong with host:port, nil if it is valid. The caller adds the option.
func badAddress(address string) *model.Sentence {
	host, port, err := net.SplitHostPort(address)
	if err != nil || host == "" {
		what := model.Say("config.address", "got", address)
		return &what
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		what := model.Say("config.address.port", "got", address, "port", port)
		return &what
	}
	return nil
}

// notBetween says that a number is not from least to most.
func notBetween(key string, got, least, most any) model.Sentence {
	return model.Say("config.range", "key", key, "got", got, "from", least, "to", most)
}
