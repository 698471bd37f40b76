package inventory_test

import (
	"context"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"

	"opsbot/inventory"
	"opsbot/model"
)

// nameserver is a real DNS server on loopback with a zone controlled by the test.
type nameserver struct {
	mu   sync.Mutex
	zone map[string][]string // a name with a trailing dot, to addresses
	fail map[uint16]bool     // types answered with SERVFAIL
	down bool                // everything is answered with SERVFAIL
}

func (n *nameserver) set(change func(n *nameserver)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	change(n)
}

func (n *nameserver) ServeDNS(w dns.ResponseWriter, q *dns.Msg) {
	n.mu.Lock()
	defer n.mu.Unlock()
	answer := new(dns.Msg)
	answer.SetReply(q)
	answer.RecursionAvailable = true // otherwise an empty answer is a lame referral
	question := q.Question[0]
	addresses, known := n.zone[question.Name]
	switch {
	case n.down || n.fail[question.Qtype]:
		answer.Rcode = dns.RcodeServerFailure
	case !known:
		answer.Rcode = dns.RcodeNameError
	}
	for _, text := range addresses {
		header := dns.RR_Header{Name: question.Name, Rrtype: question.Qtype, Class: dns.ClassINET, Ttl: 1}
		ip := net.ParseIP(text)
		switch {
		case answer.Rcode != dns.RcodeSuccess:
		case question.Qtype == dns.TypeA && ip.To4() != nil:
			answer.Answer = append(answer.Answer, &dns.A{Hdr: header, A: ip})
		case question.Qtype == dns.TypeAAAA && ip.To4() == nil:
			answer.Answer = append(answer.Answer, &dns.AAAA{Hdr: header, AAAA: ip})
		}
	}
	// A client that has gone away is not the server's problem.
	_ = w.WriteMsg(answer)
}

// startDNS starts the server and returns a resolver that only asks it.
func startDNS(t *testing.T, zone map[string][]string) (*nameserver, *net.Resolver) {
	t.Helper()
	socket, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	handler := &nameserver{zone: zone, fail: map[uint16]bool{}}
	started := make(chan struct{})
	server := &dns.Server{PacketConn: socket, Handler: handler, NotifyStartedFunc: func() { close(started) }}
	done := make(chan error, 1)
	go func() { done <- server.ActivateAndServe() }()
	<-started
	t.Cleanup(func() {
		if err := server.Shutdown(); err != nil {
			t.Error(err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return handler, &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", socket.LocalAddr().String())
	}}
}

// clock is set by hand.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// memory is an AnswerStore.
type memory struct {
	mu      sync.Mutex
	answers []model.DNSAnswer
}

func (m *memory) LoadAnswers(context.Context) ([]model.DNSAnswer, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.answers, nil
}

func (m *memory) SaveAnswers(_ context.Context, answers []model.DNSAnswer) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.answers = answers
	return nil
}

func oneClient(t *testing.T) inventory.Source {
	return source(t, inventory.Declared{
		Services: []model.ServiceSpec{service("reports", 80)},
		Clients:  []model.ClientSpec{{Name: "c", Domains: []string{"c.test"}, Services: []string{"reports"}}},
	})
}

func refresh(t *testing.T, l *inventory.Live) {
	t.Helper()
	if err := l.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func wantHosts(t *testing.T, l *inventory.Live, hosts ...string) {
	t.Helper()
	var want []string
	for _, h := range hosts {
		want = append(want, "c/reports@"+h)
	}
	if diff := cmp.Diff(want, checkIDs(l.Current())); diff != "" {
		t.Errorf("endpoints (-want +got):\n%s", diff)
	}
}

func wantNoWarning(t *testing.T, l *inventory.Live) {
	t.Helper()
	if w := l.Warnings(); len(w) > 0 {
		t.Errorf("warnings = %+v", w)
	}
}

func TestEveryAddressOfADomainIsAHost(t *testing.T) {
	server, resolver := startDNS(t, map[string][]string{"c.test.": {"10.0.0.2", "10.0.0.1", "2001:db8::1"}})
	live := inventory.NewLive(oneClient(t), inventory.Options{Resolver: resolver})
	wantHosts(t, live)
	var seen []*model.Inventory
	live.OnChange(func(inv *model.Inventory) { seen = append(seen, inv) })
	if err := live.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantHosts(t, live, "10.0.0.1", "10.0.0.2", "2001:db8::1")

	before := len(seen)
	refresh(t, live)
	if len(seen) != before {
		t.Error("the same answers made a new inventory")
	}
	server.set(func(n *nameserver) { n.zone["c.test."] = []string{"10.0.0.2", "10.0.0.3"} })
	refresh(t, live)
	wantHosts(t, live, "10.0.0.2", "10.0.0.3")
	if len(seen) != before+1 || seen[before] != live.Current() {
		t.Errorf("%d changes were published, the last is not the current one", len(seen)-before)
	}
	wantNoWarning(t, live)
}

func TestTheLastGoodAnswerIsOpenForADay(t *testing.T) {
	for name, c := range map[string]struct {
		breakIt func(n *nameserver)
		code    model.ReasonCode
	}{
		"NXDOMAIN": {func(n *nameserver) { delete(n.zone, "c.test.") }, model.ReasonNoName},
		"SERVFAIL": {func(n *nameserver) { n.down = true }, model.ReasonDNS},
		"no data":  {func(n *nameserver) { n.zone["c.test."] = nil }, model.ReasonNoName},
	} {
		t.Run(name, func(t *testing.T) {
			server, resolver := startDNS(t, map[string][]string{"c.test.": {"10.0.0.1"}})
			clock := newClock()
			live := inventory.NewLive(oneClient(t), inventory.Options{Resolver: resolver, Now: clock.Now})
			good := clock.Now()
			refresh(t, live)
			server.set(c.breakIt)
			clock.advance(time.Minute)
			since := clock.Now()
			refresh(t, live)
			wantHosts(t, live, "10.0.0.1")
			clock.advance(22 * time.Hour)
			refresh(t, live)
			wantHosts(t, live, "10.0.0.1")
			warnings := live.Warnings()
			if len(warnings) != 1 || warnings[0].Reason.Code != c.code {
				t.Fatalf("warnings = %+v", warnings)
			}
			warnings[0].Reason = model.Reason{}
			want := inventory.Warning{Name: "c.test", Clients: []string{"c"}, Since: since, Kept: 1, Until: good.Add(inventory.Keep)}
			if diff := cmp.Diff(want, warnings[0]); diff != "" {
				t.Errorf("warning (-want +got):\n%s", diff)
			}
			clock.advance(2 * time.Hour)
			refresh(t, live)
			wantHosts(t, live)
			if w := live.Warnings(); len(w) != 1 || w[0].Kept != 0 || !w[0].Since.Equal(since) {
				t.Errorf("warnings at the end = %+v", w)
			}
			server.set(func(n *nameserver) { n.down, n.zone["c.test."] = false, []string{"10.0.0.4"} })
			refresh(t, live)
			wantHosts(t, live, "10.0.0.4")
			wantNoWarning(t, live)
		})
	}
}

func TestOneFamilyFailing(t *testing.T) {
	server, resolver := startDNS(t, map[string][]string{"c.test.": {"10.0.0.1", "2001:db8::1"}})
	live := inventory.NewLive(oneClient(t), inventory.Options{Resolver: resolver})
	refresh(t, live)
	server.set(func(n *nameserver) { n.fail[dns.TypeAAAA] = true })
	refresh(t, live)
	wantHosts(t, live, "10.0.0.1", "2001:db8::1")
	if w := live.Warnings(); len(w) != 1 || w[0].Reason.Code != model.ReasonDNS {
		t.Errorf("no warning about a missing IPv6 answer: %+v", w)
	}
	server.set(func(n *nameserver) { n.fail[dns.TypeAAAA], n.zone["c.test."] = false, []string{"10.0.0.1"} })
	refresh(t, live)
	wantHosts(t, live, "10.0.0.1")
	server.set(func(n *nameserver) { n.fail[dns.TypeAAAA] = true })
	refresh(t, live)
	wantNoWarning(t, live) // there is no IPv6 address there
}

func TestARestartWhileDNSIsDownKeepsTheHosts(t *testing.T) {
	server, resolver := startDNS(t, map[string][]string{"c.test.": {"10.0.0.1"}})
	clock, store := newClock(), &memory{}
	opts := inventory.Options{Resolver: resolver, Answers: store, Now: clock.Now}
	refresh(t, inventory.NewLive(oneClient(t), opts))
	server.set(func(n *nameserver) { n.down = true })
	clock.advance(20 * time.Hour)
	again := inventory.NewLive(oneClient(t), opts)
	if err := again.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantHosts(t, again, "10.0.0.1")

	clock.advance(5 * time.Hour) // the day counts from the answer, not from the restart
	late := inventory.NewLive(oneClient(t), opts)
	if err := late.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantHosts(t, late)
}

// TestRecall takes up what another process knew: names that this one has no answer for, without asking, and none of what it knows better.
func TestRecall(t *testing.T) {
	server, resolver := startDNS(t, map[string][]string{"c.test.": {"10.0.0.1"}})
	clock, store := newClock(), &memory{}
	refresh(t, inventory.NewLive(oneClient(t), inventory.Options{Resolver: resolver, Answers: store, Now: clock.Now})) // the leader
	server.set(func(n *nameserver) { n.down = true })
	offline := inventory.NewLive(oneClient(t), inventory.Options{Resolver: resolver, Answers: store, Now: clock.Now})
	if err := offline.Recall(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantHosts(t, offline, "10.0.0.1")

	server.set(func(n *nameserver) { n.down, n.zone["c.test."] = false, []string{"10.0.0.2"} })
	knows := inventory.NewLive(oneClient(t), inventory.Options{Resolver: resolver, Answers: &readOnly{store}, Now: clock.Now})
	refresh(t, knows)
	if err := knows.Recall(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantHosts(t, knows, "10.0.0.2")
}

// readOnly is an AnswerStore of a process that does not lead: what it saves goes nowhere.
type readOnly struct{ inventory.AnswerStore }

func (readOnly) SaveAnswers(context.Context, []model.DNSAnswer) error { return nil }

// resolverFunc is a Resolver.
type resolverFunc func(ctx context.Context, network, host string) ([]netip.Addr, error)

func (f resolverFunc) LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error) {
	return f(ctx, network, host)
}
