package fleet

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// Plan describes a fleet.
type Plan struct {
	Services []Service // of every host
	Hosts    []Host
	Stubs    []Stub
	Switches bool // each service also has a switch for all hosts at once
}

// Service is a web service: every host has it, on the same port.
type Service struct {
	Name string
	Port int
	Path string
}

// Host is a machine with the services of the plan.
type Host struct {
	Name    string
	Address string // an address of 127/8
	Labels  map[string]string
	Clients []string // who uses it
	Modes   []Mode   // besides OK; nil: Killed, Sick, Hung, Slow
}

// Stub replaces a dependency of small sites other than web pages.
type Stub struct {
	Name    string
	Address string       // host:port; "" is without a listener: it is only a switch
	Path    string       // of an HTTP service; "" is a port that accepts connections
	Good    string       // the service's answer
	Bad     string       // its answer when Broken or Denied
	Group   string       // group for display; may be ""
	Modes   []Mode       // besides OK
	Kind    Kind         // default KindCheck
	Handler http.Handler // of an HTTP service with answers of its own, instead of Path
}

// Client is a customer, its services and their hosts.
type Client struct {
	Name     string
	Tier     string // "gold" or "normal"
	Services []string
	Hosts    []string
	MinUp    int
	Runbook  string   // "" is none
	Contacts []string // phone numbers or names to call
}

// usualServices are the four of the company's standard installation, with their ports.
func usualServices() []Service {
	return []Service{
		{Name: "reports", Port: 8801, Path: "/reports.html"},
		{Name: "support", Port: 8802, Path: "/support.html"},
		{Name: "analytics", Port: 8803, Path: "/analytics.html"},
		{Name: "store", Port: 8804, Path: "/store.html"},
	}
}

// Clients are the customers. web7 serves two of them: one host's failure may affect several.
func Clients() []Client {
	return []Client{
		{
			Name: "clientA", Tier: "gold", MinUp: 2, Hosts: []string{"web1", "web2", "web3", "web4"},
			Services: []string{"reports", "support", "analytics", "store"},
			Runbook:  "https://wiki.example.com/clientA", Contacts: []string{"+7 495 000-00-00, duty manager of clientA"},
		},
		{Name: "clientB", Tier: "normal", MinUp: 1, Hosts: []string{"web5", "web6", "web7"}, Services: []string{"reports", "store"}},
		{Name: "clientC", Tier: "normal", MinUp: 1, Hosts: []string{"web7", "web8", "web9"}, Services: []string{"reports", "support"}},
	}
}

// The stubs of the hosting company.
const (
	MainDB  = "main-db" // a port that accepts connections
	Licence = "licence" // answers {"expiration_time":{"is_available":true}} on LicencePath
)

// LicencePath is the page of the licence server; LicenceOK is in its answer while the licence is valid.
const (
	LicencePath = "/licence.json"
	LicenceOK   = `"is_available":true`
)

// Answers of a licence server.
const (
	licenceGood = `{"licence":"recognition","expiration_time":{"is_available":true}}`
	licenceBad  = `{"licence":"recognition","expiration_time":{"is_available":false}}`
)

// Hosting is a small hosting company: nine hosts, three customers, a database and a licence server. The addresses are in
// 127/8, unlikely to be used by anything else.
func Hosting() Plan {
	p := Plan{Services: usualServices(), Stubs: []Stub{
		{Name: MainDB, Address: "127.0.88.101:5432", Modes: []Mode{Killed}},
		{Name: Licence, Address: "127.0.88.102:8090", Path: LicencePath, Good: licenceGood, Bad: licenceBad, Modes: []Mode{Broken, Killed}},
	}}
	for n := 1; n <= 9; n++ {
		name, dc := fmt.Sprintf("web%d", n), "fra1"
		if n > 5 {
			dc = "msk1"
		}
		p.Hosts = append(p.Hosts, Host{
			Name: name, Address: fmt.Sprintf("127.0.88.%d", n), Clients: usersOf(name),
			Labels: map[string]string{"dc": dc, "rack": fmt.Sprintf("r%d", (n+1)/2), "role": "web"},
		})
	}
	return p
}

func usersOf(host string) []string {
	var names []string
	for _, c := range Clients() {
		if slices.Contains(c.Hosts, host) {
			names = append(names, c.Name)
		}
	}
	return names
}

// build creates the machines of a plan: hosts, then stubs, then the switches of services.
func (f *Fleet) build(p Plan) []*machine {
	f.services, f.hosts = slices.Clone(p.Services), len(p.Hosts)
	var switches []*machine
	if p.Switches {
		for _, s := range p.Services {
			one := newMachine(s.Name, KindService, "")
			one.modes = []Mode{OK, Sick}
			switches = append(switches, one)
		}
	}
	machines := make([]*machine, 0, len(p.Hosts)+len(p.Stubs)+len(switches))
	for _, h := range p.Hosts {
		m := newMachine(h.Name, KindHost, h.Address)
		m.labels, m.clients = h.Labels, h.Clients
		m.journal = newJournal(f.logs, h.Name, f.now)
		m.modes = append([]Mode{OK}, h.Modes...)
		if h.Modes == nil {
			m.modes = []Mode{OK, Killed, Sick, Hung, Slow}
		}
		for i, s := range f.services {
			one := &website{machine: m, service: s, first: i == 0, slow: f.slow}
			if p.Switches {
				one.all = switches[i]
			}
			m.sites = append(m.sites, &site{address: m.at(s.Port), handler: one})
		}
		machines = append(machines, m)
	}
	for _, s := range p.Stubs {
		machines = append(machines, newStub(s, f.slow))
	}
	return append(machines, switches...)
}

func newStub(s Stub, slow time.Duration) *machine {
	m := newMachine(s.Name, cmp.Or(s.Kind, KindCheck), s.Address)
	m.modes = append([]Mode{OK}, s.Modes...)
	if s.Group != "" {
		m.clients = []string{s.Group}
	}
	switch {
	case s.Address == "":
	case s.Handler != nil:
		m.sites = []*site{{address: s.Address, handler: s.Handler}}
	case s.Path == "":
		m.sites = []*site{{address: s.Address, handler: http.NotFoundHandler()}} // it only has to accept connections
	default:
		m.sites = []*site{{address: s.Address, handler: &oracle{machine: m, stub: s, slow: slow}}}
	}
	return m
}
