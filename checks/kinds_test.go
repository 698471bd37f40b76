package checks_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"opsbot"
	"opsbot/checks"
)

func runKind(t *testing.T, o checks.Options) opsbot.Result {
	t.Helper()
	if wrong := o.Validate(); wrong != nil {
		t.Fatal(wrong)
	}
	return engine().Run(t.Context(), checks.OnDemand, &opsbot.Check{Timeout: 5 * time.Second, Checker: o.Checker()})
}

func TestJSON(t *testing.T) {
	const licence = `{"expiration_time": {"is_available": true, "days": 30}, "queue": [], "name": "acme"}`
	cases := []struct {
		condition, body string
		code            opsbot.ReasonCode
	}{
		{"expiration_time.is_available == true", licence, ""},
		{"expiration_time.days > 14", licence, ""},
		{"expiration_time.days > 40", licence, opsbot.ReasonJSONFalse},
		{"len(queue) < 1", licence, ""},
		{"queue", licence, opsbot.ReasonJSONFalse},
		{"name", licence, ""},
		{"absent", licence, opsbot.ReasonJSONFalse},
		{"absent.deeper == 1", licence, opsbot.ReasonJSONBad},
		{"expiration_time.days > name", licence, opsbot.ReasonJSONBad},
		{"", `true`, ""},
		{"", `0`, opsbot.ReasonJSONFalse},
		{"", `{}`, opsbot.ReasonJSONFalse},
		{"", `[1]`, ""},
		{"document[1] == 2", `[1, 2]`, ""},
		{"", `<html>502</html>`, opsbot.ReasonJSONBad},
		{"", ``, opsbot.ReasonJSONBad},
		{"", `{"a": "` + strings.Repeat("x", 2<<20) + `"}`, opsbot.ReasonWebTooLarge},
	}
	for _, c := range cases {
		t.Run(c.condition+" "+c.body[:min(20, len(c.body))], func(t *testing.T) {
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, c.body) }))
			defer srv.Close()
			r := runKind(t, &checks.JSONOptions{WebOptions: checks.WebOptions{URL: srv.URL}, Condition: c.condition})
			if r.Reason.Code != c.code || (r.Status == opsbot.StatusOK) != (c.code == "") {
				t.Errorf("got %s %+v", r.Status, r.Reason)
			}
		})
	}
}

func TestJSONKeepsTheStatus(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = io.WriteString(w, "true")
	}))
	defer srv.Close()
	if r := runKind(t, &checks.JSONOptions{WebOptions: checks.WebOptions{URL: srv.URL}}); r.Reason.Code != opsbot.ReasonWebStatus {
		t.Errorf("got %+v", r)
	}
}

func FuzzJSONCondition(f *testing.F) {
	f.Add("a.b == 1", `{"a":{"b":1}}`)
	f.Add("", `null`)
	f.Add("1..1e9", `{}`)
	f.Fuzz(func(t *testing.T, condition, body string) {
		o := checks.JSONOptions{WebOptions: checks.WebOptions{URL: "http://x/"}, Condition: condition}
		if o.Validate() == nil {
			checks.JudgeJSON(&o, []byte(body))
		}
	})
}

func TestDisk(t *testing.T) {
	dir := t.TempDir()
	cases := []struct {
		name   string
		o      checks.DiskOptions
		status opsbot.Status
		code   opsbot.ReasonCode
	}{
		{"room enough", checks.DiskOptions{Paths: []string{dir}, Used: 100, Free: "1 B"}, opsbot.StatusOK, ""},
		{"used up", checks.DiskOptions{Paths: []string{dir, "/"}, Used: 1}, opsbot.StatusFail, opsbot.ReasonDiskUsed},
		{"too little left", checks.DiskOptions{Paths: []string{dir}, Free: "1000 PB"}, opsbot.StatusFail, opsbot.ReasonDiskFree},
		{"not there", checks.DiskOptions{Paths: []string{filepath.Join(dir, "none")}, Used: 90}, opsbot.StatusUnknown, opsbot.ReasonDiskUnseen},
		{"a failure counts more than what is not there", checks.DiskOptions{Paths: []string{filepath.Join(dir, "none"), dir}, Used: 1}, opsbot.StatusFail, opsbot.ReasonDiskUsed},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if r := runKind(t, &c.o); r.Status != c.status || r.Reason.Code != c.code {
				t.Errorf("got %s %+v", r.Status, r.Reason)
			}
		})
	}
}

// certificate makes a server certificate that is its own authority and ends after so long.
func certificate(t testing.TB, life time.Duration) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "a test"}, DNSNames: []string{"a.test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(life), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func tlsServer(t *testing.T, cert tls.Certificate) string {
	t.Helper()
	srv := httptest.NewUnstartedServer(http.NotFoundHandler())
	srv.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.StartTLS()
	t.Cleanup(srv.Close)
	return srv.Listener.Addr().String()
}

func TestTLS(t *testing.T) {
	long, short := certificate(t, 60*opsbot.Day), certificate(t, 6*opsbot.Day+time.Hour)
	file := roots(t, long, short)
	cases := []struct {
		name string
		cert tls.Certificate
		o    checks.TLSOptions
		code opsbot.ReasonCode
		args map[string]string
	}{
		{"good for long", long, checks.TLSOptions{ServerName: "a.test", Days: 14}, "", nil},
		{"ends soon", short, checks.TLSOptions{ServerName: "a.test", Days: 14}, opsbot.ReasonTLSExpires, map[string]string{"days": "6", "min": "14"}},
		{"soon is far enough", short, checks.TLSOptions{ServerName: "a.test", Days: 3}, "", nil},
		{"another name", long, checks.TLSOptions{ServerName: "b.test", Days: 14}, opsbot.ReasonTLS, map[string]string{"name": "b.test"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			c.o.Address, c.o.CAFile = tlsServer(t, c.cert), file
			r := runKind(t, &c.o)
			if r.Reason.Code != c.code {
				t.Fatalf("got %s %+v", r.Status, r.Reason)
			}
			for k, v := range c.args {
				if r.Reason.Args[k] != v {
					t.Errorf("%s is %q, want %q", k, r.Reason.Args[k], v)
				}
			}
		})
	}
}

// roots writes certificates to a file of authorities.
func roots(t *testing.T, certs ...tls.Certificate) string {
	t.Helper()
	var all []byte
	for _, c := range certs {
		all = append(all, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate[0]})...)
	}
	path := filepath.Join(t.TempDir(), "roots.pem")
	if err := os.WriteFile(path, all, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestWebTrustsOnlyItsAuthority(t *testing.T) {
	cert := certificate(t, 60*opsbot.Day)
	addr := tlsServer(t, cert)
	o := checks.WebOptions{URL: "https://a.test/", Address: addr, CAFile: roots(t, cert), Status: []opsbot.CodeRange{{From: 404, To: 404}}}
	if r := runKind(t, &o); r.Status != opsbot.StatusOK {
		t.Errorf("got %+v", r)
	}
	o.CAFile = roots(t, certificate(t, opsbot.Day))
	if r := runKind(t, &o); r.Reason.Code != opsbot.ReasonTLS {
		t.Errorf("another authority: %+v", r)
	}
	o.CAFile = filepath.Join(t.TempDir(), "gone.pem") // it vanished after the configuration was checked
	r := engine().Run(t.Context(), checks.OnDemand, &opsbot.Check{Timeout: 5 * time.Second, Checker: o.Checker()})
	if r.Reason.Code != opsbot.ReasonTLS {
		t.Errorf("an authority that is gone: %+v", r)
	}
}

func TestKindsSayWhatIsWrong(t *testing.T) {
	cases := []struct {
		o    checks.Options
		want string
	}{
		{&checks.JSONOptions{WebOptions: checks.WebOptions{URL: "http://x/"}, Condition: "a =="}, `condition "a ==": `},
		{&checks.JSONOptions{}, "url is missing"},
		{&checks.DiskOptions{}, "paths is missing"},
		{&checks.DiskOptions{Paths: []string{"var"}}, `"var" does not begin with /`},
		{&checks.DiskOptions{Paths: []string{"/"}, Used: 101}, "used 101 is not a percentage"},
		{&checks.DiskOptions{Paths: []string{"/"}, Free: "much"}, `free "much" is not a size`},
		{&checks.TLSOptions{}, "address is missing"},
		{&checks.TLSOptions{Address: "x", Days: 14}, "is not host:port"},
		{&checks.TLSOptions{Address: "x:1", Days: -1}, "days -1"},
		{&checks.TLSOptions{Address: "x:1", CAFile: "/nowhere.pem"}, `ca_file "/nowhere.pem": no such file`},
	}
	for _, c := range cases {
		wrong := c.o.Validate()
		if len(wrong) == 0 || !strings.Contains(fmt.Sprint(wrong), c.want) {
			t.Errorf("%+v: %q, want %q", c.o, wrong, c.want)
		}
	}
}
