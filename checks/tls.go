package checks

import (
	"context"
	"crypto/tls"
	"net"
	"strconv"
	"time"

	"opsbot/model"
)

// TLSOptions are the options of kind "tls": a handshake, the certificate's chain and name, and its remaining lifetime.
type TLSOptions struct {
	Address    string   `toml:"address"`     // host:port
	ServerName string   `toml:"server_name"` // default: the host of each address
	Days       int      `toml:"days"`        // fails if a certificate of the chain expires sooner. Default 14
	CAFile     string   `toml:"ca_file"`     // PEM of authorities to trust instead of the machine's
	StartTLS   StartTLS `toml:"starttls"`    // the protocol in which TLS is started; empty: it begins at once
	Targets
}

// defaultDays leaves a week to repair an automatic renewal, which comes 30 days before the end.
const defaultDays = 14

// maxDays bounds limits on the days that a certificate is still good; no authority gives ten years.
const maxDays = 3650

// Validate returns what is wrong.
func (o *TLSOptions) Validate() []model.Sentence {
	var wrong []model.Sentence
	if len(o.set(o.Address)) == 0 {
		wrong = append(wrong, model.Say("config.missing.like", "key", "address", "example", "www.example.com:443"))
	}
	wrong = append(wrong, o.wrong(o.Address)...)
	if o.Days < 0 || o.Days > maxDays {
		wrong = append(wrong, notBetween("days", o.Days, 0, maxDays))
	}
	return append(wrong, o.wrongRoots(o.CAFile)...)
}

// Checker returns the check.
func (o *TLSOptions) Checker() model.Checker {
	roots, _ := readRoots(o.around.Path(o.CAFile)) // valid: Validate has checked it
	return o.checker(o.Address, "", func(address string) model.Checker {
		c := tlsCheck{address: address, name: o.ServerName, days: o.Days, start: o.StartTLS, roots: roots, names: o.names, now: time.Now}
		if c.name == "" {
			c.name, _, _ = net.SplitHostPort(address) // valid: every address was checked
		}
		return c
	})
}

// tlsCheck is immutable.
type tlsCheck struct {
	address, name string
	start         StartTLS
	names         *Names
	days          int
	roots         *authorities // nil is the machine's
	now           func() time.Time
}

func (c tlsCheck) at(address string) model.Checker {
	c.address = address
	return c
}

// Check does the handshake and evaluates the certificates.
func (c tlsCheck) Check(ctx context.Context) model.Result {
	p := newProbe(ctx, c.names)
	conn, failed := p.dial(ctx, c.address)
	if failed != nil {
		return p.result(failed)
	}
	defer func() { _ = conn.Close() }() // the result is known
	if failed := p.startTLS(conn, c.start); failed != nil {
		return p.result(failed)
	}
	_, expires, failed := p.handshake(ctx, conn, c.name, c.roots)
	if failed == nil {
		failed = c.judge(expires)
	}
	return p.result(failed)
}

// curves leaves the hybrid with ML-KEM out, which costs a quarter of a handshake: docs/decisions/0042.
func curves() []tls.CurveID {
	return []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP384, tls.CurveP521}
}

// handshake starts TLS; the certificate's chain and name are verified. expires is the first expiry in the chain.
func (p *probe) handshake(ctx context.Context, conn net.Conn, name string, roots *authorities) (c net.Conn, expires time.Time, failed *finding) {
	if roots == nil {
		roots = machine
	}
	p.phase = phaseTLS
	begun := time.Now()
	ascii := asciiAddress(name)
	var known *chain
	secure := tls.Client(conn, &tls.Config{
		ServerName: ascii, MinVersion: tls.VersionTLS12, CurvePreferences: curves(),
		InsecureSkipVerify: true, //nolint:gosec // VerifyConnection verifies instead, and remembers
		VerifyConnection: func(state tls.ConnectionState) (err error) {
			known, err = roots.verify(state.PeerCertificates, ascii, time.Now())
			return err
		},
	})
	if err := secure.HandshakeContext(context.WithoutCancel(ctx)); err != nil { // the connection itself ends with ctx
		return conn, expires, p.explainTLS(name, err)
	}
	p.phases.TLS += time.Since(begun)
	if p.expires.IsZero() { // of the target itself, not of where it redirects
		p.expires = known.expires
	}
	return secure, known.expires, nil
}

// judge compares the certificates with the required remaining days.
func (c tlsCheck) judge(expires time.Time) *finding {
	left := expires.Sub(c.now())
	if left >= time.Duration(c.days)*model.Day {
		return nil
	}
	return fail(model.ReasonTLSExpires, "days", strconv.Itoa(int(left/model.Day)), "date", expires.UTC().Format(time.DateOnly), "min", strconv.Itoa(c.days))
}
