package inventory_test

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"opsbot/inventory"
	"opsbot/model"
)

func locator(hosts []model.Host, rules map[string]inventory.LocateRules) *inventory.Locator {
	return inventory.NewLocator(model.NewInventory(nil, nil, hosts, nil), rules)
}

func event(source string, names ...string) *model.Event {
	return &model.Event{EventKey: model.EventKey{Source: source, ID: "1"}, Names: names}
}

func TestLocate(t *testing.T) {
	l := locator([]model.Host{
		{Name: "web1", Address: "10.0.0.5", Aliases: []string{"front.example.com"}, Labels: model.Labels{"icinga": "fra-web-1", "dc": "fra1"}},
		{Name: "web2.Example.com", Address: "2001:db8::2", Labels: model.Labels{"dc": "fra1"}},
		{Name: "10.0.0.7", Address: "10.0.0.7"},
		{Name: "fleet", Address: "127.0.3.4"},
		{Name: "front", Address: "10.0.0.9"},
		{Name: "My-host", Address: "10.0.0.10"},
	}, map[string]inventory.LocateRules{
		"domains": {Domains: []string{".example.com.", "corp.example.com"}},
		"labels":  {By: []string{"label:icinga", "label:dc", "name"}},
		"names":   {By: []string{"name"}},
		"none":    {By: []string{"address"}},
	})
	cases := []struct {
		source string
		names  []string
		want   string
	}{
		{"", []string{"web1"}, "web1"},
		{"", []string{"WEB1."}, "web1"},
		{"", []string{" web1 "}, "web1"},
		{"", []string{"web1:9100"}, "web1"},
		{"", []string{"http://web1:9100/x"}, "web1"},
		{"", []string{"https://user:pass@web1/x?y#z"}, "web1"},
		{"", []string{"web1:9100/metrics"}, "web1"},
		{"", []string{"front.example.com"}, "web1"},
		{"", []string{"10.0.0.5:80"}, "web1"},
		{"", []string{"::ffff:10.0.0.5"}, "web1"},
		{"", []string{"[::ffff:a00:5]:9100"}, "web1"},
		{"", []string{"2001:0db8:0000::0002"}, "web2.Example.com"},
		{"", []string{"[2001:DB8::2]:9100"}, "web2.Example.com"},
		{"", []string{"fe80::1%eth0"}, ""},
		{"", []string{"10.0.0.7"}, "10.0.0.7"},
		{"", []string{"web1.example.com"}, ""},
		{"", []string{"my host"}, "My-host"}, // as opsbot import names it
		{"", []string{"stranger", "web1"}, "web1"},
		{"", []string{"", "x:y:z", "[", "://", "@", ":9100", "web1"}, "web1"},
		{"", nil, ""},
		{"", []string{strings.Repeat("web1", 10_000)}, ""},
		{"domains", []string{"web1.example.com:9100"}, "web1"},
		{"domains", []string{"web1.corp.example.com"}, "web1"},
		{"domains", []string{"web2"}, "web2.Example.com"},
		{"domains", []string{"front.example.com"}, "web1"}, // an exact match comes first
		{"domains", []string{"front"}, "front"},
		{"domains", []string{".example.com"}, ""},
		{"labels", []string{"fra-web-1"}, "web1"},
		{"labels", []string{"fra1"}, ""},
		{"labels", []string{"fra1", "web1"}, "web1"},
		{"labels", []string{"10.0.0.5"}, ""},
		{"names", []string{"10.0.0.5"}, ""},
		{"none", []string{"web1"}, ""},
	}
	for _, c := range cases {
		if got, ok := l.Host(event(c.source, c.names...)); got != c.want || ok != (c.want != "") {
			t.Errorf("%s %.60q: got %q %t, want %q", c.source, c.names, got, ok, c.want)
		}
	}
	if word, hosts := l.Several(event("labels", "x", "fra1"), 1); word != "fra1" || !slices.Equal(hosts, []string{"web1"}) {
		t.Errorf("several: %q %q", word, hosts)
	}
	if word, hosts := l.Several(event("", "stranger"), 5); word != "" || hosts != nil {
		t.Errorf("several of an unmapped name: %q %q", word, hosts)
	}
}

// TestLocateThisMachine: whoever sends 127.0.0.1 means itself, which is no host of ours unless the inventory has exactly
// that.
func TestLocateThisMachine(t *testing.T) {
	words := []string{"127.0.0.1", "127.0.0.1:9100", "::1", "[::1]:9100", "localhost", "localhost:9100", "0.0.0.0", "::", "::ffff:127.0.0.1", "127.0.3.4"}
	for address, want := range map[string][]string{
		"10.0.0.5":  nil,
		"127.0.0.1": {"127.0.0.1", "127.0.0.1:9100"},
		"127.0.3.4": {"127.0.3.4"},
		"::1":       {"::1", "[::1]:9100"},
	} {
		l := locator([]model.Host{{Name: "web1", Address: address}}, nil)
		var got []string
		for _, word := range words {
			if _, ok := l.Host(event("", word)); ok {
				got = append(got, word)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", address, diff)
		}
	}
}

func TestNearHosts(t *testing.T) {
	l := locator([]model.Host{
		{Name: "web1", Aliases: []string{"front-1"}}, {Name: "web2"}, {Name: "web3"}, {Name: "web4"}, {Name: "db-master"},
	}, nil)
	for word, want := range map[string][]string{
		"db-mastr:9100":         {"db-master"},
		"frnt-1":                {"web1"},
		"wbe1":                  {"web1"},
		"http://db_master:80/x": {"db-master"},
		"db-masterr.example.cm": {"db-master"},
		"wen1":                  {"web1"},
		"web":                   {"web1", "web2", "web3"},
		"something-else":        nil,
		"":                      nil,
		"10.0.0.1":              nil,
	} {
		if diff := cmp.Diff(want, l.Near(word)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", word, diff)
		}
	}
}

// oracle is the contract of Locator, by comparing every host with every word.
type oracle struct {
	hosts []model.Host
	rules inventory.LocateRules
}

func (o oracle) host(names []string) string {
	for _, name := range names {
		if fits := o.fits(name); len(fits) == 1 {
			return fits[0]
		}
	}
	return ""
}

func (o oracle) fits(name string) []string {
	bare := name
	if u, err := url.Parse(name); err == nil && u.Hostname() != "" {
		bare = u.Hostname()
	} else if u, err := url.Parse("x://" + name); err == nil && u.Hostname() != "" {
		bare = u.Hostname()
	}
	forms := []string{name, bare, o.cut(bare)}
	for _, short := range []bool{false, true} {
		for _, form := range forms {
			for _, way := range o.rules.By {
				if short && way != "name" && way != "alias" {
					continue
				}
				var fits []string
				for i := range o.hosts {
					if slices.ContainsFunc(o.has(way, &o.hosts[i]), func(word string) bool {
						return same(form, word) && !short || short && o.cut(word) != strings.ToLower(word) && same(form, o.cut(word))
					}) {
						fits = append(fits, o.hosts[i].Name)
					}
				}
				if len(fits) > 0 {
					return fits
				}
			}
		}
	}
	return nil
}

func (o oracle) cut(name string) string {
	name = strings.TrimSuffix(strings.ToLower(name), ".")
	best := name
	for _, d := range o.rules.Domains {
		if short, ok := strings.CutSuffix(name, "."+d); ok && short != "" && len(short) < len(best) {
			best = short
		}
	}
	return best
}

func (oracle) has(way string, h *model.Host) []string {
	switch way {
	case "name":
		return []string{h.Name}
	case "alias":
		return h.Aliases
	case "address":
		return []string{h.Address}
	default:
		return []string{h.Labels[strings.TrimPrefix(way, "label:")]}
	}
}

func same(a, b string) bool {
	x, errX := netip.ParseAddr(a)
	y, errY := netip.ParseAddr(b)
	if errX == nil && errY == nil && !x.Unmap().IsLoopback() && !x.Unmap().IsUnspecified() {
		return x.Unmap().WithZone("") == y.Unmap().WithZone("")
	}
	a, b = strings.TrimSuffix(a, "."), strings.TrimSuffix(b, ".")
	return a != "" && strings.EqualFold(a, b)
}

// TestLocateLikeTheOracle tries inventories and names that are likely to collide.
func TestLocateLikeTheOracle(t *testing.T) {
	word := rapid.SampledFrom([]string{"web1", "Web1", "web2", "web1.a.test", "web2.b.test", "a.test", "web1.x.a.test", "db", "10.0.0.1", "2001:db8::1"})
	address := rapid.SampledFrom([]string{"10.0.0.1", "10.0.0.2", "127.0.0.1", "127.0.0.2", "2001:db8::1", "::1"})
	host := rapid.Custom(func(t *rapid.T) model.Host {
		return model.Host{
			Name: word.Draw(t, "name"), Address: address.Draw(t, "address"), Aliases: rapid.SliceOfN(word, 0, 2).Draw(t, "aliases"),
			Labels: model.Labels{"id": word.Draw(t, "label")},
		}
	})
	asked := rapid.Custom(func(t *rapid.T) string {
		name := rapid.OneOf(word, address, rapid.SampledFrom([]string{"::ffff:10.0.0.2", "2001:0db8:0::0001", "stranger", "localhost", ""})).Draw(t, "asked")
		if a, err := netip.ParseAddr(name); err == nil && a.Is6() {
			return rapid.SampledFrom([]string{name, "[" + name + "]:9100", "http://[" + name + "]:80/x"}).Draw(t, "written")
		}
		return rapid.SampledFrom([]string{name, strings.ToUpper(name), name + ":9100", "http://" + name + ":9100/x", "https://" + name}).Draw(t, "written")
	})
	way := rapid.SampledFrom([]string{"name", "alias", "address", "label:id", "label:none"})
	rapid.Check(t, func(t *rapid.T) {
		hosts := rapid.SliceOfNDistinct(host, 0, 6, func(h model.Host) string { return h.Name }).Draw(t, "hosts")
		rules := inventory.LocateRules{
			By:      rapid.SliceOfNDistinct(way, 1, 4, func(s string) string { return s }).Draw(t, "by"),
			Domains: rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a.test", "b.test", "x.a.test", "test"}), 0, 3, func(s string) string { return s }).Draw(t, "domains"),
		}
		names := rapid.SliceOfN(asked, 0, 3).Draw(t, "names")
		l := locator(slices.Clone(hosts), map[string]inventory.LocateRules{"s": rules})
		slices.SortFunc(hosts, func(a, b model.Host) int { return model.CompareNatural(a.Name, b.Name) })
		got, _ := l.Host(event("s", names...))
		if want := (oracle{hosts, rules}).host(names); got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
	})
}

func manyHosts(n int) []model.Host {
	hosts := make([]model.Host, n)
	for i := range hosts {
		hosts[i] = model.Host{
			Name: fmt.Sprintf("web%d.example.com", i), Address: fmt.Sprintf("10.%d.%d.%d", i/62500, i/250%250, i%250+1),
			Aliases: []string{fmt.Sprintf("front%d", i)}, Labels: model.Labels{"dc": fmt.Sprintf("fra%d", i%5)},
		}
	}
	return hosts
}

func locateRules() map[string]inventory.LocateRules {
	return map[string]inventory.LocateRules{
		"icinga": {Domains: []string{"example.com"}}, "zabbix": {By: []string{"name", "label:dc"}}, "prometheus": {Domains: []string{"example.com"}},
	}
}

// TestALocatorOfManyHosts finds each among thousands; how fast one is made is BenchmarkNewLocator's.
func TestALocatorOfManyHosts(t *testing.T) {
	l := inventory.NewLocator(model.NewInventory(nil, nil, manyHosts(5000), nil), locateRules())
	if got, _ := l.Host(event("icinga", "WEB4999:9100")); got != "web4999.example.com" {
		t.Errorf("got %q", got)
	}
}

func BenchmarkNewLocator(b *testing.B) {
	inv := model.NewInventory(nil, nil, manyHosts(5000), nil)
	for b.Loop() {
		inventory.NewLocator(inv, locateRules())
	}
}

func BenchmarkLocate(b *testing.B) {
	for _, n := range []int{50, 5000} {
		l := locator(manyHosts(n), locateRules())
		e := event("icinga", "stranger", "http://web49:9100/metrics")
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, ok := l.Host(e); !ok {
					b.Fatal("not found")
				}
			}
		})
	}
}
