package web_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"opsbot/web"
)

// pair writes a certificate for a name, and its key, as certbot does: each file at once.
func pair(t *testing.T, dir, name string) (certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	replace(t, certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	replace(t, keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}))
	return certFile, keyFile
}

func replace(t *testing.T, path string, text []byte) {
	t.Helper()
	if err := os.WriteFile(path+".new", text, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

// TestARenewedCertificate: a listener goes on with its certificate while the files are half written, wrong or gone, and takes up the new one
// within 10 s of a clock that may be set back.
func TestARenewedCertificate(t *testing.T) {
	dir := t.TempDir()
	certFile, keyFile := pair(t, dir, "one.example.com")
	clock, errs := time.Now(), 0
	var mu sync.Mutex
	certificate, err := web.NewCertificate(certFile, keyFile, func(error) { mu.Lock(); defer mu.Unlock(); errs++ }, func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return clock
	})
	if err != nil {
		t.Fatal(err)
	}
	l := listen(t)
	address := l.Addr().String()
	serving(t, tls.NewListener(l, certificate.Config()), http.NotFoundHandler())
	shown := func(pass time.Duration) string {
		t.Helper()
		mu.Lock()
		clock = clock.Add(pass)
		mu.Unlock()
		conn, err := (&tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true}}).DialContext(t.Context(), "tcp", address) //nolint:gosec // it looks at the certificate
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		return conn.(*tls.Conn).ConnectionState().PeerCertificates[0].DNSNames[0]
	}
	want := func(step, got, name string, faults int) {
		t.Helper()
		mu.Lock()
		defer mu.Unlock()
		if got != name || errs != faults {
			t.Errorf("%s: shows %s after %d errors, want %s after %d", step, got, errs, name, faults)
		}
	}
	want("at first", shown(0), "one.example.com", 0)
	pair(t, dir, "two.example.com")
	want("not looked yet", shown(9*time.Second), "one.example.com", 0)
	want("renewed", shown(time.Second), "two.example.com", 0)
	replace(t, keyFile, []byte("half of a k"))
	want("half written", shown(10*time.Second), "two.example.com", 1)
	want("said once", shown(time.Minute), "two.example.com", 1)
	if err := os.Remove(certFile); err != nil {
		t.Fatal(err)
	}
	want("gone", shown(time.Minute), "two.example.com", 2)
	pair(t, dir, "three.example.com")
	want("back, the clock too", shown(-time.Hour), "three.example.com", 2)

	if _, err := web.NewCertificate(certFile, filepath.Join(dir, "none.pem"), nil, time.Now); err == nil {
		t.Error("a certificate without a key is taken")
	}
}

// TestHosts: who may ask by which name, plain and with a certificate. A page of somebody else's has a name with a dot that is not ours.
func TestHosts(t *testing.T) {
	dir := t.TempDir()
	certFile, keyFile := pair(t, dir, "ops.example.com")
	certificate, err := web.NewCertificate(certFile, keyFile, nil, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	fine := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "fine") })
	l, secure := listen(t), listen(t)
	serving(t, l, web.Hosts([]string{"proxy.example.com"}, nil, fine))
	serving(t, tls.NewListener(secure, certificate.Config()), web.Hosts(nil, certificate, fine))
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true}} //nolint:gosec // the name is what is tried
	for _, c := range []struct {
		host        string
		plain, cert int
	}{
		{"127.0.0.1:8080", 200, 200},
		{"127.0.0.1", 200, 200},
		{"[::1]:8080", 200, 200},
		{"localhost:8080", 200, 200},
		{"opsbot", 200, 200},
		{"proxy.example.com", 200, 421},
		{"PROXY.example.com.:8080", 200, 421},
		{"ops.example.com:8443", 421, 200},
		{"evil.example.net", 421, 421},
		{"127.0.0.1.evil.example.net", 421, 421},
		{"proxy.example.com.evil.net", 421, 421},
	} {
		for address, want := range map[string]int{"http://" + l.Addr().String(): c.plain, "https://" + secure.Addr().String(): c.cert} {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address+"/healthz", http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			r.Host = c.host
			resp, err := client.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			_ = resp.Body.Close()
			if resp.StatusCode != want {
				t.Errorf("%s asked as %s: %d, want %d", address, c.host, resp.StatusCode, want)
			}
			for _, path := range []string{"/in/icinga", "/beat/backup/token", "/api/v1/status"} { // they have their secrets
				r.URL.Path = path
				resp, err := client.Do(r)
				if err != nil {
					t.Fatal(err)
				}
				_ = resp.Body.Close()
				if resp.StatusCode != http.StatusOK {
					t.Errorf("%s%s asked as %s: %d", address, path, c.host, resp.StatusCode)
				}
			}
		}
	}
}
