package model

import (
	"maps"
	"slices"
	"time"
)

// Labels are free key=value pairs: dc=fra1, rack=7. A nil map is no labels.
type Labels map[string]string

// Client is a customer, resolved from the inventory.
type Client struct {
	Name     string
	Domains  []string
	Tier     string // "gold", "normal"; decides how severe "at risk" is
	Contacts []string
	Runbook  string
	Labels   Labels

	ReportTo       []string // mail addresses that receive its reports
	ReportLanguage string   // "" is that of the sender
}

// TierGold is the tier whose services are critical as soon as one more failure would bring them down.
const TierGold = "gold"

// Host is a machine with an address; the same address is the same host for all clients.
type Host struct {
	Name    string // as declared, or the address if it has no name
	Address string // IP address without a port
	Aliases []string
	Labels  Labels
	Apart   bool // an address that a client's domain points at and that others own: nothing of their host is known by it
}

// FoundHost is a host as another system or file lists it, before it is written to an inventory file.
type FoundHost struct {
	Name     string
	Address  string // IP address or a name; "" if unknown
	Aliases  []string
	Client   string // its client; "" if unknown
	Services []string
	Tier     string
	Labels   Labels
}

// ServiceKey names one service of one client.
type ServiceKey struct {
	Client  string `json:"client"`
	Service string `json:"service"`
}

// String returns "clientA/reports".
func (k ServiceKey) String() string { return k.Client + "/" + k.Service }

// Service is one web service as used by one client, every inherited setting resolved.
type Service struct {
	ServiceKey
	MinUp        MinUp
	ErrThreshold int // percent, 1..100
	Tier         string
	SLA          float64 // promised availability in percent of the time; 0 promises nothing
	Runbook      string  // what to do, a link as a rule; "" is none
}

// Endpoint is one service of one client on one host, every inherited setting resolved.
type Endpoint struct {
	ServiceKey
	Host       string          // Host.Name
	URL        string          // requested: scheme, authority, path
	Address    string          // dialled: IP:port
	ServerName string          // Host header and, under TLS, SNI: the client's domain, else the host's name or address
	Method     string          // GET unless set
	Wanted     []CodeRange     // expected status codes; empty means 200 to 299
	Contains   string          // text the body must contain; empty is no condition
	More       EndpointOptions // of kind web or json
	Timeout    time.Duration
	Retries    int
	Schedule   Schedule
	Failures   Limit
	Recoveries int
	Confirm    time.Duration // Check.ConfirmEvery
	Comment    string
	Labels     Labels // client's, overridden by the host's
	ByDNS      bool   // only DNS says that the host is the client's: whoever runs the domain, not whoever declared the host
}

// ID is the id of the endpoint's check.
func (e *Endpoint) ID() CheckID { return EndpointCheckID(e.Client, e.Service, e.Host) }

// CodeRange is an inclusive range of HTTP status codes.
type CodeRange struct{ From, To int }

// Inventory is an immutable view of all clients, services, hosts and checks. Build it with NewInventory; the zero value is
// empty. All methods are safe for concurrent use; what they return must not be changed.
type Inventory struct {
	clients  []Client
	services []Service
	hosts    []Host // Apart ones are not among them
	apart    []Host
	checks   []*Check

	clientAt  map[string]int
	serviceAt map[ServiceKey]int
	hostAt    map[string]int
	checkAt   map[CheckID]int32
	byHost    map[string][]*Check
	byService map[ServiceKey][]*Check
	byClient  map[string][]*Check
	labelled  map[string]int // hosts with a label "rack=r1"
}

// NewInventory indexes resolved objects. Names must be unique in each slice (a later one wins); every check with an Endpoint
// must name a client, service and host of the others. It keeps the slices and sorts them by name.
func NewInventory(clients []Client, services []Service, hosts []Host, checks []*Check) *Inventory {
	slices.SortFunc(clients, func(a, b Client) int { return CompareNatural(a.Name, b.Name) })
	slices.SortFunc(services, func(a, b Service) int { return CompareNatural(a.String(), b.String()) })
	slices.SortFunc(hosts, func(a, b Host) int { return CompareNatural(a.Name, b.Name) })
	slices.SortFunc(checks, func(a, b *Check) int { return CompareNatural(string(a.ID), string(b.ID)) })
	hosts, apart := divided(hosts)
	inv := &Inventory{
		clients: clients, services: services, hosts: hosts, apart: apart, checks: checks,
		clientAt: make(map[string]int, len(clients)), serviceAt: make(map[ServiceKey]int, len(services)),
		hostAt: make(map[string]int, len(hosts)), checkAt: make(map[CheckID]int32, len(checks)),
		byHost: make(map[string][]*Check, len(hosts)), byService: make(map[ServiceKey][]*Check, len(services)),
		byClient: make(map[string][]*Check, len(clients)),
	}
	for i := range clients {
		inv.clientAt[clients[i].Name] = i
	}
	for i := range services {
		inv.serviceAt[services[i].ServiceKey] = i
	}
	inv.labelled = make(map[string]int)
	for i := range hosts {
		inv.hostAt[hosts[i].Name] = i
		for key, value := range hosts[i].Labels {
			inv.labelled[key+"="+value]++
		}
	}
	for i, c := range checks {
		inv.checkAt[c.ID] = int32(i) //nolint:gosec // no memory has room for more
		inv.addEndpoint(c)
	}
	return inv
}

// divided returns the hosts that are Apart last and by themselves.
func divided(hosts []Host) (all, apart []Host) {
	slices.SortStableFunc(hosts, func(a, b Host) int {
		switch {
		case a.Apart == b.Apart:
			return 0
		case b.Apart:
			return -1
		default:
			return 1
		}
	})
	at := slices.IndexFunc(hosts, func(h Host) bool { return h.Apart })
	if at < 0 {
		return hosts, nil
	}
	return hosts[:at:at], hosts[at:]
}

func (inv *Inventory) addEndpoint(c *Check) {
	if e := c.Endpoint; e != nil {
		inv.byHost[e.Host] = append(inv.byHost[e.Host], c)
		inv.byService[e.ServiceKey] = append(inv.byService[e.ServiceKey], c)
		inv.byClient[e.Client] = append(inv.byClient[e.Client], c)
	}
}

// Clients returns every client by name.
func (inv *Inventory) Clients() []Client { return inv.clients }

// Services returns every client's service, by client, then service.
func (inv *Inventory) Services() []Service { return inv.services }

// Hosts returns every host by name, but those that are Apart: their addresses are those of others among them.
func (inv *Inventory) Hosts() []Host { return inv.hosts }

// Checks returns every check by id, endpoints and standalone.
func (inv *Inventory) Checks() []*Check { return inv.checks }

// Client finds a client by its exact name.
func (inv *Inventory) Client(name string) (Client, bool) {
	i, ok := inv.clientAt[name]
	if !ok {
		return Client{}, false
	}
	return inv.clients[i], true
}

// Service finds a client's service.
func (inv *Inventory) Service(key ServiceKey) (Service, bool) {
	i, ok := inv.serviceAt[key]
	if !ok {
		return Service{}, false
	}
	return inv.services[i], true
}

// Host finds a host by its exact name.
func (inv *Inventory) Host(name string) (Host, bool) {
	if i, ok := inv.hostAt[name]; ok {
		return inv.hosts[i], true
	}
	if i := slices.IndexFunc(inv.apart, func(h Host) bool { return h.Name == name }); i >= 0 {
		return inv.apart[i], true
	}
	return Host{}, false
}

// HostsLabelled returns how many hosts have a label, written "rack=r1".
func (inv *Inventory) HostsLabelled(label string) int { return inv.labelled[label] }

// Check finds a check by its id.
func (inv *Inventory) Check(id CheckID) (*Check, bool) {
	i, ok := inv.checkAt[id]
	if !ok {
		return nil, false
	}
	return inv.checks[i], true
}

// ChecksOfHost returns the endpoint checks on a host.
func (inv *Inventory) ChecksOfHost(host string) []*Check { return inv.byHost[host] }

// ChecksOfService returns the endpoint checks of a client's service.
func (inv *Inventory) ChecksOfService(key ServiceKey) []*Check { return inv.byService[key] }

// ChecksOfClient returns the endpoint checks of a client.
func (inv *Inventory) ChecksOfClient(client string) []*Check { return inv.byClient[client] }

// HostIsOf reports whether a host belongs to a scope and to nobody else: all its owners lie in it. Owners are the clients for which
// it was declared; a domain that points at it makes nobody an owner. A limited scope has no hosts without owners.
func (inv *Inventory) HostIsOf(host string, scope Scope) bool {
	if !scope.Limited {
		return true
	}
	return inv.HostSharedBy(host, scope) && !slices.ContainsFunc(inv.ChecksOfHost(host), func(c *Check) bool {
		return c.owns() && !scope.Sees(c.Client())
	})
}

// HostSharedBy reports whether a scope has an owner of a host, maybe among others.
func (inv *Inventory) HostSharedBy(host string, scope Scope) bool {
	return !scope.Limited || slices.ContainsFunc(inv.ChecksOfHost(host), func(c *Check) bool { return c.owns() && scope.Sees(c.Client()) })
}

// Merged returns l overridden by over; neither is changed.
func (l Labels) Merged(over Labels) Labels {
	if len(over) == 0 {
		return l
	}
	out := make(Labels, len(l)+len(over))
	maps.Copy(out, l)
	maps.Copy(out, over)
	return out
}
