package model

import "slices"

// Located is where in the inventory an event belongs: a host, else services of clients, else nowhere.
type Located struct {
	Host string `json:"host,omitempty"` // Host.Name
	// About are services that it is about although no single host is known: by the domain of a client that several hosts are behind, or by
	// its labels client and service. Without a Service it is all of the client's. Empty with a Host.
	About []ServiceKey `json:"about,omitempty"`
	// HostUnknown: it names a host, which the inventory does not have; that it is About something follows from its labels alone.
	HostUnknown bool `json:"host_unknown,omitempty"`
}

// Mapped reports whether the inventory has what it is about.
func (l Located) Mapped() bool { return l.Host != "" || len(l.About) > 0 }

// Equal reports whether two are the same.
func (l Located) Equal(other Located) bool {
	return l.Host == other.Host && slices.Equal(l.About, other.About) && l.HostUnknown == other.HostUnknown
}

// IsAbout reports whether a service is one of those that it is about without a host.
func (l Located) IsAbout(key ServiceKey) bool {
	return slices.ContainsFunc(l.About, func(a ServiceKey) bool {
		return a.Client == key.Client && (a.Service == "" || a.Service == key.Service)
	})
}

// Within is it as far as a scope sees the clients; whole reports that nothing is left out.
func (l Located) Within(inv *Inventory, scope Scope) (seen Located, whole bool) {
	if l.Host != "" || !scope.Limited {
		return l, inv.HostIsOf(l.Host, scope)
	}
	seen.HostUnknown = l.HostUnknown
	for _, key := range l.About {
		if scope.Sees(key.Client) {
			seen.About = append(seen.About, key)
		}
	}
	return seen, len(seen.About) > 0 && len(seen.About) == len(l.About)
}

// ClientsAbout are the clients that it is about without a host, each once.
func (l Located) ClientsAbout() []string {
	var names []string
	for _, key := range l.About {
		if !slices.Contains(names, key.Client) {
			names = append(names, key.Client)
		}
	}
	return names
}

// ServicesAbout are the services of the inventory that some events are about without a host, each once.
func (inv *Inventory) ServicesAbout(about []ServiceKey) []ServiceKey {
	var keys []ServiceKey
	for _, a := range about {
		for _, c := range inv.ChecksOfClient(a.Client) {
			if key := c.Endpoint.ServiceKey; (a.Service == "" || a.Service == key.Service) && !slices.Contains(keys, key) {
				keys = append(keys, key)
			}
		}
	}
	return keys
}
