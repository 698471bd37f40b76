package inventory

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"opsbot/model"
)

// kind is a possible meaning of a word.
type kind uint8

const (
	kindNone kind = iota
	kindClient
	kindService
	kindHost
	kindCheck
	kindLabel
)

// String is the prefix that selects the kind: "client" of "client:store".
func (k kind) String() string {
	switch k {
	case kindClient:
		return "client"
	case kindService:
		return "service"
	case kindHost:
		return "host"
	case kindCheck:
		return "check"
	default:
		return ""
	}
}

func kindOf(word string) kind {
	for k := kindClient; k <= kindCheck; k++ {
		if strings.EqualFold(word, k.String()) {
			return k
		}
	}
	return kindNone
}

// term is a text with a meaning, and the name of its object.
type term struct {
	kind   kind
	name   string
	text   string // the name, an alias, an address, a domain
	folded string // text in lower case
}

// match returns the objects that a lower-case word means, without duplicates: exact matches, else prefix matches.
func match(terms []term, folded string) []term {
	var exact, begins []term
	if folded == "" {
		return nil
	}
	for _, t := range terms {
		switch {
		case t.folded == folded:
			exact = addTerm(exact, t)
		case len(exact) == 0 && strings.HasPrefix(t.folded, folded):
			begins = addTerm(begins, t)
		}
	}
	if len(exact) > 0 {
		return exact
	}
	return begins
}

// addTerm adds a meaning once: all texts of one object are adjacent.
func addTerm(terms []term, t term) []term {
	if n := len(terms); n > 0 && terms[n-1].kind == t.kind && terms[n-1].name == t.name {
		return terms
	}
	return append(terms, t)
}

func sortTerms(terms []term) {
	slices.SortFunc(terms, func(a, b term) int { return cmp.Or(cmp.Compare(a.kind, b.kind), strings.Compare(a.name, b.name)) })
}

// vocabulary is every name in an inventory that a scope sees, kind by kind, in the inventory's order.
func vocabulary(inv *model.Inventory, scope model.Scope) []term {
	v := make(vocabularyMaker, 0, len(inv.Clients())+2*len(inv.Hosts()))
	for _, c := range inv.Clients() {
		if scope.Sees(c.Name) {
			v.add(kindClient, c.Name, c.Domains...)
		}
	}
	services := map[string]bool{}
	for _, s := range inv.Services() {
		if scope.Sees(s.Client) && !services[s.Service] {
			services[s.Service] = true
			v.add(kindService, s.Service)
		}
	}
	seen := hostsInScope(inv, scope)
	for _, h := range inv.Hosts() {
		if !scope.Limited || seen[h.Name] {
			v.add(kindHost, h.Name, append([]string{h.Address}, h.Aliases...)...)
			delete(seen, h.Name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(seen)) { // addresses that are nothing more to this scope
		v.add(kindHost, name)
	}
	for _, c := range inv.Checks() {
		if c.Endpoint == nil && scope.Sees("") {
			v.add(kindCheck, string(c.ID))
		}
	}
	return v
}

type vocabularyMaker []term

func (v *vocabularyMaker) add(k kind, name string, texts ...string) {
	*v = append(*v, term{k, name, name, strings.ToLower(name)})
	for _, text := range texts {
		if text != name {
			*v = append(*v, term{k, name, text, strings.ToLower(text)})
		}
	}
}

// hostsInScope are the hosts that run services of the clients in a limited scope.
func hostsInScope(inv *model.Inventory, scope model.Scope) map[string]bool {
	seen := map[string]bool{}
	if !scope.Limited {
		return seen
	}
	for _, client := range scope.Clients {
		for _, c := range inv.ChecksOfClient(client) {
			seen[c.Endpoint.Host] = true
		}
	}
	return seen
}
