package model

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// Selector selects checks. Within one field the words are alternatives (any of them), between fields they are
// conditions (all of them). The zero Selector selects everything. Names are exact: the caller has resolved prefixes and
// misspellings.
type Selector struct {
	Clients  []string            `json:"clients,omitempty"`
	Services []string            `json:"services,omitempty"`
	Hosts    []string            `json:"hosts,omitempty"`
	Checks   []CheckID           `json:"checks,omitempty"`
	Labels   map[string][]string `json:"labels,omitempty"` // key to alternative values
}

// IsZero reports whether it selects everything.
func (s Selector) IsZero() bool {
	return len(s.Clients)+len(s.Services)+len(s.Hosts)+len(s.Checks)+len(s.Labels) == 0
}

// Equal reports whether both select by the same words, in any order.
func (s Selector) Equal(other Selector) bool {
	return sameWords(s.Clients, other.Clients) && sameWords(s.Services, other.Services) && sameWords(s.Hosts, other.Hosts) &&
		sameWords(s.Checks, other.Checks) && maps.EqualFunc(s.Labels, other.Labels, sameWords)
}

func sameWords[W cmp.Ordered](a, b []W) bool {
	return slices.Equal(slices.Compact(slices.Sorted(slices.Values(a))), slices.Compact(slices.Sorted(slices.Values(b))))
}

// Includes reports whether it selects, by its words, all that another one does. It may be false of selectors that happen to select
// the same checks by different kinds of words.
func (s Selector) Includes(other Selector) bool {
	for key, values := range s.Labels {
		if len(other.Labels[key]) == 0 || !allIn(other.Labels[key], values) {
			return false
		}
	}
	return allIn(other.Clients, s.Clients) && allIn(other.Services, s.Services) && allIn(other.Hosts, s.Hosts) && allIn(other.Checks, s.Checks)
}

// allIn reports whether the words of one field select nothing beyond those of another; no words are no condition.
func allIn[W comparable](words, of []W) bool {
	return len(of) == 0 || len(words) > 0 && !slices.ContainsFunc(words, func(w W) bool { return !slices.Contains(of, w) })
}

// Matches reports whether a check is selected.
func (s Selector) Matches(c *Check) bool {
	if len(s.Checks) > 0 && !slices.Contains(s.Checks, c.ID) {
		return false
	}
	if e := c.Endpoint; e != nil {
		if !within(s.Clients, e.Client) || !within(s.Services, e.Service) || !within(s.Hosts, e.Host) {
			return false
		}
	} else if len(s.Clients)+len(s.Services)+len(s.Hosts) > 0 {
		return false
	}
	for key, values := range s.Labels {
		if !slices.Contains(values, c.Labels[key]) {
			return false
		}
	}
	return true
}

func within(names []string, name string) bool { return len(names) == 0 || slices.Contains(names, name) }

// Select returns the checks of an inventory that are selected and in the scope, in the inventory's order. Its cost is that of the
// checks of the named clients, hosts or checks; of all without such a name.
func (s Selector) Select(inv *Inventory, scope Scope) []*Check {
	var selection []*Check
	for _, c := range s.candidates(inv, scope) {
		if s.Matches(c) && scope.Sees(c.Client()) {
			selection = append(selection, c)
		}
	}
	return selection
}

// SelectsSome reports whether Select returns anything.
func (s Selector) SelectsSome(inv *Inventory, scope Scope) bool {
	return slices.ContainsFunc(s.candidates(inv, scope), func(c *Check) bool { return s.Matches(c) && scope.Sees(c.Client()) })
}

// candidates are checks among which all are that a selector selects in a scope, in the inventory's order.
func (s Selector) candidates(inv *Inventory, scope Scope) []*Check {
	switch {
	case len(s.Checks) > 0:
		var found []*Check
		for _, id := range s.Checks {
			if c, known := inv.Check(id); known {
				found = append(found, c)
			}
		}
		return inv.inOrder(found)
	case len(s.Hosts) > 0:
		return inv.union(s.Hosts, inv.ChecksOfHost)
	case len(s.Clients) > 0:
		return inv.union(s.Clients, inv.ChecksOfClient)
	case scope.Limited:
		return inv.union(scope.Clients, inv.ChecksOfClient)
	default:
		return inv.checks
	}
}

// union returns the checks of some names in the inventory's order, each once.
func (inv *Inventory) union(names []string, of func(name string) []*Check) []*Check {
	if len(names) == 1 {
		return of(names[0])
	}
	var all []*Check
	for _, name := range names {
		all = append(all, of(name)...)
	}
	return inv.inOrder(all)
}

func (inv *Inventory) inOrder(some []*Check) []*Check {
	slices.SortFunc(some, func(a, b *Check) int { return cmp.Compare(inv.checkAt[a.ID], inv.checkAt[b.ID]) })
	return slices.Compact(some)
}

// String returns the words that select the same: "clientA reports dc=fra1"; "" for everything.
func (s Selector) String() string {
	words := slices.Concat(s.Clients, s.Services, s.Hosts)
	for _, id := range s.Checks {
		words = append(words, string(id))
	}
	keys := make([]string, 0, len(s.Labels))
	for k := range s.Labels {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		for _, v := range s.Labels[k] {
			words = append(words, k+"="+v)
		}
	}
	return strings.Join(words, " ")
}

// Client is the client of an endpoint check, "" for a standalone one.
func (c *Check) Client() string {
	if c.Endpoint == nil {
		return ""
	}
	return c.Endpoint.Client
}

// owns reports whether it makes its client an owner of its host.
func (c *Check) owns() bool { return c.Endpoint != nil && !c.Endpoint.ByDNS }
