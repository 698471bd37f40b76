package model_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"opsbot/model"
)

func TestSelectorsAreEqualInAnyOrder(t *testing.T) {
	of := func(clients ...string) model.Selector {
		return model.Selector{Clients: clients, Labels: map[string][]string{"dc": {"fra1", "ams2"}}}
	}
	labels := of("a")
	labels.Labels = map[string][]string{"dc": {"ams2", "fra1"}}
	host := model.Selector{Hosts: []string{"a"}} // reads the same as the client "a"
	for name, c := range map[string]struct {
		a, b  model.Selector
		equal bool
	}{
		"nothing":       {model.Selector{}, model.Selector{Clients: []string{}}, true},
		"another order": {of("a", "b"), of("b", "a"), true},
		"twice":         {of("a", "a"), of("a"), true},
		"labels":        {of("a"), labels, true},
		"one more":      {of("a", "b"), of("a"), false},
		"another kind":  {model.Selector{Clients: []string{"a"}}, host, false},
		"no labels":     {of("a"), model.Selector{Clients: []string{"a"}}, false},
	} {
		if c.a.Equal(c.b) != c.equal || c.b.Equal(c.a) != c.equal {
			t.Errorf("%s: %v and %v", name, c.a, c.b)
		}
	}
}

func TestDurationReadsAsPeopleWriteIt(t *testing.T) {
	for written, want := range map[string]string{
		"1000d": "1000d", "2w": "14d", "90s": "1m30s", "36h": "1d12h", "0": "0", "1500ms": "1s500ms", "8d1h": "8d1h",
	} {
		d, err := model.ParseDuration(written)
		if err != nil || d.String() != want {
			t.Errorf("%s reads %s, %v; wanted %s", written, d, err, want)
		}
		if again, err := model.ParseDuration(d.String()); err != nil || again != d {
			t.Errorf("%s is read back as %v, %v", d, again, err)
		}
	}
}

func TestDownIsOpenBeforeAtRisk(t *testing.T) {
	service := func(id model.IncidentID, s model.Severity, v model.Verdict) model.Incident {
		return model.Incident{ID: id, Kind: model.IncidentService, Severity: s, Affected: []model.ServiceState{{Verdict: v}}}
	}
	all := []model.Incident{
		service(1, model.SeverityWarning, model.VerdictDown), // severity goes first
		service(2, model.SeverityCritical, model.VerdictAtRisk),
		service(3, model.SeverityCritical, model.VerdictDown),
		{ID: 4, Kind: model.IncidentCheck, Severity: model.SeverityCritical},
		{ID: 5, Kind: model.IncidentCheck, Severity: model.SeverityWarning, Reason: model.NewReason(model.ReasonUnknownLong, "since", time.Time{}.String())},
	}
	slices.SortFunc(all, func(a, b model.Incident) int { return model.CompareIncidents(&a, &b) })
	var order []model.IncidentID
	for i := range all {
		order = append(order, all[i].ID)
	}
	if want := []model.IncidentID{3, 4, 2, 1, 5}; !slices.Equal(order, want) {
		t.Errorf("the order is %v, wanted %v", order, want)
	}
}

// Whatever is selected, by names or by nothing, by whomever: what is found by its name is what a walk through all would find, in the
// same order.
func TestSelectFindsWhatAWalkFinds(t *testing.T) {
	var all []*model.Check
	clients, hosts, services := map[string]bool{}, map[string]bool{}, map[model.ServiceKey]bool{}
	for n := range 60 {
		c := &model.Check{ID: model.CheckID(fmt.Sprintf("check%02d", n)), Labels: model.Labels{"dc": fmt.Sprint("dc", n%3)}}
		if n%4 != 0 {
			e := model.Endpoint{ServiceKey: model.ServiceKey{Client: fmt.Sprint("c", n%5), Service: fmt.Sprint("s", n%2)}, Host: fmt.Sprintf("h%0*d", 1+n%3, n%7)}
			c.Endpoint, c.ID = &e, e.ID()
			clients[e.Client], hosts[e.Host], services[e.ServiceKey] = true, true, true
		}
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b *model.Check) int { return strings.Compare(string(a.ID), string(b.ID)) })
	all = slices.CompactFunc(all, func(a, b *model.Check) bool { return a.ID == b.ID })
	var cs []model.Client
	for name := range clients {
		cs = append(cs, model.Client{Name: name})
	}
	var hs []model.Host
	for name := range hosts {
		hs = append(hs, model.Host{Name: name})
	}
	var ss []model.Service
	for key := range services {
		ss = append(ss, model.Service{ServiceKey: key})
	}
	inv := model.NewInventory(cs, ss, hs, all)
	rapid.Check(t, func(t *rapid.T) {
		names := func(what string, of []string) []string {
			return rapid.SliceOfNDistinct(rapid.SampledFrom(append(of, "none")), 0, 3, rapid.ID[string]).Draw(t, what)
		}
		sel := model.Selector{Clients: names("clients", slices.Sorted(maps.Keys(clients))), Services: names("services", []string{"s0", "s1"})}
		sel.Hosts = names("hosts", slices.Sorted(maps.Keys(hosts)))
		for _, c := range rapid.SliceOfN(rapid.SampledFrom(all), 0, 2).Draw(t, "checks") {
			sel.Checks = append(sel.Checks, c.ID)
		}
		if dc := names("dc", []string{"dc0", "dc1"}); len(dc) > 0 {
			sel.Labels = map[string][]string{"dc": dc}
		}
		scope := model.Scope{}
		if rapid.Bool().Draw(t, "limited") {
			scope = model.ScopeOf(names("scope", slices.Sorted(maps.Keys(clients))))
		}
		var want []*model.Check
		for _, c := range inv.Checks() {
			if sel.Matches(c) && scope.Sees(c.Client()) {
				want = append(want, c)
			}
		}
		if got := sel.Select(inv, scope); !slices.Equal(got, want) {
			t.Fatalf("%+v of %+v: %d checks, want %d", sel, scope, len(got), len(want))
		}
		if got := sel.SelectsSome(inv, scope); got != (len(want) > 0) {
			t.Fatalf("%+v of %+v: some is %t", sel, scope, got)
		}
	})
}
