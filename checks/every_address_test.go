package checks_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"opsbot/checks"
	"opsbot/model"
)

// namesOf is a resolver in which every name has these addresses.
func namesOf(addrs []string, err error) *checks.Names {
	return checks.NewNames(func(context.Context, string) ([]string, error) { return addrs, err }, time.Now)
}

// serveOn serves under TLS on a port of these addresses, and answers with the address and name of the request.
func serveOn(t *testing.T, listen string, cert tls.Certificate) (port string) {
	t.Helper()
	l, err := net.Listen("tcp4", listen)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "[%q, %q]", r.Host, r.TLS.ServerName)
	}))
	_ = srv.Listener.Close()
	srv.Listener, srv.TLS = l, &tls.Config{Certificates: []tls.Certificate{cert}}
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.StartTLS()
	t.Cleanup(srv.Close)
	_, port, _ = net.SplitHostPort(l.Addr().String())
	return port
}

// TestEveryAddressBehindAName dials three addresses of one name, of which one refuses, with every kind that dials.
func TestEveryAddressBehindAName(t *testing.T) {
	cert := certificate(t, 60*model.Day)
	ca := roots(t, cert)
	everywhere := serveOn(t, "0.0.0.0:0", cert)
	alone := serveOn(t, "127.0.0.3:0", cert)
	for _, c := range []struct {
		name, port string
		tolerated  string
		code       model.ReasonCode
		names      string
	}{
		{"all answer", everywhere, "0", "", ""},
		{"two of three do not", alone, "0", model.ReasonMembersFailed, "127.0.0.2:" + alone + ", 127.0.0.4:" + alone},
		{"of three two may", alone, "2", "", ""},
	} {
		targets := checks.Targets{EveryAddress: true, MembersFailed: tolerance(t, c.tolerated)}
		checks.WithNames(&targets, namesOf([]string{"127.0.0.2", "127.0.0.3", "127.0.0.4"}, nil))
		at := "a.test:" + c.port
		asked := fmt.Sprintf("[%q, %q]", at, "a.test")
		web := checks.WebOptions{URL: "https://" + at + "/", CAFile: ca, Targets: targets}
		moved := checks.WebOptions{URL: "https://a.test/", Address: "farm.test:" + c.port, CAFile: ca, Contains: `["a.test", "a.test"]`, Targets: targets}
		found := web
		found.Contains = asked
		for kind, o := range map[string]checks.Options{
			"tcp": &checks.TCPOptions{Address: at, Targets: targets}, "tls": &checks.TLSOptions{Address: at, CAFile: ca, Targets: targets},
			"web": &found, "web at another name": &moved, "json": &checks.JSONOptions{WebOptions: web, Condition: `document[1] == "a.test"`},
		} {
			r := run(t, check(t, o))
			if r.Reason.Code != c.code || r.Reason.Args["names"] != c.names {
				t.Errorf("%s: %s: got %s %+v", c.name, kind, r.Status, r.Reason)
			}
		}
	}
}

func TestEveryAddressOfANameThatIsNotKnown(t *testing.T) {
	for want, says := range map[model.ReasonCode]error{model.ReasonNoName: errNoName, model.ReasonDNS: errServFal} {
		o := &checks.TCPOptions{Address: "a.test:1", Targets: checks.Targets{EveryAddress: true}}
		checks.WithNames(&o.Targets, namesOf(nil, says))
		r := run(t, check(t, o))
		if r.Reason.Code != want || (r.Status == model.StatusUnknown) != (want == model.ReasonDNS) {
			t.Errorf("got %s %+v", r.Status, r.Reason)
		}
	}
}

func TestEveryAddressIsForOneName(t *testing.T) {
	o := &checks.TCPOptions{Targets: checks.Targets{EveryAddress: true, Addresses: []string{"a.test:1"}}}
	if wrong := inEnglish(o.Validate()); len(wrong) != 1 || wrong[0][:13] != "every_address" {
		t.Errorf("got %q", wrong)
	}
}

// TestKindsShareTheirNames resolves names through the table of kinds: two checks of one table use the machine's resolver,
// which knows this name without a name server.
func TestKindsShareTheirNames(t *testing.T) {
	_, port, _ := net.SplitHostPort(listener(t))
	options, _ := checks.AllKinds(checks.Deps{}).New("tcp")
	o, ok := options.(*checks.TCPOptions)
	if !ok {
		t.Fatalf("got %T", options)
	}
	o.Address = "localhost:" + port
	if r := run(t, check(t, o)); r.Status != model.StatusOK {
		t.Errorf("got %s %+v", r.Status, r.Reason)
	}
}
