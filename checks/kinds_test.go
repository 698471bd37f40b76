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

	"opsbot/checks"
	"opsbot/model"
)

func runKind(t *testing.T, o checks.Options) model.Result {
	t.Helper()
	if wrong := inEnglish(o.Validate()); wrong != nil {
		t.Fatal(wrong)
	}
	return engine().Run(t.Context(), checks.OnDemand, &model.Check{Timeout: 5 * time.Second, Checker: o.Checker()})
}

func TestJSON(t *testing.T) {
	const licence = `{"expiration_time": {"is_available": true, "days": 30}, "queue": [], "name": "acme"}`
	cases := []struct {
		condition, body string
		code            model.ReasonCode
	}{
		{"expiration_time.is_available == true", licence, ""},
		{"expiration_time.days > 14", licence, ""},
		{"expiration_time.days > 40", licence, model.ReasonJSONFalse},
		{"len(queue) < 1", licence, ""},
		{"queue", licence, model.ReasonJSONFalse},
		{"name", licence, ""},
		{"absent", licence, model.ReasonJSONFalse},
		{"absent.deeper == 1", licence, model.ReasonJSONBad},
		{"expiration_time.days > name", licence, model.ReasonJSONBad},
		{"", `true`, ""},
		{"", `0`, model.ReasonJSONFalse},
		{"", `{}`, model.ReasonJSONFalse},
		{"", `[1]`, ""},
		{"document[1] == 2", `[1, 2]`, ""},
		{"", `<html>502</html>`, model.ReasonJSONBad},
		{"", ``, model.ReasonJSONBad},
		{"", `{"a": "` + strings.Repeat("x", 2<<20) + `"}`, model.ReasonWebTooLarge},
	}
	for _, c := range cases {
		t.Run(c.condition+" "+c.body[:min(20, len(c.body))], func(t *testing.T) {
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, c.body) }))
			defer srv.Close()
			r := runKind(t, &checks.JSONOptions{WebOptions: checks.WebOptions{URL: srv.URL}, Condition: c.condition})
			if r.Reason.Code != c.code || (r.Status == model.StatusOK) != (c.code == "") {
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
	if r := runKind(t, &checks.JSONOptions{WebOptions: checks.WebOptions{URL: srv.URL}}); r.Reason.Code != model.ReasonWebStatus {
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
		status model.Status
		code   model.ReasonCode
	}{
		{"room enough", checks.DiskOptions{Paths: []string{dir}, Used: 100, Free: "1 B"}, model.StatusOK, ""},
		{"used up", checks.DiskOptions{Paths: []string{dir, "/"}, Used: 1}, model.StatusFail, model.ReasonDiskUsed},
		{"too little left", checks.DiskOptions{Paths: []string{dir}, Free: "1000 PB"}, model.StatusFail, model.ReasonDiskFree},
		{"not there", checks.DiskOptions{Paths: []string{filepath.Join(dir, "none")}, Used: 90}, model.StatusUnknown, model.ReasonDiskUnseen},
		{"a failure counts more than what is not there", checks.DiskOptions{Paths: []string{filepath.Join(dir, "none"), dir}, Used: 1}, model.StatusFail, model.ReasonDiskUsed},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if r := runKind(t, &c.o); r.Status != c.status || r.Reason.Code != c.code {
				t.Errorf("got %s %+v", r.Status, r.Reason)
			}
		})
	}
}

// certificate creates a self-signed server certificate with a lifetime.
func certificate(t testing.TB, life time.Duration) tls.Certificate {
	t.Helper()
	return certificateOf(t, time.Now().Add(-time.Hour), time.Now().Add(life), "a.test")
}

// certificateOf is certificate for a name and a time.
func certificateOf(t testing.TB, begins, ends time.Time, name string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "a test"}, DNSNames: []string{name},
		NotBefore: begins, NotAfter: ends, IsCA: true, BasicConstraintsValid: true,
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
	long, short := certificate(t, 60*model.Day), certificate(t, 6*model.Day+time.Hour)
	early, late := certificateOf(t, time.Now().Add(20*model.Day), time.Now().Add(90*model.Day), "a.test"), certificate(t, -time.Minute)
	file := roots(t, long, short, early, late)
	date := func(in time.Duration) string { return time.Now().Add(in).UTC().Format(time.DateOnly) }
	cases := []struct {
		name string
		cert tls.Certificate
		o    checks.TLSOptions
		code model.ReasonCode
		args map[string]string
	}{
		{"good for long", long, checks.TLSOptions{ServerName: "a.test", Days: 14}, "", nil},
		{"ends soon", short, checks.TLSOptions{ServerName: "a.test", Days: 14}, model.ReasonTLSExpires, map[string]string{"days": "6", "min": "14"}},
		{"soon is late enough", short, checks.TLSOptions{ServerName: "a.test", Days: 3}, "", nil},
		{"not begun", early, checks.TLSOptions{ServerName: "a.test", Days: 14}, model.ReasonTLSNotYet, map[string]string{"date": date(20 * model.Day), "name": "a.test"}},
		{"over", late, checks.TLSOptions{ServerName: "a.test", Days: 14}, model.ReasonTLSExpired, map[string]string{"date": date(-time.Minute), "name": "a.test"}},
		{"another name", long, checks.TLSOptions{ServerName: "b.test", Days: 14}, model.ReasonTLS, map[string]string{"name": "b.test"}},
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
	cert := certificate(t, 60*model.Day)
	addr := tlsServer(t, cert)
	o := checks.WebOptions{URL: "https://a.test/", Address: addr, CAFile: roots(t, cert), Status: []model.CodeRange{{From: 404, To: 404}}}
	if r := runKind(t, &o); r.Status != model.StatusOK {
		t.Errorf("got %+v", r)
	}
	o.CAFile = roots(t, certificate(t, model.Day))
	if r := runKind(t, &o); r.Reason.Code != model.ReasonTLS {
		t.Errorf("another authority: %+v", r)
	}
	o.CAFile = filepath.Join(t.TempDir(), "gone.pem") // it disappeared after the configuration was checked
	r := engine().Run(t.Context(), checks.OnDemand, &model.Check{Timeout: 5 * time.Second, Checker: o.Checker()})
	if r.Reason.Code != model.ReasonTLS {
		t.Errorf("an authority that is gone: %+v", r)
	}
}

func TestKindsSayWhatIsWrong(t *testing.T) {
	cases := []struct {
		o    checks.Options
		want string
	}{
		{&checks.JSONOptions{WebOptions: checks.WebOptions{URL: "http://x/"}, Condition: "a =="}, `condition "a ==" is not valid: `},
		{&checks.JSONOptions{}, "url is missing"},
		{&checks.DiskOptions{}, "paths is missing"},
		{&checks.DiskOptions{Paths: []string{"var"}}, `"var" is not an absolute path`},
		{&checks.DiskOptions{Paths: []string{"/"}, Used: 101}, "used 101 is out of range"},
		{&checks.DiskOptions{Paths: []string{"/"}, Free: "much"}, `free "much" is not a size`},
		{&checks.TLSOptions{}, "address is missing"},
		{&checks.TLSOptions{Address: "x", Days: 14}, "is not host:port"},
		{&checks.TLSOptions{Address: "x:1", Days: -1}, "days -1"},
		{&checks.TLSOptions{Address: "x:1", CAFile: "/nowhere.pem"}, `ca_file "/nowhere.pem" cannot be read: no such file`},
	}
	for _, c := range cases {
		wrong := inEnglish(c.o.Validate())
		if len(wrong) == 0 || !strings.Contains(fmt.Sprint(wrong), c.want) {
			t.Errorf("%+v: %q, want %q", c.o, wrong, c.want)
		}
	}
}
