package impact

import (
	"slices"

	"opsbot"
)

// WhatIf is what becomes of every service that has an endpoint on one of the hosts when these are gone, worst first. status
// says how an endpoint stands now; hosts that are not in the inventory carry nothing.
func WhatIf(inv *opsbot.Inventory, hosts []string, status func(*opsbot.Check) opsbot.Status) []opsbot.WhatIf {
	gone := map[string]bool{}
	touched := map[opsbot.ServiceKey]bool{}
	for _, host := range hosts {
		gone[host] = true
		for _, c := range inv.ChecksOfHost(host) {
			touched[c.Endpoint.ServiceKey] = true
		}
	}
	var all []opsbot.WhatIf
	for key := range touched {
		service, known := inv.Service(key)
		if !known {
			continue
		}
		var before, after opsbot.Tally
		for _, c := range inv.ChecksOfService(key) {
			now := status(c)
			before.Add(now)
			if gone[c.Endpoint.Host] {
				now = opsbot.StatusFail
			}
			after.Add(now)
		}
		all = append(all, opsbot.WhatIf{Before: service.Judge(before), After: service.Judge(after)})
	}
	slices.SortFunc(all, func(a, b opsbot.WhatIf) int { return opsbot.CompareStates(a.After, b.After) })
	return all
}
