package impact_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"opsbot/impact"
	"opsbot/model"
)

// Only services that have an endpoint on the hosts change, each as a naive count predicts.
func TestWhatIfAgreesWithACountByHand(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var services []model.Service
		var hosts []model.Host
		var checks []*model.Check
		status := map[model.CheckID]model.Status{}
		for h := range 5 {
			hosts = append(hosts, model.Host{Name: fmt.Sprint("h", h)})
		}
		for c := range 3 {
			for s := range 2 {
				key := model.ServiceKey{Client: fmt.Sprint("c", c), Service: fmt.Sprint("s", s)}
				services = append(services, model.Service{ServiceKey: key, MinUp: model.MinUp{Count: rapid.IntRange(1, 3).Draw(rt, "min")}, ErrThreshold: 10})
				for h := range 5 {
					if rapid.Bool().Draw(rt, "there") {
						check := &model.Check{Endpoint: &model.Endpoint{ServiceKey: key, Host: fmt.Sprint("h", h)}}
						check.ID = check.Endpoint.ID()
						status[check.ID] = model.Status(rapid.IntRange(0, 2).Draw(rt, "status")) //nolint:gosec // 0 to 2
						checks = append(checks, check)
					}
				}
			}
		}
		inv := model.NewInventory([]model.Client{{Name: "c0"}, {Name: "c1"}, {Name: "c2"}}, services, hosts, checks)
		gone := rapid.SliceOfDistinct(rapid.SampledFrom([]string{"h0", "h1", "h2", "h3", "h4", "nowhere"}), func(h string) string { return h }).Draw(rt, "gone")
		got := map[model.ServiceKey]model.WhatIf{}
		for _, o := range impact.WhatIf(inv, gone, func(c *model.Check) model.Status { return status[c.ID] }) {
			got[o.After.ServiceKey] = o
		}
		for _, service := range services {
			var before, after model.Tally
			reached := false
			for _, c := range checks {
				if c.Endpoint.ServiceKey != service.ServiceKey {
					continue
				}
				before.Add(status[c.ID])
				if slices.Contains(gone, c.Endpoint.Host) {
					reached = true
					after.Add(model.StatusFail)
				} else {
					after.Add(status[c.ID])
				}
			}
			o, there := got[service.ServiceKey]
			if there != reached {
				rt.Fatalf("%s: listed %v, reached %v", service.ServiceKey, there, reached)
			}
			if there && (o.Before != service.Judge(before) || o.After != service.Judge(after)) {
				rt.Fatalf("%s: got %+v, counted %+v and %+v", service.ServiceKey, o, service.Judge(before), service.Judge(after))
			}
		}
	})
}
