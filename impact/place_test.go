package impact_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"opsbot/impact"
	"opsbot/model"
)

// placed is an inventory of hosts in racks of two data centres: client a has all of them, client b those of the first rack.
func placed(racks, perRack int) *model.Inventory {
	var hosts []model.Host
	var checks []*model.Check
	add := func(client, host string) {
		e := &model.Endpoint{ServiceKey: model.ServiceKey{Client: client, Service: "web"}, Host: host}
		checks = append(checks, &model.Check{ID: e.ID(), Endpoint: e})
	}
	for i := range racks * perRack {
		rack := i / perRack
		name := fmt.Sprintf("h%d", i)
		hosts = append(hosts, model.Host{Name: name, Labels: model.Labels{"rack": fmt.Sprint("r", rack), "dc": fmt.Sprint("dc", rack%2), "env": "prod", "asset": name}})
		add("a", name)
		if rack == 0 {
			add("b", name)
		}
	}
	clients := []model.Client{{Name: "a"}, {Name: "b"}}
	services := []model.Service{{ServiceKey: model.ServiceKey{Client: "a", Service: "web"}}, {ServiceKey: model.ServiceKey{Client: "b", Service: "web"}}}
	return model.NewInventory(clients, services, hosts, checks)
}

func TestPlaceOf(t *testing.T) {
	inv := placed(4, 12)
	for _, c := range []struct {
		name  string
		hosts []string
		scope model.Scope
		want  string
	}{
		{"one host is in its rack", []string{"h3"}, model.Scope{}, "rack=r0 1/1"},
		{"two of one rack", []string{"h3", "h4"}, model.Scope{}, "rack=r0 2/2"},
		{"ten of eleven in one rack", append(names(0, 10), "h20"), model.Scope{}, "rack=r0 10/11"},
		{"two racks of one data centre", append(names(0, 6), names(24, 30)...), model.Scope{}, "dc=dc0 12/12"},
		{"one of each rack", []string{"h0", "h12", "h24", "h36"}, model.Scope{}, "none"},
		{"half here, half there", []string{"h0", "h1", "h12", "h13"}, model.Scope{}, "none"},
		{"nothing", nil, model.Scope{}, "none"},
		{"a host that is not known is nowhere", []string{"x1", "x2", "h1"}, model.Scope{}, "none"},
		{"all that a reader has is in one rack, which says nothing", []string{"h1", "h2"}, model.ScopeOf([]string{"b"}), "none"},
		{"a reader's hosts alone count", append(names(0, 3), names(12, 24)...), model.ScopeOf([]string{"a"}), "rack=r1 12/15"},
		{"what is no reader's is nowhere", []string{"h1", "h13"}, model.ScopeOf([]string{"nobody"}), "none"},
	} {
		if got := written(impact.PlaceOf(inv, c.hosts, c.scope)); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func names(from, to int) (all []string) {
	for i := from; i < to; i++ {
		all = append(all, fmt.Sprint("h", i))
	}
	return all
}

func written(p *model.SharedPlace) string {
	if p == nil {
		return "none"
	}
	return fmt.Sprintf("%s=%s %d/%d", p.Key, p.Value, p.Hosts, p.Of)
}

// A place is true by an independent count, and a reader's place does not depend on hosts that are none of theirs.
func TestAPlaceIsTrue(t *testing.T) {
	inv := placed(4, 5)
	rapid.Check(t, func(rt *rapid.T) {
		failing := rapid.SliceOfDistinct(rapid.SampledFrom(names(0, 20)), func(n string) string { return n }).Draw(rt, "failing")
		place := impact.PlaceOf(inv, failing, model.Scope{})
		if place != nil {
			there := 0
			for _, name := range failing {
				if h, _ := inv.Host(name); h.Labels[place.Key] == place.Value {
					there++
				}
			}
			if there != place.Hosts || len(failing) != place.Of || there*100 < 60*len(failing) || place.Key == "env" {
				rt.Fatalf("%s of %v: counted %d", written(place), failing, there)
			}
		}
		theirs := model.ScopeOf([]string{"b"})
		var of []string
		for _, name := range failing {
			if inv.HostSharedBy(name, theirs) {
				of = append(of, name)
			}
		}
		if got, want := written(impact.PlaceOf(inv, failing, theirs)), written(impact.PlaceOf(inv, of, theirs)); got != want {
			rt.Fatalf("%s depends on others' hosts: %s without them", got, want)
		}
	})
}
