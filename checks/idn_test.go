package checks_test

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"

	"opsbot/checks"
	"opsbot/model"
)

const (
	cyrillic = "пример.рф"
	punycode = "xn--e1afmkfd.xn--p1ai"
)

// TestNamesInOtherLetters in every kind that takes a name: DNS, the Host header and certificates know the form in ASCII alone.
func TestNamesInOtherLetters(t *testing.T) {
	var mu sync.Mutex
	var asked, hosts []string
	names := checks.NewNames(func(_ context.Context, host string) ([]string, error) {
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, host)
		if host != punycode {
			return nil, errNoName
		}
		return []string{"127.0.0.1"}, nil
	}, time.Now)
	cert := certificateOf(t, time.Now().Add(-time.Hour), time.Now().Add(60*model.Day), punycode)
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		hosts = append(hosts, r.Host)
		mu.Unlock()
		if r.URL.Path == "/to" {
			w.Header().Set("Location", "//"+strings.ReplaceAll(r.Host, punycode, "ПРИМЕР.рф")+"/")
			w.WriteHeader(http.StatusFound)
		}
	}))
	srv.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
	srv.StartTLS()
	defer srv.Close()
	_, port, _ := net.SplitHostPort(srv.Listener.Addr().String())
	file := roots(t, cert)
	for name, o := range map[string]checks.Options{
		"web":           &checks.WebOptions{URL: "https://" + cyrillic + ":" + port, CAFile: file},
		"web, capitals": &checks.WebOptions{URL: "https://ПРИМЕР.РФ:" + port, CAFile: file},
		"web, address":  &checks.WebOptions{URL: "https://" + cyrillic + "/", Address: srv.Listener.Addr().String(), CAFile: file},
		"web, redirect": &checks.WebOptions{URL: "https://" + cyrillic + ":" + port + "/to", CAFile: file, Redirects: 1},
		"every address": &checks.WebOptions{URL: "https://" + cyrillic + ":" + port, CAFile: file, Targets: checks.Targets{EveryAddress: true}},
		"tcp":           &checks.TCPOptions{Address: cyrillic + ":" + port},
		"tcp, several":  &checks.TCPOptions{Targets: checks.Targets{Addresses: []string{cyrillic + ":" + port, "127.0.0.1:" + port}}},
		"tls":           &checks.TLSOptions{Address: cyrillic + ":" + port, CAFile: file},
		"tls, name":     &checks.TLSOptions{Address: "127.0.0.1:" + port, ServerName: cyrillic, CAFile: file},
	} {
		switch o := o.(type) {
		case *checks.WebOptions:
			checks.WithNames(&o.Targets, names)
		case *checks.TCPOptions:
			checks.WithNames(&o.Targets, names)
		case *checks.TLSOptions:
			checks.WithNames(&o.Targets, names)
		}
		if r := runKind(t, o); r.Status != model.StatusOK {
			t.Errorf("%s: %s %+v", name, r.Status, r.Reason)
		}
	}
	if slices.ContainsFunc(asked, func(name string) bool { return name != punycode }) {
		t.Errorf("asked DNS for %q", asked)
	}
	for _, host := range hosts {
		if name, _, _ := strings.Cut(host, ":"); name != punycode {
			t.Errorf("Host: %q", host)
		}
	}
}

// TestNamesInOtherLettersAreShownAsWritten to people.
func TestNamesInOtherLettersAreShownAsWritten(t *testing.T) {
	nobody := checks.NewNames(func(context.Context, string) ([]string, error) { return nil, errNoName }, time.Now)
	o := &checks.TCPOptions{Address: cyrillic + ":443"}
	checks.WithNames(&o.Targets, nobody)
	if r := runKind(t, o); r.Reason.Code != model.ReasonNoName || r.Reason.Args["name"] != cyrillic {
		t.Errorf("%+v", r.Reason)
	}
	for _, bad := range []string{"при мер.рф:1", "пример..рф:1", strings.Repeat("ы", 300) + ".рф:1"} {
		o := &checks.TCPOptions{Address: bad}
		if inEnglish(o.Validate()) == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}

func TestDNSInOtherLetters(t *testing.T) {
	addr := nameServer(t, zone(t, punycode+". 60 A 10.0.0.7", "www."+punycode+". 60 CNAME "+punycode+".", "_dmarc."+punycode+". 60 TXT v=DMARC1", punycode+". 60 MX 10 mx."+punycode+"."))
	for _, o := range []checks.DNSOptions{
		{Domain: cyrillic, Type: "A", Answers: []string{"10.0.0.7"}},
		{Domain: "Пример.РФ.", Type: "A"},
		{Domain: "www." + cyrillic, Type: "CNAME", Answers: []string{cyrillic}, Only: true},
		{Domain: "_dmarc." + cyrillic, Type: "TXT", Answers: []string{"v=DMARC1"}},
		{Domain: cyrillic, Type: "MX", Answers: []string{"10 mx." + cyrillic + "."}},
	} {
		o.Server = addr
		if r := runKind(t, &o); r.Status != model.StatusOK {
			t.Errorf("%s %s: %+v", o.Domain, o.Type, r.Reason)
		}
	}
	o := checks.DNSOptions{Domain: "нет." + cyrillic, Type: "A", Server: addr}
	if r := runKind(t, &o); r.Reason.Args["name"] != o.Domain {
		t.Errorf("%+v", r.Reason)
	}
}

// TestDNSServers that know no EDNS, or answer without repeating the question.
func TestDNSServers(t *testing.T) {
	addr := nameServer(t, func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg).SetReply(q)
		kind, _, _ := strings.Cut(q.Question[0].Name, ".")
		code, bare := strings.CutPrefix(kind, "bare-")
		if rcode, known := dns.StringToRcode[strings.ToUpper(code)]; known && (bare || q.IsEdns0() != nil) {
			m.Rcode = rcode
			if bare {
				m.Question = nil
			}
			_ = w.WriteMsg(m) // a client that left notices itself
			return
		}
		if kind == "drops" && q.IsEdns0() != nil {
			return
		}
		rr, _ := dns.NewRR(q.Question[0].Name + " 60 A 10.0.0.7")
		m.Answer = []dns.RR{rr}
		_ = w.WriteMsg(m) // so it does
	})
	for name, said := range map[string]string{
		"formerr": "", "notimp": "", "drops": "", "plain": "", "servfail": "SERVFAIL", "refused": "REFUSED",
		"bare-servfail": "SERVFAIL", "bare-refused": "REFUSED", "bare-notimp": "NOTIMP", "bare-formerr": "FORMERR",
	} {
		o := checks.DNSOptions{Domain: name + ".test", Type: "A", Answers: []string{"10.0.0.7"}, Server: addr}
		if r := engine().Run(t.Context(), checks.OnDemand, &model.Check{Timeout: 2 * time.Second, Checker: o.Checker()}); r.Reason.Args["said"] != said || (r.Status == model.StatusOK) != (said == "") {
			t.Errorf("%s: %s %+v", name, r.Status, r.Reason)
		}
	}
}

func TestDNSTexts(t *testing.T) {
	texts := map[string]string{`say "hi" c:\x`: `say \"hi\" c:\\x`, "владелец=ООО Ромашка": "владелец=ООО Ромашка", "a\xffb": "a\xffb", "": "", "v=spf1 -all": "v=spf1 -all"}
	addr := nameServer(t, func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg).SetReply(q)
		header := dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeTXT, Class: dns.ClassINET, Ttl: 60}
		for _, written := range texts {
			m.Answer = append(m.Answer, &dns.TXT{Hdr: header, Txt: []string{written}})
		}
		_ = w.WriteMsg(m) // a client that left notices itself
	})
	for want, shown := range map[string]string{
		`say "hi" c:\x`: "", `say \"hi\" c:\\x`: "", "владелец=ООО Ромашка": "", `a\255b`: "", "v=spf1 -all": "",
		"no such text": `, a\255b, say "hi" c:\x, v=spf1 -all, владелец=ООО Ромашка`,
	} {
		o := checks.DNSOptions{Domain: "a.test", Type: "TXT", Answers: []string{want}, Server: addr}
		if r := runKind(t, &o); r.Reason.Args["got"] != shown || (r.Status == model.StatusOK) != (shown == "") {
			t.Errorf("%s: %s %+v", want, r.Status, r.Reason)
		}
	}
}
