package fleet

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// Plan is what a fleet has.
type Plan struct {
	Services []Service // every host has them all
	Hosts    []Host
	Stubs    []Stub
	Switches bool // each service has a switch of its own too, for all hosts at once
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

// Stub stands for something that small sites depend on besides web pages.
type Stub struct {
	Name    string
	Address string       // host:port; "" listens nowhere: it is only a switch
	Path    string       // of an HTTP service; "" is a port that takes connections
	Good    string       // what the service answers
	Bad     string       // what it answers when Broken or Denied
	Group   string       // what it belongs to, for whoever shows it; may be ""
	Modes   []Mode       // besides OK
	Kind    Kind         // default KindCheck
	Handler http.Handler // of an HTTP service that answers for itself, in place of Path
}

// Client is a customer, the services it uses and the hosts these run on.
type Client struct {
	Name     string
	Tier     string // "gold" or "normal"
	Services []string
	Hosts    []string
	MinUp    int
	Runbook  string   // "" is none
	Contacts []string // whom to call
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

// Clients are the customers. web7 serves two of them: one host's failure may be felt in several places.
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
	MainDB  = "main-db" // a port that takes connections
	Licence = "licence" // answers {"expiration_time":{"is_available":true}} on LicencePath
)

// LicencePath is the page of the licence server; LicenceOK is what it holds while the licence is valid.
const (
	LicencePath = "/licence.json"
	LicenceOK   = `"is_available":true`
)

// What a licence server says.
const (
	licenceGood = `{"licence":"recognition","expiration_time":{"is_available":true}}`
	licenceBad  = `{"licence":"recognition","expiration_time":{"is_available":false}}`
)

// Hosting is a small hosting company: nine hosts, three customers, a database and a licence server. The addresses are of
// 127/8, and such that nothing else is likely to use them.
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

// build makes the machines of a plan: hosts, then stubs, then the switches of services.
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
		m.sites = []*site{{address: s.Address, handler: http.NotFoundHandler()}} // it only has to take connections
	default:
		m.sites = []*site{{address: s.Address, handler: &oracle{machine: m, stub: s, slow: slow}}}
	}
	return m
}
