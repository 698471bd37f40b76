package fleet

import (
	"fmt"
	"slices"
)

// Service is a web service: every host has it, on the same port.
type Service struct {
	Name string
	Port int
	Path string
}

// Client is a customer, the services it uses and the hosts these run on.
type Client struct {
	Name     string
	Tier     string // "gold" or "normal"
	Services []string
	Hosts    []string
	MinUp    int
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
		},
		{Name: "clientB", Tier: "normal", MinUp: 1, Hosts: []string{"web5", "web6", "web7"}, Services: []string{"reports", "store"}},
		{Name: "clientC", Tier: "normal", MinUp: 1, Hosts: []string{"web7", "web8", "web9"}, Services: []string{"reports", "support"}},
	}
}

// The stubs: what seed monitors of small sites watch besides web pages.
const (
	MainDB  = "main-db" // a port that takes connections
	Licence = "licence" // answers {"expiration_time":{"is_available":true}} on LicencePath
)

// LicencePath is the page of the licence server; LicenceOK is what it holds while the licence is valid.
const (
	LicencePath = "/licence.json"
	LicenceOK   = `"is_available":true`
)

// Addresses of 127/8 that nothing else is likely to use.
const (
	hostNet     = "127.0.88."
	mainDBAt    = "127.0.88.101"
	mainDBPort  = 5432
	licenceAt   = "127.0.88.102"
	licencePort = 8090
	hostCount   = 9
)

func (f *Fleet) plan() []*machine {
	machines := make([]*machine, 0, hostCount+2)
	for n := 1; n <= hostCount; n++ {
		dc := "fra1"
		if n > 5 {
			dc = "msk1"
		}
		m := newMachine(fmt.Sprintf("web%d", n), KindHost, fmt.Sprintf("%s%d", hostNet, n))
		m.labels = map[string]string{"dc": dc, "rack": fmt.Sprintf("r%d", (n+1)/2), "role": "web"}
		m.modes = []Mode{OK, Killed, Sick, Hung, Slow}
		for _, s := range f.services {
			m.sites = append(m.sites, m.webSite(s, f.slow))
		}
		machines = append(machines, m)
	}
	db := newMachine(MainDB, KindCheck, mainDBAt)
	db.modes = []Mode{OK, Killed}
	db.sites = []*site{db.socket(mainDBPort)}
	licence := newMachine(Licence, KindCheck, licenceAt)
	licence.modes = []Mode{OK, Broken, Killed}
	licence.sites = []*site{licence.licence(licencePort)}
	return append(machines, db, licence)
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
