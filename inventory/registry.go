package inventory

import (
	"strings"

	"opsbot/model"
)

// registry knows what names and addresses mean already while hosts come in: the same address is the same host.
type registry struct {
	words     map[string]string       // names, further names and addresses, folded, to the host's name
	addresses map[string]string       // of hosts, by folded name
	spelt     map[string]string       // hosts as rows of the import have them, by folded name: they may be gone by now
	marks     map[string]model.Labels // of hosts, by folded name
	clients   map[string]registered
}

// registered is what is known of a client.
type registered struct {
	name, tier, group string
	served            bool // services are said somewhere
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

// settle calls a host and its client what they are called already, and takes them down.
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

// aliases are the further names of a host that mean no other one, and takes them down.
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

// address is one that is said of a host, where neither the host has another nor another host has it.
func (g *registry) address(name, said string) string {
	if other := g.addresses[fold(name)]; other != "" && other != fold(said) {
		return ""
	}
	if other := g.words[fold(said)]; other != "" && fold(other) != fold(name) {
		return ""
	}
	return said
}

// reachable reports whether a host has an address, or a name that DNS can be asked for.
func (g *registry) reachable(h *model.FoundHost) bool {
	_, err := dnsName(h.Name)
	return err == nil || h.Address != "" || g.addresses[fold(h.Name)] != ""
}

// labels are those of a host's row that say nothing else than what is said already, and takes them down.
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

// group is the one of a client: what is said already where there is something, and a row has one.
func (g *registry) group(client, group string) string {
	if group == "" {
		return ""
	}
	g.client(client, registered{group: group})
	return firstOf(g.clients[strings.ToLower(client)].group, group)
}

// tier takes down what is said first of a client's tier, and returns that.
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

// members are what a file has, by folded names.
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
