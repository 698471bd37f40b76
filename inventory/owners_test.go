package inventory_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"opsbot/inventory"
	"opsbot/model"
)

// TestADomainOwnsNothing tries every way in which a client comes to a host: only a declaration makes it the client's. What DNS leads
// to is tested all the same.
func TestADomainOwnsNothing(t *testing.T) {
	const mine, theirs = "10.0.0.1", "10.0.0.2"
	yes, no := new(true), new(false)
	for name, c := range map[string]struct {
		client   model.ClientSpec
		group    *bool
		endpoint string // of the client; its host
		own      bool
	}{
		"declared":                      {model.ClientSpec{Hosts: []string{"web1"}}, nil, "web1", true},
		"declared by address":           {model.ClientSpec{Hosts: []string{mine}}, nil, "web1", true},
		"declared by label":             {model.ClientSpec{Hosts: []string{"role=web"}}, nil, "web1", true},
		"declared for one service":      {model.ClientSpec{Domains: []string{"x.test"}, Service: map[string]model.ClientServiceSpec{"reports": {Hosts: []string{"web1"}}}}, nil, "web1", true},
		"by DNS, nobody's":              {model.ClientSpec{Domains: []string{"c.test"}}, nil, "web1", false},
		"by DNS and declared":           {model.ClientSpec{Domains: []string{"c.test"}, Hosts: []string{"web1"}}, nil, "web1", true},
		"by DNS that is run here":       {model.ClientSpec{Domains: []string{"c.test"}, OwnsDNS: yes}, nil, "web1", true},
		"by the group's DNS":            {model.ClientSpec{Domains: []string{"c.test"}}, yes, "web1", true},
		"not by its own DNS":            {model.ClientSpec{Domains: []string{"c.test"}, OwnsDNS: no}, yes, "web1", false},
		"by DNS, somebody else's":       {model.ClientSpec{Domains: []string{"stolen.test"}}, nil, theirs, false},
		"by DNS, an unknown host":       {model.ClientSpec{Domains: []string{"alone.test"}}, nil, "10.0.0.9", false},
		"an unknown host, run here":     {model.ClientSpec{Domains: []string{"alone.test"}, OwnsDNS: yes}, nil, "10.0.0.9", true},
		"by hosts, which names the DNS": {model.ClientSpec{Domains: []string{"c.test"}, Hosts: []string{"c.test"}}, nil, "web1", false},
	} {
		t.Run(name, func(t *testing.T) {
			client := c.client
			client.Name, client.Group, client.Services = "clientA", "g", []string{"reports"}
			inv := source(t, inventory.Declared{
				Services: []model.ServiceSpec{service("reports", 80)}, Groups: []model.GroupSpec{{Name: "g", OwnsDNS: c.group}},
				Hosts: []model.HostSpec{
					{Name: "web1", Address: mine, Labels: model.Labels{"role": "web"}},
					{Name: "bank-core", Address: theirs, Aliases: []string{"vault"}, Labels: model.Labels{"rack": "bank"}},
				},
				Clients: []model.ClientSpec{client, {Name: "bank", Hosts: []string{"bank-core"}, Services: []string{"reports"}}},
			}).Build(inventory.Addresses{"c.test": addrs(mine), "stolen.test": addrs(theirs), "alone.test": addrs("10.0.0.9"), "x.test": addrs("10.0.0.8")})

			if got := checkIDs(inv); !slices.Contains(got, "clientA/reports@"+c.endpoint) {
				t.Fatalf("endpoints %q, want one on %s", got, c.endpoint)
			}
			scope, bank := model.ScopeOf([]string{"clientA"}), model.ScopeOf([]string{"bank"})
			if got := inv.HostIsOf(c.endpoint, scope); got != c.own || inv.HostSharedBy(c.endpoint, scope) != c.own {
				t.Errorf("HostIsOf is %v, want %v", got, c.own)
			}
			if !inv.HostIsOf("bank-core", bank) || inv.HostIsOf("bank-core", scope) {
				t.Error("the bank's host is no longer the bank's alone")
			}
			shown := fmt.Sprintf("%+v", inv.ChecksOfClient("clientA")[0].Endpoint)
			if strings.Contains(shown, "bank") || strings.Contains(shown, "vault") {
				t.Errorf("the endpoint knows what is the bank's: %s", shown)
			}
		})
	}
}

// TestAHostOfOthersIsNotFoundByItsAddress: what a client's DNS points at stays, for everybody else, the host that it was.
func TestAHostOfOthersIsNotFoundByItsAddress(t *testing.T) {
	inv := source(t, inventory.Declared{
		Services: []model.ServiceSpec{service("reports", 80)},
		Hosts:    []model.HostSpec{{Name: "bank-core", Address: "10.0.0.2"}},
		Clients: []model.ClientSpec{
			{Name: "bank", Hosts: []string{"bank-core"}, Services: []string{"reports"}},
			{Name: "clientA", Domains: []string{"c.test"}, Services: []string{"reports"}},
		},
	}).Build(inventory.Addresses{"c.test": addrs("10.0.0.2")})
	if got, ok := inventory.NewLocator(inv, nil).Host(&model.Event{Names: []string{"10.0.0.2"}}); !ok || got != "bank-core" {
		t.Errorf("an event is on %q", got)
	}
	if got := inventory.Pick(inv, []string{"10.0.0.2"}); len(got) != 1 || got[0].Name != "bank-core" {
		t.Errorf("picked %+v", got)
	}
	for _, c := range []struct {
		scope model.Scope
		want  string
	}{{model.Scope{}, "bank-core"}, {model.ScopeOf([]string{"bank"}), "bank-core"}, {model.ScopeOf([]string{"clientA"}), "10.0.0.2"}} {
		sel, err := inventory.Resolve(inv, []string{"10.0.0.2"}, c.scope)
		if err != nil || !slices.Equal(sel.Hosts, []string{c.want}) {
			t.Errorf("%+v: %v, %v, want %s", c.scope, sel.Hosts, err, c.want)
		}
	}
	if h, ok := inv.Host("10.0.0.2"); !ok || h.Address != "10.0.0.2" || len(inv.ChecksOfHost(h.Name)) != 1 {
		t.Errorf("the host apart is %+v, %v", h, ok)
	}
}

// TestWhereDNSMayLead walks the special networks: a client's DNS leads to public addresses and to networks that people named.
func TestWhereDNSMayLead(t *testing.T) {
	beside := []model.HostSpec{{Name: "db1", Address: "10.7.7.7"}, {Name: "db2", Address: "fd00::7"}, {Name: "here", Address: "127.0.0.9"}}
	for _, c := range []struct {
		address  string
		allow    []string
		declared bool
		want     bool
	}{
		{address: "203.0.113.5", want: true},
		{address: "2a00:1450::1", want: true},
		{address: "10.0.0.1"},
		{address: "172.16.3.4"},
		{address: "192.168.1.1"},
		{address: "100.64.0.1"},
		{address: "fd12::1"},
		{address: "127.0.0.1"},
		{address: "::1"},
		{address: "169.254.169.254"},
		{address: "fe80::1"},
		{address: "0.0.0.0"},
		{address: "::"},
		{address: "224.0.0.1"},
		{address: "ff02::1"},
		{address: "255.255.255.255"},
		{address: "::ffff:127.0.0.1"},
		{address: "::ffff:10.0.0.1"},
		{address: "10.7.7.8", declared: true, want: true}, // beside a declared host
		{address: "10.7.8.8", declared: true},
		{address: "fd00::8", declared: true, want: true},
		{address: "127.0.0.10", declared: true}, // a declared one opens nothing beside it
		{address: "10.0.0.1", allow: []string{"10.0.0.0/8"}, want: true},
		{address: "127.0.0.1", allow: []string{"127.0.0.0/8"}, want: true},
		{address: "10.7.7.8", allow: []string{"192.168.0.0/16"}, declared: true}, // a list takes the place of the default
		{address: "10.0.0.1", allow: []string{}},
	} {
		d := inventory.Declared{
			Services: []model.ServiceSpec{service("reports", 80)},
			Clients:  []model.ClientSpec{{Name: "c", Domains: []string{"c.test"}, Services: []string{"reports"}}},
			Defaults: defaults(),
		}
		if c.declared {
			d.Hosts = beside
		}
		if c.allow != nil {
			d.DNSAllow = []netip.Prefix{}
		}
		for _, network := range c.allow {
			d.DNSAllow = append(d.DNSAllow, netip.MustParsePrefix(network))
		}
		plan, err := inventory.Compile(d)
		if err != nil {
			t.Fatal(err)
		}
		inv := inventory.Source{Plan: plan, NewCheck: newCheck}.Build(inventory.Addresses{"c.test": addrs(c.address)})
		if got := len(inv.Checks()) == 1; got != c.want {
			t.Errorf("%s with %v, hosts declared %v: tested %v, want %v", c.address, c.allow, c.declared, got, c.want)
		}
	}
}

// TestANameWithTooManyAddresses: the first 32 are hosts, the rest is said, by the domain, until it is over.
func TestANameWithTooManyAddresses(t *testing.T) {
	var many []string
	for i := range 40 {
		many = append(many, fmt.Sprintf("10.0.0.%d", i+1))
	}
	server, resolver := startDNS(t, map[string][]string{"c.test.": append(many, "127.0.0.1")})
	clock := newClock()
	live := inventory.NewLive(oneClient(t), inventory.Options{Resolver: resolver, Now: clock.Now})
	first := clock.Now()
	refresh(t, live)
	if got := len(live.Current().Checks()); got != 32+1 { // and main-db
		t.Errorf("%d checks", got)
	}
	if all := live.Beyond(); len(all) != 1 || len(all[0].Surplus) != 8 || len(all[0].Addresses) != 1 {
		t.Errorf("40 addresses, and one out of reach: %+v", all)
	}
	clock.advance(1)
	server.set(func(n *nameserver) { n.zone["c.test."] = []string{"10.0.0.1", "127.0.0.1"} })
	refresh(t, live)
	all := live.Beyond()
	if len(all) == 1 && len(all[0].Surplus) != 0 {
		t.Errorf("a surplus of %v", all[0].Surplus)
	}
	if len(all) != 1 || all[0].Domain != "c.test" || !slices.Equal(all[0].Clients, []string{"c"}) || len(all[0].Addresses) != 1 || !all[0].Since.Equal(first) {
		t.Errorf("beyond reach: %+v", all)
	}
	server.set(func(n *nameserver) { n.zone["c.test."] = []string{"10.0.0.1"} })
	refresh(t, live)
	if all := live.Beyond(); len(all) != 0 {
		t.Errorf("still beyond reach: %+v", all)
	}
}
