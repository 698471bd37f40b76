package inventory

import (
	"net/netip"
	"slices"
	"strings"

	"opsbot/model"
)

// LocateRules say how names in events are matched to hosts.
type LocateRules struct {
	By      []string // "name", "alias", "address", "label:KEY", in this order; none: name, alias, address
	Domains []string // removed from the end of names, on both sides: "example.com"
	Clients []string // that its events may name, by a domain or by labels; none: all
}

// The values of LocateRules.By.
const (
	byName    = "name"
	byAlias   = "alias"
	byAddress = "address"
	byLabel   = "label:" // followed by the key
)

// Locator finds the host of an event. It is immutable and safe for concurrent use.
type Locator struct {
	hosts   []model.Host
	rules   map[string]rule // by source
	usual   rule            // of all other sources
	carried carried
	words   []string // names and aliases of hosts, for hints
	wordsOf []int    // the host of each
}

// index maps a word to the matching hosts, as indexes into Locator.hosts.
type index map[string][]int

// rule finds the hosts of one source: the indexes of its ways, and those of names without its domains.
type rule struct {
	exact, short []index
	domains      []string
	clients      []string // that its events may name; none: all
}

// NewLocator indexes an inventory by the rules of each source; a source without rules gets the usual ones.
func NewLocator(inv *model.Inventory, rules map[string]LocateRules) *Locator {
	l := &Locator{hosts: inv.Hosts(), rules: make(map[string]rule, len(rules))}
	made := map[string]index{}
	for source, r := range rules {
		l.rules[source] = l.rule(r, made)
	}
	l.usual, l.carried = l.rule(LocateRules{}, made), newCarried(inv, l.hosts)
	for i := range l.hosts {
		for _, word := range union([]string{l.hosts[i].Name}, l.hosts[i].Aliases...) {
			l.words, l.wordsOf = append(l.words, word), append(l.wordsOf, i)
		}
	}
	return l
}

// rule builds the indexes of a source; made holds those that several sources share.
func (l *Locator) rule(r LocateRules, made map[string]index) rule {
	ways := r.By
	if len(ways) == 0 {
		ways = []string{byName, byAlias, byAddress}
	}
	out := rule{domains: foldedDomains(r.Domains), clients: r.Clients}
	shared := func(way string, domains []string) index {
		key := way + "\x00" + strings.Join(domains, "\x00")
		if made[key] == nil {
			made[key] = l.index(way, domains)
		}
		return made[key]
	}
	for _, way := range ways {
		out.exact = append(out.exact, shared(way, nil))
		if len(out.domains) > 0 && (way == byName || way == byAlias) {
			out.short = append(out.short, shared(way, out.domains))
		}
	}
	return out
}

// foldedDomains are domains with a leading dot, the longest first: of two that match, the longer one is removed.
func foldedDomains(domains []string) []string {
	var out []string
	for _, d := range domains {
		if d = strings.Trim(strings.ToLower(strings.TrimSpace(d)), "."); d != "" {
			out = union(out, "."+d)
		}
	}
	slices.SortFunc(out, func(a, b string) int { return len(b) - len(a) })
	return out
}

// index indexes hosts by one way; with domains, by the name without one of them, if it has one.
func (l *Locator) index(way string, domains []string) index {
	x := make(index, len(l.hosts))
	for i := range l.hosts {
		for _, word := range wordsBy(way, &l.hosts[i]) {
			word = fold(word)
			if len(domains) > 0 {
				whole := word
				if word = withoutDomain(word, domains); word == whole {
					continue
				}
			}
			if word != "" && !slices.Contains(x[word], i) {
				x[word] = append(x[word], i)
			}
		}
	}
	return x
}

func wordsBy(way string, h *model.Host) []string {
	switch way {
	case byName:
		return []string{h.Name}
	case byAlias:
		return h.Aliases
	case byAddress:
		return []string{h.Address}
	default:
		key, ok := strings.CutPrefix(way, byLabel)
		if !ok {
			return nil
		}
		return []string{h.Labels[key]}
	}
}

// Locate finds where an event belongs. The first of its names that matches one host decides; of an event without names the client and
// the service that its labels name, if they are on one host. Otherwise it is about services: those behind the client's domain that it
// names, else those that its labels name.
func (l *Locator) Locate(e *model.Event) model.Located {
	for _, word := range e.Names {
		if found := l.find(e.Source, word); len(found) == 1 {
			return model.Located{Host: l.hosts[found[0]].Name}
		}
	}
	r := l.ruleOf(e.Source)
	labelled := l.byLabels(r, e)
	if hosts := hostsOf(labelled); len(e.Names) == 0 && len(hosts) == 1 { // of an unknown host it would say what is true of another
		return model.Located{Host: l.hosts[hosts[0]].Name}
	}
	for _, word := range e.Names {
		if l.isHost(r, word) {
			return model.Located{} // of several hosts, and nobody knows which
		}
		if about := servicesOf(l.byDomain(r, spellings(word, r.domains))); len(about) > 0 {
			return model.Located{About: about}
		}
	}
	about := aboutLabels(labelled, e)
	return model.Located{About: about, HostUnknown: len(about) > 0 && len(e.Names) > 0}
}

// Host is the host of Locate.
func (l *Locator) Host(e *model.Event) (name string, ok bool) {
	name = l.Locate(e).Host
	return name, name != ""
}

// Several says why Host finds nothing although a name matches more than one host: the first such name, and up to limit of the
// hosts, by name. No word: the inventory has none of the names.
func (l *Locator) Several(e *model.Event, limit int) (word string, hosts []string) {
	for _, word := range e.Names {
		found := l.find(e.Source, word)
		if len(found) < 2 {
			continue
		}
		for _, i := range found[:min(limit, len(found))] {
			hosts = append(hosts, l.hosts[i].Name)
		}
		return word, hosts
	}
	return "", nil
}

// find returns the hosts that match a word by the first way that knows it, in the order of their names: the word as it is,
// then without scheme, port and the like; then those behind it as a client's domain.
func (l *Locator) find(source, word string) []int {
	r := l.ruleOf(source)
	spelt := spellings(word, r.domains)
	if found := byIndexes(r, spelt); len(found) > 0 {
		return found
	}
	return hostsOf(l.byDomain(r, spelt))
}

// isHost reports whether a word is a name or an address of hosts.
func (l *Locator) isHost(r *rule, word string) bool {
	return len(byIndexes(r, spellings(word, r.domains))) > 0
}

func byIndexes(r *rule, spelt []string) []int {
	for _, indexes := range [][]index{r.exact, r.short} {
		for _, spelling := range spelt {
			for _, x := range indexes {
				if found := x[spelling]; len(found) > 0 {
					return found
				}
			}
		}
	}
	return nil
}

func (l *Locator) ruleOf(source string) *rule {
	if r, known := l.rules[source]; known {
		return &r
	}
	return &l.usual
}

// nearest is how many hints Near gives.
const nearest = 3

// Near returns the names of up to three hosts that a name may mean, the likeliest first. It compares with every host.
func (l *Locator) Near(name string) []string {
	var out []string
	spelt := spellings(name, nil)
	if len(spelt) > 0 {
		spelt = union(spelt, shortOf(spelt[len(spelt)-1]))
	}
	for _, spelling := range spelt {
		for _, word := range model.Closest(spelling, l.words, nearest) {
			host := l.hosts[l.wordsOf[slices.Index(l.words, word)]].Name
			if out = union(out, host); len(out) == nearest {
				return out
			}
		}
	}
	return out
}

// shortOf is the first part of a domain name; an address has none.
func shortOf(name string) string {
	if isIP(name) {
		return ""
	}
	short, _, _ := strings.Cut(name, ".")
	return short
}

// maxWord bounds a name: what is longer than a URL with the longest domain name is not a host.
const maxWord = 1024 // bytes

// spellings are the possible readings of a name in an event, as given first: without scheme, path, user and port, then without
// one of the domains, then as an import would write it.
func spellings(word string, domains []string) []string {
	if len(word) > maxWord {
		return nil
	}
	whole := fold(word)
	if whole == "" {
		return nil
	}
	bare := fold(hostOf(whole))
	return union([]string{whole}, bare, withoutDomain(bare, domains), fold(Tame(whole)))
}

// hostOf is the host of "http://web1:9100/x", "web1:9100", "[::1]:9100"; anything else is returned unchanged.
func hostOf(word string) string {
	if _, rest, isURL := strings.Cut(word, "://"); isURL {
		word = rest
	}
	if at := strings.IndexAny(word, "/?#"); at >= 0 {
		word = word[:at]
	}
	word = word[strings.LastIndexByte(word, '@')+1:]
	if inner, isBracketed := strings.CutPrefix(word, "["); isBracketed {
		inner, _, _ = strings.Cut(inner, "]")
		return inner
	}
	if name, port, hasPort := strings.Cut(word, ":"); hasPort && !strings.ContainsFunc(port, notDigit) {
		return name
	}
	return word
}

func notDigit(r rune) bool { return r < '0' || r > '9' }

func isIP(word string) bool {
	_, err := netip.ParseAddr(word)
	return err == nil
}

// fold normalizes a name or address for comparison. Addresses that mean "this machine" to the sender stay as written: they
// match a host only if the inventory has exactly that.
func fold(word string) string {
	word = strings.ToLower(strings.TrimSpace(word))
	a, err := netip.ParseAddr(word)
	if err != nil {
		return strings.TrimSuffix(word, ".")
	}
	if a = plain(a); a.IsLoopback() || a.IsUnspecified() {
		return word
	}
	return a.String()
}

// withoutDomain removes the first matching domain from the end of a name; an address has none.
func withoutDomain(name string, domains []string) string {
	for _, d := range domains {
		if short, ok := strings.CutSuffix(name, d); ok && short != "" && !isIP(name) {
			return short
		}
	}
	return name
}
