package checks

import (
	"context"
	"crypto/tls"
	"crypto/x509"
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
	roots         *x509.CertPool // nil is the machine's
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
	secure, failed := p.handshake(ctx, conn, c.name, c.roots)
	if failed != nil {
		return p.result(failed)
	}
	if s, ok := secure.(*tls.Conn); ok {
		return p.result(c.judge(s.ConnectionState()))
	}
	return p.result(nil)
}

// curves leaves the hybrid with ML-KEM out, which costs a quarter of a handshake: docs/decisions/0042.
func curves() []tls.CurveID {
	return []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP384, tls.CurveP521}
}

// handshake starts TLS; the certificate's chain and name are verified.
func (p *probe) handshake(ctx context.Context, conn net.Conn, name string, roots *x509.CertPool) (net.Conn, *finding) {
	p.phase = phaseTLS
	begun := time.Now()
	secure := tls.Client(conn, &tls.Config{ServerName: asciiAddress(name), RootCAs: roots, MinVersion: tls.VersionTLS12, CurvePreferences: curves()})
	if err := secure.HandshakeContext(ctx); err != nil {
		return conn, p.explainTLS(name, err)
	}
	p.phases.TLS += time.Since(begun)
	if p.expires.IsZero() { // of the target itself, not of where it redirects
		p.expires = end(secure.ConnectionState())
	}
	return secure, nil
}

// judge compares the certificates with the required remaining days.
func (c tlsCheck) judge(state tls.ConnectionState) *finding {
	best := end(state)
	left := best.Sub(c.now())
	if left >= time.Duration(c.days)*model.Day {
		return nil
	}
	return fail(model.ReasonTLSExpires, "days", strconv.Itoa(int(left/model.Day)), "date", best.UTC().Format(time.DateOnly), "min", strconv.Itoa(c.days))
}

// end is the first expiry of a certificate in the chain that is valid longest.
func end(state tls.ConnectionState) time.Time {
	var best time.Time
	for _, chain := range state.VerifiedChains {
		ends := chain[0].NotAfter
		for _, cert := range chain {
			if cert.NotAfter.Before(ends) {
				ends = cert.NotAfter
			}
		}
		if ends.After(best) {
			best = ends
		}
	}
	return best
}
