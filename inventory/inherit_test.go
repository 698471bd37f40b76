package inventory_test

import (
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"opsbot/inventory"
	"opsbot/model"
)

// TestInheritanceEqualsAModel sets random values at the levels and compares the endpoint with the plain rule: the last
// level that sets a value wins.
func TestInheritanceEqualsAModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := []string{"defaults", "service", "group", "client", "client's service", "host"}
		levels := make([]model.ServiceSettings, len(names))
		want := struct {
			port, retries, threshold int
			comment, tier            string
			sla                      float64
		}{port: 1, tier: ""}
		for i, name := range names {
			level := &levels[i]
			if p := rapid.IntRange(0, 3).Draw(t, name+" port"); p > 0 || i == 0 {
				level.Port = new(p + 1)
				want.port = p + 1
			}
			if r := rapid.IntRange(-1, 2).Draw(t, name+" retries"); r >= 0 {
				level.Retries = &r // 0 is a value, not an absence
				want.retries = r
			}
			if c := rapid.SampledFrom([]string{"unset", "", "x" + strconv.Itoa(i)}).Draw(t, name+" comment"); c != "unset" {
				level.Comment = &c // an empty comment removes an inherited one
				want.comment = c
			}
			if i == len(names)-1 {
				break // hosts do not have settings of a whole service
			}
			if e := rapid.IntRange(0, 2).Draw(t, name+" threshold"); e > 0 {
				level.ErrThreshold = &e
				want.threshold = e
			}
			if sla := rapid.SampledFrom([]float64{-1, 0, 99.5, 99.9}).Draw(t, name+" sla"); sla >= 0 {
				level.SLA = &sla // 0 promises nothing, whatever an outer level promises
				want.sla = sla
			}
			if tier := rapid.SampledFrom([]string{"", "gold", "t" + strconv.Itoa(i)}).Draw(t, name+" tier"); tier != "" {
				level.Tier = tier
				want.tier = tier
			}
		}
		plan, err := inventory.Compile(inventory.Declared{
			Defaults: levels[0],
			Services: []model.ServiceSpec{{Name: "s", ServiceSettings: levels[1]}},
			Groups:   []model.GroupSpec{{Name: "g", ServiceSettings: levels[2]}},
			Clients: []model.ClientSpec{{
				Name: "c", Group: "g", Hosts: []string{"h"}, Services: []string{"s"}, ServiceSettings: levels[3],
				Service: map[string]model.ClientServiceSpec{"s": {ServiceSettings: levels[4]}},
			}},
			Hosts: []model.HostSpec{{Name: "h", Address: "10.0.0.1", EndpointSettings: levels[5].EndpointSettings}},
		})
		if err != nil {
			t.Fatal(err)
		}
		inv := inventory.Source{Plan: plan, NewCheck: newCheck}.Build(nil)
		e := inv.Checks()[0].Endpoint
		s := inv.Services()[0]
		got := want
		got.retries, got.comment, got.threshold, got.tier, got.sla = e.Retries, e.Comment, s.ErrThreshold, s.Tier, s.SLA
		if got != want || e.Address != "10.0.0.1:"+strconv.Itoa(want.port) {
			t.Fatalf("got %+v at %s, want %+v", got, e.Address, want)
		}
	})
}
