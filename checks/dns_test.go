package checks_test

import (
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"

	"opsbot/checks"
	"opsbot/model"
)

// nameServer answers over UDP and TCP on one port.
func nameServer(t *testing.T, h dns.HandlerFunc) string {
	t.Helper()
	packets, err := (&net.ListenConfig{}).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	streams, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", packets.LocalAddr().String())
	if err != nil {
		t.Skip("the port is taken for TCP:", err)
	}
	for _, s := range []*dns.Server{{PacketConn: packets, Handler: h}, {Listener: streams, Handler: h}} {
		up := make(chan struct{})
		s.NotifyStartedFunc = func() { close(up) }
		done := make(chan error, 1)
		go func() { done <- s.ActivateAndServe() }()
		<-up
		t.Cleanup(func() {
			if err := s.Shutdown(); err != nil {
				t.Error(err)
			}
			<-done
		})
	}
	return packets.LocalAddr().String()
}

// zone answers like a small name server: for names that begin with "servfail" it fails.
func zone(t *testing.T, records ...string) dns.HandlerFunc {
	t.Helper()
	var all []dns.RR
	for _, text := range records {
		rr, err := dns.NewRR(text)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, rr)
	}
	return func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg).SetReply(q)
		m.Rcode = dns.RcodeNameError
		for _, rr := range all {
			if strings.EqualFold(rr.Header().Name, q.Question[0].Name) {
				m.Rcode = dns.RcodeSuccess
				if rr.Header().Rrtype == q.Question[0].Qtype {
					m.Answer = append(m.Answer, rr)
				}
			}
		}
		if strings.HasPrefix(q.Question[0].Name, "servfail") {
			m.Rcode = dns.RcodeServerFailure
		}
		if strings.HasPrefix(q.Question[0].Name, "many") && w.LocalAddr().Network() == "udp" {
			m.Answer, m.Truncated = nil, true
		}
		_ = w.WriteMsg(m) // a client that left notices itself
	}
}

func TestDNS(t *testing.T) {
	addr := nameServer(t, zone(t, "a.test. 60 A 10.0.0.1", "a.test. 60 A 10.0.0.2", "a.test. 60 MX 10 MX.a.test.",
		"a.test. 60 AAAA 2001:db8::1", `a.test. 60 TXT "v=spf1 " "-all"`, "many.test. 60 A 10.0.0.9", "1.0.0.10.in-addr.arpa. 60 PTR a.test."))
	cases := []struct {
		name string
		o    checks.DNSOptions
		code model.ReasonCode
		args map[string]string
	}{
		{"any", checks.DNSOptions{Domain: "a.test", Type: "A"}, "", nil},
		{"one of two", checks.DNSOptions{Domain: "A.test.", Type: "A", Answers: []string{"10.0.0.2"}}, "", nil},
		{"both", checks.DNSOptions{Domain: "a.test", Type: "A", Answers: []string{"10.0.0.2", "10.0.0.1"}, Only: true}, "", nil},
		{
			"one too many",
			checks.DNSOptions{Domain: "a.test", Type: "A", Answers: []string{"10.0.0.2"}, Only: true},
			model.ReasonDNSWrong,
			map[string]string{"got": "10.0.0.1, 10.0.0.2", "want": "10.0.0.2", "type": "A", "name": "a.test", "addr": addr},
		},
		{"another", checks.DNSOptions{Domain: "a.test", Type: "A", Answers: []string{"10.0.0.3"}}, model.ReasonDNSWrong, map[string]string{"want": "10.0.0.3"}},
		{"mail", checks.DNSOptions{Domain: "a.test", Type: "MX", Answers: []string{"10 mx.A.test"}}, "", nil},
		{"another way to write it", checks.DNSOptions{Domain: "a.test", Type: "AAAA", Answers: []string{"2001:0db8:0::1"}}, "", nil},
		{"text in parts", checks.DNSOptions{Domain: "a.test", Type: "TXT", Answers: []string{"v=spf1 -all"}}, "", nil},
		{"reverse", checks.DNSOptions{Domain: "10.0.0.1", Type: "PTR", Answers: []string{"a.test"}}, "", nil},
		{"over TCP", checks.DNSOptions{Domain: "many.test", Type: "A", Answers: []string{"10.0.0.9"}}, "", nil},
		{"no such record", checks.DNSOptions{Domain: "a.test", Type: "SRV"}, model.ReasonDNSEmpty, map[string]string{"name": "a.test", "type": "SRV"}},
		{"no such name", checks.DNSOptions{Domain: "b.test", Type: "A"}, model.ReasonNoName, map[string]string{"name": "b.test"}},
		{"server fails", checks.DNSOptions{Domain: "servfail.test", Type: "A"}, model.ReasonDNSRefused, map[string]string{"said": "SERVFAIL"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			c.o.Server = addr
			r := runKind(t, &c.o)
			if r.Reason.Code != c.code || (r.Status == model.StatusOK) != (c.code == "") {
				t.Errorf("got %s %+v", r.Status, r.Reason)
			}
			for k, want := range c.args {
				if r.Reason.Args[k] != want {
					t.Errorf("%s is %q, want %q", k, r.Reason.Args[k], want)
				}
			}
		})
	}
}

func TestDNSOutlivesALostPacket(t *testing.T) {
	var queries atomic.Int32
	answer := zone(t, "a.test. 60 A 10.0.0.1")
	addr := nameServer(t, func(w dns.ResponseWriter, q *dns.Msg) {
		if queries.Add(1) > 1 {
			answer(w, q)
		}
	})
	o := checks.DNSOptions{Domain: "a.test", Type: "A", Server: addr}
	r := engine().Run(t.Context(), checks.OnDemand, &model.Check{Timeout: time.Second, Checker: o.Checker()})
	if r.Status != model.StatusOK || queries.Load() != 2 {
		t.Errorf("got %s %+v after %d queries", r.Status, r.Reason, queries.Load())
	}
}

// TestDNSBelievesNoForgery: servers answer something else, garbage or nothing, and each check ends in time.
func TestDNSBelievesNoForgery(t *testing.T) {
	right := zone(t, "a.test. 60 A 10.0.0.1")
	hostile := map[string]dns.HandlerFunc{
		"silence": func(dns.ResponseWriter, *dns.Msg) {},
		"garbage": func(w dns.ResponseWriter, _ *dns.Msg) { _, _ = w.Write([]byte(strings.Repeat("\xff", 600))) },
		"another id": func(w dns.ResponseWriter, q *dns.Msg) {
			q.Id++
			right(w, q)
		},
		"another question": func(w dns.ResponseWriter, q *dns.Msg) {
			q.Question[0].Name = "b.test."
			right(w, q)
		},
		"the query itself": func(w dns.ResponseWriter, q *dns.Msg) { _ = w.WriteMsg(q) },
	}
	for name, h := range hostile {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := checks.DNSOptions{Domain: "a.test", Type: "A", Server: nameServer(t, h)}
			r := engine().Run(t.Context(), checks.OnDemand, &model.Check{Timeout: 300 * time.Millisecond, Checker: o.Checker()})
			if r.Status != model.StatusFail || r.Reason.Code != model.ReasonTimeout || r.Took > 3*time.Second {
				t.Errorf("got %s %+v in %s", r.Status, r.Reason, r.Took)
			}
		})
	}
}

func TestDNSRefusedPort(t *testing.T) {
	packets, err := (&net.ListenConfig{}).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = packets.Close()
	o := checks.DNSOptions{Domain: "a.test", Type: "A", Server: packets.LocalAddr().String()}
	if r := runKind(t, &o); r.Reason.Code != model.ReasonRefused {
		t.Errorf("got %s %+v", r.Status, r.Reason)
	}
}

func TestDNSOptionsSayWhatIsWrong(t *testing.T) {
	for want, o := range map[string]checks.DNSOptions{
		"domain is missing":                                   {Type: "A"},
		"is not a domain name":                                {Domain: "a..b", Type: "A"},
		`domain "почта..рф" is not a domain name`:             {Domain: "почта..рф", Type: "A"},
		`type "ANY" is not allowed; allowed: A, `:             {Domain: "a", Type: "ANY"},
		`answers "x" cannot be in a record of type A`:         {Domain: "a", Type: "A", Answers: []string{"x"}},
		`answers "10.0.0.1\nb. A 1.1.1.1" cannot`:             {Domain: "a", Type: "A", Answers: []string{"10.0.0.1\nb. A 1.1.1.1"}},
		`answers "" cannot be in a record of type TXT`:        {Domain: "a", Type: "TXT", Answers: []string{""}},
		"only needs answers":                                  {Domain: "a", Type: "A", Only: true},
		`server "a:b": port "b" is not a number from 1 to 65`: {Domain: "a", Type: "A", Server: "a:b"},
	} {
		if wrong := inEnglish(o.Validate()); len(wrong) != 1 || !strings.Contains(wrong[0], want) {
			t.Errorf("%q: got %q", want, wrong)
		}
	}
}

func FuzzDNSAnswer(f *testing.F) {
	f.Add("A", "10.0.0.1")
	f.Add("MX", "10 mx.example.com")
	f.Add("TXT", `v=spf1 "-all"`)
	f.Add("SOA", "a. b. 1 2 3 4 (5)")
	f.Add("CAA", `0 issue "x" ; $INCLUDE /etc/passwd`)
	f.Fuzz(func(t *testing.T, kind, answer string) {
		o := checks.DNSOptions{Domain: "a.test", Type: kind, Answers: []string{answer}}
		if o.Validate() == nil && o.Checker() == nil {
			t.Error("valid options make no check")
		}
	})
}
