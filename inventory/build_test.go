package inventory_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"opsbot/inventory"
	"opsbot/model"
)

func TestHostsComeFromEverywhere(t *testing.T) {
	d := inventory.Declared{
		Services: []model.ServiceSpec{service("reports", 8801)},
		Hosts: []model.HostSpec{
			{Name: "web1", Address: "10.0.0.5", Aliases: []string{"web1.example.com"}, Labels: model.Labels{"dc": "fra1", "role": "web"}},
			{Name: "web2", Address: "10.0.0.6", Labels: model.Labels{"dc": "fra1", "role": "db"}},
			{Name: "byname.example.com"},
		},
		Clients: []model.ClientSpec{
			{Name: "alias", Hosts: []string{"WEB1.example.com", "web1", "10.0.0.5"}, Services: []string{"reports"}},
			{Name: "label", Hosts: []string{"dc=fra1,role=web"}, Services: []string{"reports"}},
			{Name: "address", Hosts: []string{"10.0.0.7", "2001:db8::7"}, Services: []string{"reports"}},
			{Name: "dns", Domains: []string{"Customer1.Test.com."}, Services: []string{"reports"}},
			{Name: "named", Hosts: []string{"byname.example.com"}, Services: []string{"reports"}},
		},
	}
	inv := source(t, d).Build(inventory.Addresses{
		"customer1.test.com": addrs("10.0.0.6", "10.0.0.9"),
		"byname.example.com": addrs("10.0.0.8", "10.0.0.99"),
	})
	want := []string{
		"address/reports@10.0.0.7", "address/reports@2001:db8::7", "alias/reports@web1", "dns/reports@10.0.0.9",
		"dns/reports@web2", "label/reports@web1", "named/reports@byname.example.com",
	}
	if diff := cmp.Diff(want, checkIDs(inv)); diff != "" {
		t.Errorf("endpoints (-want +got):\n%s", diff)
	}
	if _, ok := inv.Check("main-db"); !ok {
		t.Error("the standalone check is missing")
	}
	if h, _ := inv.Host("byname.example.com"); h.Address != "10.0.0.8" {
		t.Errorf("host by name = %+v", h)
	}
}

func TestEndpointURLs(t *testing.T) {
	url := func(text string) *model.URLTemplate { return new(model.URLTemplate(text)) }
	for name, c := range map[string]struct {
		host, domain        string
		url                 *model.URLTemplate
		want, dial, servers string
	}{
		"default":             {"10.0.0.5", "c.test", nil, "http://10.0.0.5:8801/", "10.0.0.5:8801", "c.test"},
		"default, no domain":  {"web1", "", nil, "http://10.0.0.1:8801/", "10.0.0.1:8801", "10.0.0.1"},
		"a host with a name":  {"web2.example.com", "", nil, "http://10.0.0.2:8801/", "10.0.0.2:8801", "web2.example.com"},
		"IPv6":                {"2001:db8::1", "c.test", nil, "http://[2001:db8::1]:8801/", "[2001:db8::1]:8801", "c.test"},
		"the domain's name":   {"10.0.0.5", "c.test", url("https://{domain}/x"), "https://c.test/x", "10.0.0.5:443", "c.test"},
		"a name of its own":   {"10.0.0.5", "c.test", url("http://www.test:81/{client}"), "http://www.test:81/cl", "10.0.0.5:81", "www.test"},
		"in other letters":    {"10.0.0.5", "", url("https://пример.рф/"), "https://пример.рф/", "10.0.0.5:443", "xn--e1afmkfd.xn--p1ai"},
		"no port, plain http": {"10.0.0.5", "", url("http://{host}/"), "http://10.0.0.5/", "10.0.0.5:80", "10.0.0.5"},
	} {
		t.Run(name, func(t *testing.T) {
			s := service("reports", 8801)
			s.URL = c.url
			client := model.ClientSpec{Name: "cl", Hosts: []string{c.host}, Services: []string{"reports"}}
			if c.domain != "" {
				client.Domains = []string{c.domain}
			}
			inv := source(t, inventory.Declared{
				Services: []model.ServiceSpec{s}, Clients: []model.ClientSpec{client},
				Hosts: []model.HostSpec{{Name: "web1", Address: "10.0.0.1"}, {Name: "web2.example.com", Address: "10.0.0.2"}},
			}).Build(nil)
			e := inv.ChecksOfClient("cl")[0].Endpoint
			if e.URL != c.want || e.Address != c.dial || e.ServerName != c.servers {
				t.Errorf("url %s dial %s server %s, want %s %s %s", e.URL, e.Address, e.ServerName, c.want, c.dial, c.servers)
			}
		})
	}
}

func TestTheNearestLevelWins(t *testing.T) {
	s := service("reports", 1)
	s.Timeout = new(model.Duration(time.Second))
	s.Comment, s.Tier = new("service"), "silver"
	group := model.GroupSpec{Name: "g", Services: []string{"reports"}, Labels: model.Labels{"region": "eu", "kind": "group"}}
	group.Comment = new("group")
	group.Contacts, group.Runbook = []string{"duty"}, "https://wiki"
	client := model.ClientSpec{Name: "c", Group: "g", Hosts: []string{"h"}, Labels: model.Labels{"kind": "client"}}
	client.Retries = new(1)
	override := model.ClientServiceSpec{}
	override.Port, override.MinUp, override.Retries = new(2), new(model.MinUp{Count: 2}), new(2)
	client.Service = map[string]model.ClientServiceSpec{"reports": override}
	host := model.HostSpec{Name: "h", Address: "10.0.0.1", Labels: model.Labels{"kind": "host"}}
	host.Retries = new(3)
	inv := source(t, inventory.Declared{
		Services: []model.ServiceSpec{s}, Groups: []model.GroupSpec{group}, Clients: []model.ClientSpec{client}, Hosts: []model.HostSpec{host},
	}).Build(nil)

	e := inv.ChecksOfHost("h")[0].Endpoint
	if e.Timeout != time.Second || e.Comment != "group" || e.Retries != 3 || e.URL != "http://10.0.0.1:2/" || e.Failures.N != 2 {
		t.Errorf("endpoint = %+v", e)
	}
	if diff := cmp.Diff(model.Labels{"region": "eu", "kind": "host"}, e.Labels); diff != "" {
		t.Errorf("labels (-want +got):\n%s", diff)
	}
	got, _ := inv.Service(e.ServiceKey)
	want := model.Service{ServiceKey: e.ServiceKey, MinUp: model.MinUp{Count: 2}, ErrThreshold: 10, Tier: "silver"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("service (-want +got):\n%s", diff)
	}
	c, _ := inv.Client("c")
	if c.Tier != "normal" || c.Runbook != "https://wiki" || len(c.Contacts) != 1 {
		t.Errorf("client = %+v", c)
	}
}

func TestAServiceOnSomeHostsOnly(t *testing.T) {
	client := model.ClientSpec{Name: "c", Domains: []string{"c.test"}, Hosts: []string{"10.0.0.1"}, Services: []string{"a", "b"}}
	client.Service = map[string]model.ClientServiceSpec{"b": {Hosts: []string{"c.test"}}}
	inv := source(t, inventory.Declared{
		Services: []model.ServiceSpec{service("a", 1), service("b", 2)}, Clients: []model.ClientSpec{client},
	}).Build(inventory.Addresses{"c.test": addrs("10.0.0.2")})
	if diff := cmp.Diff([]string{"c/a@10.0.0.1", "c/a@10.0.0.2", "c/b@10.0.0.2"}, checkIDs(inv)); diff != "" {
		t.Errorf("endpoints (-want +got):\n%s", diff)
	}
}

func TestHostsThatTurnOutToBeOne(t *testing.T) {
	inv := source(t, inventory.Declared{
		Services: []model.ServiceSpec{service("a", 1)},
		Hosts:    []model.HostSpec{{Name: "alpha.example.com"}, {Name: "web1", Address: "10.0.0.1"}},
		Clients:  []model.ClientSpec{{Name: "c", Hosts: []string{"alpha.example.com", "web1"}, Services: []string{"a"}}},
	}).Build(inventory.Addresses{"alpha.example.com": addrs("10.0.0.1")})
	if diff := cmp.Diff([]string{"c/a@web1"}, checkIDs(inv)); diff != "" {
		t.Errorf("endpoints (-want +got):\n%s", diff)
	}
	if h, _ := inv.Host("web1"); len(h.Aliases) != 1 || h.Aliases[0] != "alpha.example.com" {
		t.Errorf("host = %+v", h)
	}
}

func TestCompileSaysEverythingThatIsWrong(t *testing.T) {
	at := func(line int) model.Place { return model.Place{File: "f", Line: line} }
	noPort := model.ServiceSpec{Name: "noport", At: at(1)}
	domainURL := model.ServiceSpec{Name: "bydomain"}
	domainURL.URL = new(model.URLTemplate("http://{domain}/"))
	_, err := inventory.Compile(inventory.Declared{
		Services: []model.ServiceSpec{noPort, domainURL, service("reports", 1)},
		Hosts: []model.HostSpec{
			{Name: "web1", Address: "10.0.0.1", At: at(2)},
			{Name: "web2", Address: "10.0.0.1", At: at(3)},
			{Name: "web3", Address: "not an address", At: at(4)},
			{Name: "10.0.0.9", Address: "10.0.0.8", At: at(5)},
			{Name: "web4", Address: "10.0.0.4", Aliases: []string{"WEB1", "a/b"}, At: at(6)},
			{Name: "web1", Address: "10.0.0.77", At: at(7)},
			{Name: "web5", Address: "10.0.0.500", At: at(8)},
		},
		Clients: []model.ClientSpec{
			{Name: "a", Hosts: []string{"wbe1", "dc=none", "dc="}, Services: []string{"reports"}, At: at(10)},
			{Name: "b", Domains: []string{"10.0.0.1", "a b"}, Services: []string{"reprots"}, At: at(11)},
			{Name: "c", Group: "none", At: at(12)},
			{Name: "d", Hosts: []string{"web1"}, Services: []string{"noport", "bydomain"}, At: at(13)},
			{
				Name: "e", Hosts: []string{"web1"}, Services: []string{"reports"}, At: at(14),
				Service: map[string]model.ClientServiceSpec{"noport": {At: at(15)}},
			},
			{Name: "A", At: at(16)},
		},
	})
	got := strings.Split(inEnglish(t, err), "\n")
	want := []string{
		`f:3: host "web2": "10.0.0.1" already means host "web1" at f:2: an address or name belongs to one host`,
		`f:4: host "web3": address "not an address" is neither an IP address nor a name`,
		`f:5: host "10.0.0.9": the name is an IP address other than its address "10.0.0.8": rename the host`,
		`f:6: host "web4": "WEB1" already means host "web1" at f:2: an address or name belongs to one host`,
		`f:6: host "web4": aliases "a/b"` + nameRule,
		`f:7: host "web1": address is "10.0.0.77" here and "10.0.0.1" at f:2: keep one`,
		`f:8: host "web5": address "10.0.0.500" is neither an IP address nor a name`,
		`f:10: client "a": hosts "dc=" is not valid: write it like "dc=fra1,role=web"`,
		`f:10: client "a": hosts "dc=none": no host has these labels`,
		`f:10: client "a": unknown host "wbe1": did you mean "web1"?`,
		`f:11: client "b": domains "10.0.0.1" is an address: write it in hosts`,
		`f:11: client "b": domains "a b" is not a domain name`,
		`f:11: client "b": unknown service "reprots": did you mean "reports"?`,
		`f:12: client "c": services is missing, here and in the group of the client`,
		`f:12: client "c": domains and hosts are missing: set one of them`,
		`f:12: client "c": unknown group "none": none is declared`,
		`f:13: service d/bydomain: url "http://{domain}/" needs a domain, and the client has none`,
		`f:13: service d/noport: port is missing: a service needs port or url`,
		`f:15: client "e": service "noport" is not one of this client; its services: reports`,
		`f:16: "A" is written "a" at f:10: use one spelling`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestUnknownClients(t *testing.T) {
	plan := compile(t, fleet(t, 3))
	place := model.Place{File: "opsbot.toml", Line: 7, Path: "routes[1]"}
	problems := plan.UnknownClients([]model.ClientRef{{Client: "client0001", At: place}, {Client: "clinet0001", At: place}})
	want := `opsbot.toml:7: routes[1]: unknown client "clinet0001": did you mean "client0001"?`
	if got := inEnglish(t, problems); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestALargeFleetLoads loses nothing of one; how fast is BenchmarkLoadFleet's, and a bar of `make bench`.
func TestALargeFleetLoads(t *testing.T) {
	inv := source(t, fleet(t, 2000)).Build(nil)
	if len(inv.Checks()) != 24_001 || len(inv.Hosts()) != 6000 || len(inv.Clients()) != 2000 {
		t.Errorf("%d checks, %d hosts, %d clients", len(inv.Checks()), len(inv.Hosts()), len(inv.Clients()))
	}
}

func BenchmarkLoadFleet(b *testing.B) {
	for b.Loop() {
		source(b, fleet(b, 2000)).Build(nil)
	}
}

// BenchmarkBuildFleet grows with the fleet and no faster: ns/check stays what it is, however many clients there are.
func BenchmarkBuildFleet(b *testing.B) {
	for _, clients := range []int{500, 2000, 8000} {
		b.Run(fmt.Sprint(12*clients, " checks"), func(b *testing.B) {
			s := source(b, fleet(b, clients))
			for b.Loop() {
				s.Build(nil)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(12*clients), "ns/check")
		})
	}
}

func TestAProblemNamesItsThingOnce(t *testing.T) {
	_, err := inventory.Compile(inventory.Declared{
		Services: []model.ServiceSpec{service("a", 1)},
		Clients: []model.ClientSpec{{
			Name: "c", Hosts: []string{"web1"}, Services: []string{"a"}, At: model.Place{File: "f", Line: 3, Path: `clients[1] "c"`},
		}},
	})
	if want := `f:3: clients[1] "c": unknown host "web1": none is declared`; inEnglish(t, err) != want {
		t.Errorf("got  %s\nwant %s", inEnglish(t, err), want)
	}
}
