package impact_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"opsbot/impact"
	"opsbot/model"
)

var began = time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)

// grid is an inventory of clients with services on hosts, with the state of each endpoint.
type grid struct {
	inv  *model.Inventory
	seen map[model.CheckID]model.EndpointState
}

func (g *grid) see(c *model.Check) model.EndpointState { return g.seen[c.ID] }

func (g *grid) assess(hosts ...string) model.Impact {
	return impact.Assess(g.inv, model.ImpactQuestion{Hosts: hosts, Began: began, See: g.see})
}

var endpointStates = map[byte]model.EndpointState{
	'+': {Status: model.StatusOK, Fresh: true},
	'-': {Status: model.StatusFail, Fresh: true, Since: began.Add(time.Second)},
	'x': {Status: model.StatusFail, Fresh: true, Since: began.Add(-72 * time.Hour)}, // for three days
	'?': {Status: model.StatusUnknown, Fresh: true, Since: began.Add(time.Second)},
	'.': {Status: model.StatusOK}, // no result since
}

// fleet parses "A/web gold 2: h1+ h2-": client A's service that needs two, and the state of each endpoint.
func fleet(lines ...string) *grid {
	g := &grid{seen: map[model.CheckID]model.EndpointState{}}
	var clients []model.Client
	var services []model.Service
	var hosts []model.Host
	var checks []*model.Check
	for _, line := range lines {
		var client, service, tier string
		var need int
		var on [4]string
		_, _ = fmt.Sscanf(line, "%1s/%s %s %d %s %s %s %s", &client, &service, &tier, &need, &on[0], &on[1], &on[2], &on[3]) // fewer hosts are fine
		key := model.ServiceKey{Client: client, Service: service}
		clients = append(clients, model.Client{Name: client, Tier: tier})
		services = append(services, model.Service{ServiceKey: key, MinUp: model.MinUp{Count: need}, ErrThreshold: 10, Tier: tier})
		for _, h := range on {
			if h == "" {
				continue
			}
			host := h[:len(h)-1]
			hosts = append(hosts, model.Host{Name: host})
			c := &model.Check{Endpoint: &model.Endpoint{ServiceKey: key, Host: host}}
			c.ID = c.Endpoint.ID()
			checks = append(checks, c)
			g.seen[c.ID] = endpointStates[h[len(h)-1]]
		}
	}
	g.inv = model.NewInventory(clients, services, hosts, checks)
	return g
}

func services(all []model.ServiceImpact) string {
	out := ""
	for i := range all {
		s := &all[i]
		out += fmt.Sprintf("%s %s, else %s; ", s.ServiceKey, s.Verdict, s.Without)
	}
	return out
}

func TestAssess(t *testing.T) {
	cases := []struct {
		name             string
		fleet            []string
		affected, before string
		clients          string // affected, down, spared
	}{
		{
			"down, degraded and untouched",
			[]string{"A/web gold 1 h1- h2-", "B/web normal 1 h2- h3+ h4+", "C/web normal 1 h9+"},
			"A/web down, else ok; B/web degraded, else ok; ", "", "2 1 0",
		},
		{"one more and it is down", []string{"A/web gold 2 h1- h3+ h4+"}, "A/web at_risk, else ok; ", "", "1 0 0"},
		{"broken for days, and no worse", []string{"A/web gold 1 h1x h2x h3+"}, "", "A/web at_risk, else at_risk; ", "0 0 1"},
		{"down for days, and now one more", []string{"A/web gold 2 h1- h3x h4x"}, "", "A/web down, else down; ", "0 0 1"},
		{"degraded for days, and now down", []string{"A/web gold 2 h1- h3x h4+"}, "A/web down, else at_risk; ", "", "1 1 0"},
		{"what could not be checked is never fine", []string{"A/web gold 1 h1? h2?"}, "A/web unknown, else ok; ", "", "1 0 0"},
		{"what has no result since is never fine", []string{"A/web gold 1 h1. h2."}, "A/web unknown, else ok; ", "", "1 0 0"},
		{"elsewhere the last result counts", []string{"A/web normal 1 h1+ h9."}, "", "", "0 0 1"},
		{"it works after all", []string{"A/web gold 1 h1+ h2+"}, "", "", "0 0 1"},
		{"what broke elsewhere is not attributed to it", []string{"A/web gold 1 h1+ h9-"}, "", "A/web at_risk, else at_risk; ", "0 0 1"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := fleet(c.fleet...).assess("h1", "h2")
			if a := services(got.Services); a != c.affected {
				t.Errorf("affected: %q, want %q", a, c.affected)
			}
			if b := services(got.Before); b != c.before {
				t.Errorf("before: %q, want %q", b, c.before)
			}
			if n := fmt.Sprint(got.Clients, got.Down, got.Spared); n != c.clients {
				t.Errorf("clients affected, down, spared: %s, want %s", n, c.clients)
			}
		})
	}
}

func TestVerifiesHosts(t *testing.T) {
	g := fleet("A/web gold 1 down- up+ half- odd?", "B/web gold 1 down- up+ half+ odd+", "C/web gold 1 new. lost- lone?", "D/web gold 1 lost?")
	got := map[string]model.Verification{}
	for _, h := range g.assess("down", "up", "half", "odd", "new", "lost", "lone", "bare").Hosts {
		got[h.Host] = h.Verification
	}
	want := map[string]model.Verification{
		"down": model.VerifyConfirmed, "up": model.VerifyRefuted, "half": model.VerifyPartly, "odd": model.VerifyUnchecked, "new": model.VerifyPending,
		"lost": model.VerifyConfirmed, "lone": model.VerifyUnchecked, "bare": model.VerifyBare,
	}
	for host, look := range want {
		if got[host] != look {
			t.Errorf("%s: %s, want %s", host, got[host], look)
		}
	}
}

func TestCauseOfWhatBroke(t *testing.T) {
	g := fleet("A/web gold 1 h1- h2- h3-", "B/web gold 1 h1- h9+", "C/web gold 1 h8+ h9+")
	got := impact.Assess(g.inv, model.ImpactQuestion{Hosts: []string{"h1", "h2", "h3"}, Began: began, See: g.see, Cause: true})
	if got.Cause == nil || !slices.Equal(got.Cause.Labels, []string{"host=h1", "host=h2", "host=h3"}) {
		t.Errorf("%+v", got.Cause)
	}
}

// Whatever the states, each service is as a naive count finds it, and nothing that the hosts do not carry is in the answer.
// What is attributed to them is better without their failures.
func TestAssessAgreesWithACountByHand(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		g, keys := randomGrid(rt)
		hosts := rapid.SliceOfDistinct(rapid.SampledFrom([]string{"h0", "h1", "h2", "h3", "h4", "nowhere"}), func(h string) string { return h }).Draw(rt, "hosts")
		limited := rapid.Bool().Draw(rt, "limited")
		scope := model.Scope{Limited: limited}
		if limited {
			scope.Clients = []string{"c0"}
		}
		out := impact.Assess(g.inv, model.ImpactQuestion{Hosts: hosts, Began: began, See: g.see, Scope: scope})
		got := map[model.ServiceKey]model.ServiceImpact{}
		for _, s := range slices.Concat(out.Services, out.Before) {
			got[s.ServiceKey] = s
		}
		clients := map[string]string{}
		for _, key := range keys {
			now, without, reached := g.count(key, hosts)
			if limited && key.Client != "c0" {
				reached = false
			}
			s, there := got[key]
			if want := reached && (now > without || now != model.VerdictOK); there != want {
				rt.Fatalf("%s: listed %v, want %v", key, there, want)
			}
			if there && (s.Verdict != now || s.Without != without) {
				rt.Fatalf("%s: %s, else %s; counted %s, else %s", key, s.Verdict, s.Without, now, without)
			}
			switch {
			case reached && now > without && now == model.VerdictDown:
				clients[key.Client] = "down"
			case reached && now > without && clients[key.Client] != "down":
				clients[key.Client] = "affected"
			case reached && clients[key.Client] == "":
				clients[key.Client] = "spared"
			}
		}
		counts := map[string]int{}
		for _, how := range clients {
			counts[how]++
		}
		if out.Down != counts["down"] || out.Clients != counts["down"]+counts["affected"] || out.Spared != counts["spared"] {
			rt.Fatalf("affected %d, down %d, spared %d; counted %v", out.Clients, out.Down, out.Spared, counts)
		}
	})
}

func randomGrid(rt *rapid.T) (*grid, []model.ServiceKey) {
	g := &grid{seen: map[model.CheckID]model.EndpointState{}}
	var services []model.Service
	var hosts []model.Host
	var checks []*model.Check
	var keys []model.ServiceKey
	for h := range 5 {
		hosts = append(hosts, model.Host{Name: fmt.Sprint("h", h)})
	}
	for c := range 3 {
		for s := range 2 {
			key := model.ServiceKey{Client: fmt.Sprint("c", c), Service: fmt.Sprint("s", s)}
			keys = append(keys, key)
			services = append(services, model.Service{
				ServiceKey: key, MinUp: model.MinUp{Count: rapid.IntRange(1, 3).Draw(rt, "min")}, ErrThreshold: 10,
			})
			for h := range 5 {
				if how := rapid.SampledFrom([]byte(" +-x?.")).Draw(rt, "look"); how != ' ' {
					check := &model.Check{Endpoint: &model.Endpoint{ServiceKey: key, Host: fmt.Sprint("h", h)}}
					check.ID = check.Endpoint.ID()
					g.seen[check.ID] = endpointStates[how]
					checks = append(checks, check)
				}
			}
		}
	}
	g.inv = model.NewInventory([]model.Client{{Name: "c0"}, {Name: "c1"}, {Name: "c2"}}, services, hosts, checks)
	return g, keys
}

// count is the brute-force oracle: it knows states only.
func (g *grid) count(key model.ServiceKey, hosts []string) (now, without model.Verdict, reached bool) {
	var up, failed, unknown, total, saved int // saved: without the failures attributed to the hosts
	var savedFailed, savedUnknown int
	for id, l := range g.seen {
		var host string
		for h := range 5 {
			if id == model.EndpointCheckID(key.Client, key.Service, fmt.Sprint("h", h)) {
				host = fmt.Sprint("h", h)
			}
		}
		if host == "" {
			continue
		}
		total++
		here := slices.Contains(hosts, host)
		reached = reached || here
		switch {
		case l == endpointStates['?'], here && l == endpointStates['.']:
			unknown++
			if here {
				saved, savedUnknown = saved+1, savedUnknown+1
			}
		case l == endpointStates['-']:
			failed++
			if here {
				saved, savedFailed = saved+1, savedFailed+1
			}
		case l == endpointStates['x']:
			failed++
		default:
			up++
		}
	}
	if total == 0 {
		return 0, 0, false
	}
	service, _ := g.inv.Service(key)
	now = verdictOf(up, failed, unknown, service.MinUp.Count)
	without = verdictOf(up+saved, failed-savedFailed, unknown-savedUnknown, service.MinUp.Count)
	return now, without, reached
}

// verdictOf is the table of the documentation, with a threshold of 10%.
func verdictOf(up, failed, unknown, need int) model.Verdict {
	switch {
	case up+unknown < need:
		return model.VerdictDown
	case up < need:
		return model.VerdictUnknown
	case failed >= 1 && up-1 < need:
		return model.VerdictAtRisk
	case failed >= 1 && float64(failed)/float64(up+failed) >= 0.1:
		return model.VerdictDegraded
	default:
		return model.VerdictOK
	}
}

// BenchmarkAssess uses the inventory of benchmark 5 with every host broken: 5,000 hosts, 2,000 clients, 20,000 endpoints.
func BenchmarkAssess(b *testing.B) {
	for _, cause := range []bool{false, true} {
		b.Run(fmt.Sprintf("cause=%v", cause), func(b *testing.B) {
			inv, hosts := big()
			q := model.ImpactQuestion{Hosts: hosts, Began: began, Cause: cause, See: func(c *model.Check) model.EndpointState {
				if c.Endpoint.Host < "h2" {
					return endpointStates['-']
				}
				return endpointStates['+']
			}}
			for b.Loop() {
				if got := impact.Assess(inv, q); got.Total != 20000 {
					b.Fatal(got.Total)
				}
			}
		})
	}
}

func big() (*model.Inventory, []string) {
	var clients []model.Client
	var services []model.Service
	var hosts []model.Host
	var checks []*model.Check
	var names []string
	for h := range 5000 {
		names = append(names, fmt.Sprint("h", h))
		hosts = append(hosts, model.Host{Name: names[h]})
	}
	for c := range 2000 {
		clients = append(clients, model.Client{Name: fmt.Sprint("c", c)})
		for s := range 2 {
			key := model.ServiceKey{Client: fmt.Sprint("c", c), Service: fmt.Sprint("s", s)}
			services = append(services, model.Service{ServiceKey: key, MinUp: model.MinUp{Count: 2}, ErrThreshold: 10})
			for k := range 5 {
				h := (c*5 + k + s*7) % 5000
				check := &model.Check{Endpoint: &model.Endpoint{ServiceKey: key, Host: names[h]}, Labels: model.Labels{"dc": fmt.Sprint(h % 3), "rack": fmt.Sprint(h % 97)}}
				check.ID = check.Endpoint.ID()
				checks = append(checks, check)
			}
		}
	}
	return model.NewInventory(clients, services, hosts, checks), names
}
