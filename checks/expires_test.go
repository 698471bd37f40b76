package checks_test

import (
	"crypto/tls"
	"crypto/x509"
	"testing"
	"time"

	"opsbot/checks"
	"opsbot/model"
)

// Whatever the result, the end of the presented certificate is recorded.
func TestTheEndOfACertificateIsKept(t *testing.T) {
	long, short, over := certificate(t, 60*model.Day), certificate(t, 6*model.Day), certificate(t, -time.Minute)
	file := roots(t, long, short, over)
	list := &checks.TLSOptions{ServerName: "a.test", Days: 14, CAFile: file}
	list.Addresses = []string{tlsServer(t, long), tlsServer(t, short)}
	cases := map[string]struct {
		o    checks.Options
		want tls.Certificate
	}{
		"tls":          {&checks.TLSOptions{Address: tlsServer(t, long), ServerName: "a.test", Days: 14, CAFile: file}, long},
		"tls too soon": {&checks.TLSOptions{Address: tlsServer(t, short), ServerName: "a.test", Days: 14, CAFile: file}, short},
		"over":         {&checks.TLSOptions{Address: tlsServer(t, over), ServerName: "a.test", Days: 14, CAFile: file}, over},
		"web":          {&checks.WebOptions{URL: "https://a.test/", Address: tlsServer(t, long), CAFile: file}, long},
		"of several":   {list, short},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			r := runKind(t, c.o)
			if want := leaf(t, c.want).NotAfter; !r.Expires.Equal(want) {
				t.Errorf("ends %s, want %s (%+v)", r.Expires, want, r.Reason)
			}
		})
	}
	plain := &checks.TCPOptions{Address: tlsServer(t, long)}
	if r := runKind(t, plain); !r.Expires.IsZero() {
		t.Errorf("a connection without TLS saw a certificate: %s", r.Expires)
	}
}

func leaf(t *testing.T, cert tls.Certificate) *x509.Certificate {
	t.Helper()
	c, err := x509.ParseCertificate(cert.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// FuzzCertificate judges a chain of anything that parses as a certificate: the days must agree with the recorded end.
func FuzzCertificate(f *testing.F) {
	f.Add([]byte{}, 14)
	for _, life := range []time.Duration{-time.Hour, time.Hour, 6 * model.Day, 4000 * model.Day} {
		f.Add(certificate(f, life).Certificate[0], 14)
	}
	now := time.Now()
	f.Fuzz(func(t *testing.T, der []byte, days int) {
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			return
		}
		days = max(0, min(days, 3650))
		end, fine := checks.JudgeCertificate([][]*x509.Certificate{{cert}, {cert, cert}}, days, now)
		if !end.Equal(cert.NotAfter) {
			t.Errorf("ends %s, kept as %s", cert.NotAfter, end)
		}
		if want := cert.NotAfter.Sub(now) >= time.Duration(days)*model.Day; fine != want {
			t.Errorf("fine: %v, with %s left of %d days", fine, cert.NotAfter.Sub(now), days)
		}
	})
}
