package impact

import (
	"cmp"
	"slices"

	"opsbot/model"
)

// placeKeys are the labels that say where a machine stands, the nearest first.
var placeKeys = []string{"rack", "room", "dc", "datacenter", "site", "zone", "az", "region", "location", "provider"}

// The least that hosts share to be said to be in one place.
const leastTogether = 2 // hosts

// PlaceOf is where failing hosts of the inventory stand, or what most of them share: a label that at least 60 % of them have. Of one host it
// is its rack, room or data centre. What every host has says nothing. Only hosts count of which a scope has a share. nil if there is none.
func PlaceOf(inv *model.Inventory, hosts []string, scope model.Scope) *model.SharedPlace {
	counts, of := map[mark]int{}, 0
	for _, name := range hosts {
		host, known := inv.Host(name)
		if !known {
			of++ // it is one of them, whatever it shares
			continue
		}
		if !inv.HostSharedBy(name, scope) {
			continue
		}
		of++
		for key, value := range host.Labels {
			counts[mark{key, value}]++
		}
	}
	shared := make([]share, 0, len(counts))
	for m, n := range counts {
		if n*100 >= leastShared*of && (n >= leastTogether || of == 1 && slices.Contains(placeKeys, m.key)) {
			shared = append(shared, share{marks: []mark{m}, failed: n})
		}
	}
	return nearest(inv, shared, of, scope)
}

// nearest is the label that says most about where hosts are: for one host the nearest place, for several the one that overlaps them best.
func nearest(inv *model.Inventory, shared []share, of int, scope model.Scope) *model.SharedPlace {
	total := countHosts(inv, shared, scope)
	shared = slices.DeleteFunc(shared, func(s share) bool { return s.all >= total && total > 1 })
	if len(shared) == 0 {
		return nil
	}
	best := slices.MinFunc(shared, func(a, b share) int {
		x, y := a.marks[0], b.marks[0]
		if of > 1 {
			if c := cmp.Compare(b.failed*(of+a.all-a.failed), a.failed*(of+b.all-b.failed)); c != 0 {
				return c
			}
		}
		return cmp.Or(cmp.Compare(placeRank(x.key), placeRank(y.key)), cmp.Compare(x.String(), y.String()))
	})
	m := best.marks[0]
	return &model.SharedPlace{Key: m.key, Value: m.value, Hosts: best.failed, Of: of}
}

func placeRank(key string) int {
	if at := slices.Index(placeKeys, key); at >= 0 {
		return at
	}
	return len(placeKeys)
}

// countHosts counts the hosts with each label among those of which a scope has a share, and returns how many those are.
func countHosts(inv *model.Inventory, shared []share, scope model.Scope) (total int) {
	if !scope.Limited {
		for i := range shared {
			shared[i].all = inv.HostsLabelled(shared[i].marks[0].String())
		}
		return len(inv.Hosts())
	}
	seen := map[string]bool{}
	for _, client := range scope.Clients {
		for _, c := range inv.ChecksOfClient(client) {
			host, known := inv.Host(c.Endpoint.Host)
			if !known || seen[host.Name] || !inv.HostSharedBy(host.Name, scope) {
				continue
			}
			seen[host.Name] = true
			for i := range shared {
				if m := shared[i].marks[0]; host.Labels[m.key] == m.value {
					shared[i].all++
				}
			}
		}
	}
	return len(seen)
}
