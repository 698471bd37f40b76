package inventory

import (
	"slices"
	"strings"

	"opsbot/model"
)

// Pick returns the hosts that words name, in the order of their names, without duplicates: by name, alias or address, or by
// labels, "dc=fra1,role=web", all of which a host must have. Unknown words are ignored.
func Pick(inv *model.Inventory, words []string) []model.Host {
	var selection []model.Host
	for _, h := range inv.Hosts() {
		if slices.ContainsFunc(words, func(word string) bool { return Means(word, &h) }) {
			selection = append(selection, h)
		}
	}
	return selection
}

// Picks reports whether a word, as in Pick, names a declared host. Addresses from DNS are not known here: a host without one
// yet counts.
func (p *Plan) Picks(word string) bool {
	return slices.ContainsFunc(p.hosts, func(h plannedHost) bool {
		host := model.Host{Name: h.spec.Name, Aliases: h.spec.Aliases, Labels: h.spec.Labels}
		if h.address.IsValid() {
			host.Address = h.address.String()
		}
		return Means(word, &host)
	})
}

// HostNames are the names of the hosts that were declared, in their order.
func (p *Plan) HostNames() []string {
	names := make([]string, len(p.hosts))
	for i := range p.hosts {
		names[i] = p.hosts[i].spec.Name
	}
	return names
}

// HasHost reports whether a host of exactly this name was declared.
func (p *Plan) HasHost(name string) bool {
	return slices.ContainsFunc(p.hosts, func(h plannedHost) bool { return h.spec.Name == name })
}

// Means reports whether a word, as in Pick, names a host.
func Means(word string, h *model.Host) bool {
	if strings.Contains(word, "=") {
		return carries(h.Labels, word)
	}
	same := func(name string) bool { return name != "" && strings.EqualFold(name, word) }
	return same(h.Name) || same(h.Address) || slices.ContainsFunc(h.Aliases, same)
}

// carries reports whether labels include all of "dc=fra1,role=web".
func carries(labels model.Labels, word string) bool {
	for mark := range strings.SplitSeq(word, ",") {
		key, value, ok := strings.Cut(strings.TrimSpace(mark), "=")
		if !ok || key == "" || value == "" || labels[key] != value {
			return false
		}
	}
	return true
}
