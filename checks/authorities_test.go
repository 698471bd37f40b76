package checks_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"opsbot/checks"
	"opsbot/model"
)

// issued is a certificate with its key.
type issued struct {
	cert *x509.Certificate
	key  crypto.Signer
}

// life is when a certificate is valid.
type life struct{ from, until time.Time }

// issue makes a certificate; by nil signs it itself.
func issue(t rapid.TB, by *issued, name string, valid life, authority bool) *issued {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: valid.from, NotAfter: valid.until, IsCA: authority, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	signer := &issued{template, key}
	if by != nil {
		signer = by
	}
	der, err := x509.CreateCertificate(rand.Reader, template, signer.cert, key.Public(), signer.key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &issued{cert, key}
}

// fleetOfCertificates has roots, of which not all are trusted, intermediates, and leaves, valid at other times each.
type fleetOfCertificates struct {
	pools []*x509.CertPool
	sent  [][]*x509.Certificate // what servers send
}

var moment = time.Date(2026, 11, 30, 3, 0, 0, 0, time.UTC)

func drawCertificates(t *rapid.T) *fleetOfCertificates {
	f := &fleetOfCertificates{}
	hours := func(what string, from, to int) time.Duration {
		return time.Duration(rapid.IntRange(from, to).Draw(t, what)) * 20 * time.Minute
	}
	valid := func() life { return life{moment.Add(hours("from", -9, 3)), moment.Add(hours("until", 4, 12))} }
	var roots, middles []*issued
	for i := range 2 {
		roots = append(roots, issue(t, nil, fmt.Sprintf("root%d", i), valid(), true))
	}
	for i := range 3 {
		middles = append(middles, issue(t, roots[i%2], fmt.Sprintf("middle%d", i), valid(), true))
	}
	for _, some := range [][]*issued{roots[:1], roots} {
		pool := x509.NewCertPool()
		for _, r := range some {
			pool.AddCert(r.cert)
		}
		f.pools = append(f.pools, pool)
	}
	for i, m := range middles {
		leaf := issue(t, m, fmt.Sprintf("site%d.test", i), valid(), false)
		f.sent = append(f.sent, []*x509.Certificate{leaf.cert, m.cert}, []*x509.Certificate{leaf.cert}, []*x509.Certificate{leaf.cert, middles[(i+1)%3].cert, m.cert})
	}
	return f
}

// TestWhatWasVerifiedChangesNothing verifies random chains under random names, roots and times, again and again, with what was verified
// before and without: the same verdicts and the same words.
func TestWhatWasVerifiedChangesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		fleet := drawCertificates(t)
		var remembering []*checks.Authorities
		for _, pool := range fleet.pools {
			remembering = append(remembering, checks.NewAuthorities(pool))
		}
		known := 0
		for range 60 {
			i, name := rapid.IntRange(0, len(fleet.pools)-1).Draw(t, "roots"), fmt.Sprintf("site%d.test", rapid.IntRange(0, 3).Draw(t, "name"))
			certs := rapid.SampledFrom(fleet.sent).Draw(t, "chain")
			at := moment.Add(time.Duration(rapid.IntRange(-200, 300).Draw(t, "minutes")) * time.Minute) // the clock may be set back
			wantEnd, want := checks.NewAuthorities(fleet.pools[i]).Verify(certs, name, at)
			gotEnd, got := remembering[i].Verify(certs, name, at)
			if fmt.Sprint(got) != fmt.Sprint(want) || !gotEnd.Equal(wantEnd) {
				t.Fatalf("%s at %s: %v, expires %s; without memory: %v, expires %s", name, at, got, gotEnd, want, wantEnd)
			}
			known = max(known, remembering[i].Known())
		}
	})
}

// TestAWrongChainIsSeenAtTheNextCheck changes what a server presents, from good to each kind of bad and back, between checks.
func TestAWrongChainIsSeenAtTheNextCheck(t *testing.T) {
	t.Parallel()
	now := time.Now()
	good := life{now.Add(-time.Hour), now.Add(24 * time.Hour)}
	root, stranger := issue(t, nil, "root", good, true), issue(t, nil, "stranger", good, true)
	middle := issue(t, root, "middle", good, true)
	server := newChangingServer(t)
	check := (&checks.TLSOptions{Address: server.address, ServerName: "site.test", CAFile: roots(t, tls.Certificate{Certificate: [][]byte{root.cert.Raw}})}).Checker()
	leaf := issue(t, middle, "site.test", good, false)
	for range 2 {
		for _, c := range []struct {
			name string
			leaf *issued
			rest []*issued
			fine bool
		}{
			{"good", leaf, []*issued{middle}, true},
			{"good again", leaf, []*issued{middle}, true},
			{"without its middle", leaf, nil, false},
			{"another leaf of another name", issue(t, middle, "other.test", good, false), []*issued{middle}, false},
			{"expired", issue(t, middle, "site.test", life{good.from, now.Add(-time.Minute)}, false), []*issued{middle}, false},
			{"of a stranger", issue(t, stranger, "site.test", good, false), []*issued{stranger}, false},
			{"renewed", issue(t, middle, "site.test", good, false), []*issued{middle}, true},
		} {
			server.present(c.leaf, c.rest...)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			r := check.Check(ctx)
			cancel()
			if fine := r.Status == model.StatusOK; fine != c.fine {
				t.Errorf("%s: %s %v", c.name, r.Status, r.Reason)
			}
		}
	}
}

// changingServer is a TLS server whose certificates change.
type changingServer struct {
	address string

	mu   sync.Mutex
	cert tls.Certificate
}

func newChangingServer(t *testing.T) *changingServer {
	t.Helper()
	s := &changingServer{}
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		cert := s.cert
		return &cert, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	s.address = l.Addr().String()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				_ = conn.SetDeadline(time.Now().Add(time.Minute))
				_, _ = conn.Read(make([]byte, 1))
			}()
		}
	}()
	return s
}

func (s *changingServer) present(leaf *issued, rest ...*issued) {
	cert := tls.Certificate{Certificate: [][]byte{leaf.cert.Raw}, PrivateKey: leaf.key}
	for _, r := range rest {
		cert.Certificate = append(cert.Certificate, r.cert.Raw)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cert = cert
}
