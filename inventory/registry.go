package inventory

import (
	"strings"

	"opsbot/model"
)

// registry records the names and addresses in use while hosts are added: the same address is the same host.
type registry struct {
	words     map[string]string       // names, aliases and addresses, folded, to the host's name
	addresses map[string]string       // of hosts, by folded name
	spelt     map[string]string       // names in rows of the import, by folded name: the hosts may be gone by now
	marks     map[string]model.Labels // of hosts, by folded name
	clients   map[string]registered
}

// registered is the data of a client.
type registered struct {
	name, tier, group string
	served            bool // it has services somewhere
}

func newRegistry() *registry {
	return &registry{words: map[string]string{}, addresses: map[string]string{}, spelt: map[string]string{}, marks: map[string]model.Labels{}, clients: map[string]registered{}}
}

func (g *registry) host(name, address string, aliases []string) {
	for _, word := range append([]string{name, address}, aliases...) {
		if word = fold(word); word != "" && g.words[word] == "" {
			g.words[word] = name
		}
	}
	if address != "" && g.addresses[fold(name)] == "" {
		g.addresses[fold(name)] = fold(address)
	}
}

func (g *registry) client(name string, is registered) {
	if name == "" {
		return
	}
	c := g.clients[strings.ToLower(name)]
	g.clients[strings.ToLower(name)] = registered{
		name: firstOf(c.name, name), tier: firstOf(c.tier, is.tier), group: firstOf(c.group, is.group), served: c.served || is.served,
	}
}

// settle replaces the names of a host and its client by those in use, and registers them.
func (g *registry) settle(h *model.FoundHost) {
	for _, word := range []string{h.Name, h.Address} {
		if known := g.words[fold(word)]; word != "" && known != "" {
			if fold(known) != fold(h.Name) {
				h.Aliases = union([]string{h.Name}, h.Aliases...)
				g.host(known, "", h.Aliases[:1])
			}
			h.Name = known
			break
		}
	}
	if g.words[fold(h.Name)] == "" {
		h.Name = firstOf(g.spelt[fold(h.Name)], h.Name)
	}
	h.Address = g.address(h.Name, h.Address)
	g.host(h.Name, h.Address, nil)
	if c := g.clients[strings.ToLower(h.Client)]; c.name != "" {
		h.Client = c.name
	}
	g.client(h.Client, registered{})
}

// aliases returns the aliases of a host that mean no other one, and registers them.
func (g *registry) aliases(name string, words []string) []string {
	var out []string
	for _, word := range words {
		known := g.words[fold(word)]
		if fold(word) == fold(name) || known != "" && fold(known) != fold(name) {
			continue
		}
		g.words[fold(word)] = name
		out = union(out, word)
	}
	return out
}

// address is the given address of a host, unless the host has another or another host has it.
func (g *registry) address(name, said string) string {
	if other := g.addresses[fold(name)]; other != "" && other != fold(said) {
		return ""
	}
	if other := g.words[fold(said)]; other != "" && fold(other) != fold(name) {
		return ""
	}
	return said
}

// reachable reports whether a host has an address, or a name that DNS may resolve.
func (g *registry) reachable(h *model.FoundHost) bool {
	_, err := dnsName(h.Name)
	return err == nil || h.Address != "" || g.addresses[fold(h.Name)] != ""
}

// labels returns the labels of a host's row that do not contradict existing ones, and registers them.
func (g *registry) labels(name string, labels model.Labels) model.Labels {
	out := model.Labels{}
	for key, val := range labels {
		if said := g.marks[fold(name)][key]; said == "" || said == val {
			out[key] = val
		}
	}
	g.marks[fold(name)] = g.marks[fold(name)].Merged(out)
	return out
}

// group is the group of a client: the existing one if there is one and a row has one.
func (g *registry) group(client, group string) string {
	if group == "" {
		return ""
	}
	g.client(client, registered{group: group})
	return firstOf(g.clients[strings.ToLower(client)].group, group)
}

// tier registers the first tier of a client, and returns it.
func (g *registry) tier(client, tier string) string {
	key := strings.ToLower(client)
	c := g.clients[key]
	if c.tier == "" && client != "" {
		c.tier = tier
		g.clients[key] = c
	}
	return c.tier
}

func (g *registry) served(client string) bool { return g.clients[strings.ToLower(client)].served }

// members are the hosts and clients of a file, by folded names.
type members struct{ hosts, clients map[string]bool }

func membersOf(s *sheet) members {
	m := members{map[string]bool{}, map[string]bool{}}
	for _, r := range s.rows {
		if r.dropped {
			continue
		}
		if host := r.host(); host != "" {
			m.hosts[fold(host)] = true
		}
		if client := r.values["client"]; client != "" {
			m.clients[strings.ToLower(client)] = true
		}
	}
	return m
}

func sizeOf(s *sheet) Size {
	m := membersOf(s)
	return Size{Hosts: len(m.hosts), Clients: len(m.clients)}
}

func missing(before, after map[string]bool) int {
	n := 0
	for name := range before {
		if !after[name] {
			n++
		}
	}
	return n
}
