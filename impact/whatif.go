package impact

import (
	"slices"

	"opsbot/model"
)

// WhatIf predicts the state of every service that has an endpoint on one of the hosts if these were gone, worst first.
// status returns the current status of an endpoint; hosts that are not in the inventory are ignored.
func WhatIf(inv *model.Inventory, hosts []string, status func(*model.Check) model.Status) []model.WhatIf {
	gone := map[string]bool{}
	touched := map[model.ServiceKey]bool{}
	for _, host := range hosts {
		gone[host] = true
		for _, c := range inv.ChecksOfHost(host) {
			touched[c.Endpoint.ServiceKey] = true
		}
	}
	var all []model.WhatIf
	for key := range touched {
		service, known := inv.Service(key)
		if !known {
			continue
		}
		var before, after model.Tally
		for _, c := range inv.ChecksOfService(key) {
			now := status(c)
			before.Add(now)
			if gone[c.Endpoint.Host] {
				now = model.StatusFail
			}
			after.Add(now)
		}
		all = append(all, model.WhatIf{Before: service.Judge(before), After: service.Judge(after)})
	}
	slices.SortFunc(all, func(a, b model.WhatIf) int { return model.CompareStates(a.After, b.After) })
	return all
}
