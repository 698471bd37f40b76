package deploy_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"opsbot/app"
	"opsbot/checks"
	"opsbot/impact"
	"opsbot/inventory"
	"opsbot/model"
)

// webFleet is the example's fleet: real servers on loopback addresses, with names that only this test resolves.
type webFleet struct {
	t     *testing.T
	inv   *model.Inventory
	mu    sync.Mutex
	sick  map[string]bool // "127.0.77.1 store": answers 503
	asked map[string]int
}

// names are the DNS records of the example. customer2's shop shares a host with customer1.
var names = inventory.Addresses{
	"customer1.test.com":      {netip.MustParseAddr("127.0.77.1"), netip.MustParseAddr("127.0.77.2"), netip.MustParseAddr("127.0.77.3")},
	"customer2.test.com":      {netip.MustParseAddr("127.0.77.4")},
	"shop.customer2.test.com": {netip.MustParseAddr("127.0.77.3")},
	"customer3.test.com":      {netip.MustParseAddr("127.0.77.5")},
}

func newWebFleet(t *testing.T) *webFleet {
	t.Helper()
	loaded, err := app.Load("examples/web-fleet/opsbot.toml", noEnv)
	if err != nil {
		t.Fatal(err)
	}
	f := &webFleet{t: t, sick: map[string]bool{}, asked: map[string]int{}}
	ports := map[string]string{}
	for _, addrs := range names {
		for _, addr := range addrs {
			for _, service := range []string{"reports", "support", "analytics", "store"} {
				f.serve(addr.String(), service, ports)
			}
		}
	}
	f.inv = inventory.Source{Plan: loaded.Plan, NewCheck: func(e model.Endpoint) *model.Check {
		host, _, _ := net.SplitHostPort(e.Address)
		e.Address = net.JoinHostPort(host, ports[host+" "+e.Service]) // the usual ports may be in use on this machine
		e.Timeout = 5 * time.Second
		return checks.ForEndpoint(e)
	}}.Build(names)
	return f
}

// serve runs one service of one host; it rejects requests with another path or host name.
func (f *webFleet) serve(host, service string, ports map[string]string) {
	if ports[host+" "+service] != "" {
		return
	}
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		f.t.Fatal(err)
	}
	_, ports[host+" "+service], _ = net.SplitHostPort(l.Addr().String())
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.asked[host+" "+service]++
		switch {
		case f.sick[host+" "+service]:
			w.WriteHeader(http.StatusServiceUnavailable)
		case r.URL.Path != "/"+service+".html" || !strings.Contains(r.Host, ".test.com"):
			w.WriteHeader(http.StatusNotFound)
		}
	})}
	var wait sync.WaitGroup
	wait.Go(func() { _ = srv.Serve(l) })
	f.t.Cleanup(func() { _ = srv.Close(); wait.Wait() })
}

func (f *webFleet) breakDown(places ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	clear(f.sick)
	for _, p := range places {
		f.sick[p] = true
	}
}

// findings tests one customer and returns the findings, one per line.
func (f *webFleet) findings(customer string, threshold int) []string {
	f.t.Helper()
	var seen []impact.Observation
	engine := checks.NewEngine(checks.DefaultLimits(), time.Now)
	engine.RunAll(f.t.Context(), checks.OnDemand, f.inv.ChecksOfClient(customer), func(r model.Result) {
		c, _ := f.inv.Check(r.Check)
		seen = append(seen, impact.Observation{ServiceKey: c.Endpoint.ServiceKey, Host: c.Endpoint.Host, Status: r.Status})
	})
	var lines []string
	for _, found := range impact.Findings(seen, threshold) {
		lines = append(lines, fmt.Sprintf("%s %s %s%s", found.Severity, found.Kind, strings.Join(found.Hosts, "+"), strings.Join(found.Services, "+")))
	}
	return lines
}

// TestWebFleetFindsWhatItsModelFound runs the analysis that the example shows, on real servers.
func TestWebFleetFindsWhatItsModelFound(t *testing.T) {
	f := newWebFleet(t)
	const h1, h2, h3 = "127.0.77.1", "127.0.77.2", "127.0.77.3"
	cases := []struct {
		name      string
		broken    []string
		customer  string
		threshold int
		want      []string
	}{
		{"all well", nil, "customer1", 10, nil},
		{"a host is off", []string{h1 + " reports", h1 + " support", h1 + " analytics", h1 + " store"}, "customer1", 10, []string{"critical hosts_down " + h1}},
		{"a service is down on all that is left", []string{
			h1 + " reports", h1 + " support", h1 + " analytics", h1 + " store", h2 + " store", h3 + " store",
		}, "customer1", 10, []string{"critical hosts_down " + h1, "critical services_down store"}},
		{"errors over the threshold", []string{h2 + " reports"}, "customer1", 10, []string{"warning error_level reports"}},
		{"errors below the threshold", []string{h2 + " reports"}, "customer1", 40, nil},
		{"a shared host touches the other customer too", []string{h3 + " support"}, "customer2", 10, []string{"warning error_level support"}},
		{"and nobody else", []string{h3 + " support"}, "customer3", 10, nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f.breakDown(c.broken...)
			if got := f.findings(c.customer, c.threshold); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// Two retries after an error: three attempts, no more, and none after an ok answer.
func TestWebFleetRetriesErrors(t *testing.T) {
	f := newWebFleet(t)
	f.breakDown("127.0.77.5 reports")
	f.findings("customer3", 10)
	f.mu.Lock()
	defer f.mu.Unlock()
	if got := f.asked["127.0.77.5 reports"]; got != 3 {
		t.Errorf("the broken one got %d requests", got)
	}
	if got := f.asked["127.0.77.5 support"]; got != 1 {
		t.Errorf("the good one got %d requests", got)
	}
}
