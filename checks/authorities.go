package checks

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"sync"
	"time"
)

const (
	chainKnown = time.Hour // how long a verified chain is remembered; less if a certificate of it expires sooner
	maxChains  = 1 << 16   // chains of one set of authorities, at about 250 bytes each
)

// authorities are whom a check trusts, with the chains that they are known to have signed: to verify one costs more than the rest of
// a handshake. Each handshake is whole, and the name is compared each time. Safe for concurrent use.
type authorities struct {
	pool *x509.CertPool // nil is the machine's

	mu    sync.RWMutex
	known map[chainKey]*chain
}

// machine are the machine's authorities, which crypto/x509 reads once in the life of a process.
var machine = &authorities{}

// chainKey is the SHA-256 of all certificates that a server sent, in their order.
type chainKey [sha256.Size]byte

// chain is what is known of certificates that were verified.
type chain struct {
	verified    time.Time
	from, until time.Time // all certificates of all ways to an authority are valid
	expires     time.Time // first expiry of a certificate on the way that is valid longest
	// above keeps the parsed certificates of authorities: crypto/tls parses one again that nobody holds.
	above []*x509.Certificate
}

// verify returns what is known of the server's certificates, or a *tls.CertificateVerificationError.
func (a *authorities) verify(certs []*x509.Certificate, name string, now time.Time) (*chain, error) {
	if len(certs) == 0 || name == "" {
		return nil, errors.New("no certificate or no name to verify") // crypto/tls lets neither come here
	}
	key := keyOf(certs)
	if c := a.find(key, now); c != nil {
		return c, unverified(certs, certs[0].VerifyHostname(name))
	}
	o := x509.VerifyOptions{Roots: a.pool, CurrentTime: now, DNSName: name, Intermediates: x509.NewCertPool()}
	for _, cert := range certs[1:] {
		o.Intermediates.AddCert(cert)
	}
	ways, err := certs[0].Verify(o)
	if err != nil {
		return nil, unverified(certs, err)
	}
	c := newChain(ways, now)
	c.above = certs[1:]
	a.keep(key, c)
	return c, nil
}

func unverified(certs []*x509.Certificate, err error) error {
	if err == nil {
		return nil
	}
	return &tls.CertificateVerificationError{UnverifiedCertificates: certs, Err: err}
}

func keyOf(certs []*x509.Certificate) (key chainKey) {
	h := sha256.New()
	for _, cert := range certs {
		h.Write(cert.Raw)
	}
	h.Sum(key[:0])
	return key
}

func newChain(ways [][]*x509.Certificate, now time.Time) *chain {
	c := &chain{verified: now, until: ways[0][0].NotAfter}
	for _, way := range ways {
		ends := way[0].NotAfter
		for _, cert := range way {
			ends = earlier(ends, cert.NotAfter)
			if cert.NotBefore.After(c.from) {
				c.from = cert.NotBefore
			}
		}
		c.until = earlier(c.until, ends)
		if ends.After(c.expires) {
			c.expires = ends
		}
	}
	return c
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// find returns a chain that is still known to be valid. Whether it is too long ago is measured on the monotonic clock, what the
// certificates say on the wall clock.
func (a *authorities) find(key chainKey, now time.Time) *chain {
	a.mu.RLock()
	defer a.mu.RUnlock()
	c := a.known[key]
	if c == nil || now.Sub(c.verified) >= chainKnown || now.Before(c.from) || now.After(c.until) {
		return nil
	}
	return c
}

// keep remembers a chain. With too many, one that is no longer needed goes, or any one.
func (a *authorities) keep(key chainKey, c *chain) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.known == nil {
		a.known = map[chainKey]*chain{}
	}
	if len(a.known) >= maxChains {
		a.drop(c.verified)
	}
	a.known[key] = c
}

// dropTries is how many chains are looked at for one that is no longer needed.
const dropTries = 8

func (a *authorities) drop(now time.Time) {
	tried, last := 0, chainKey{}
	for key, c := range a.known {
		last = key
		if tried++; tried == dropTries || now.Sub(c.verified) >= chainKnown {
			break
		}
	}
	delete(a.known, last)
}
