package ops

import (
	"context"
	"maps"
	"slices"

	"opsbot/model"
)

// Names are what a selector can name, each list in natural order.
type Names struct {
	Clients  []string `json:"clients"`
	Services []string `json:"services"`
	Hosts    []string `json:"hosts"`
	Checks   []string `json:"checks"` // standalone ones
}

// Names are the names that the requester may use in a selector: those of the checks that they see.
func (k *Actions) Names(ctx context.Context, who model.Actor) (Names, error) {
	if err := k.need(ctx, who, model.RoleViewer, "names", ""); err != nil {
		return Names{}, err
	}
	clients, services, hosts, checks := map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, c := range k.d.Inventory.Current().Checks() {
		switch {
		case !who.Scope.Sees(c.Client()):
		case c.Endpoint == nil:
			checks[string(c.ID)] = true
		default:
			clients[c.Client()], services[c.Endpoint.Service], hosts[c.Endpoint.Host] = true, true, true
		}
	}
	return Names{Clients: natural(clients), Services: natural(services), Hosts: natural(hosts), Checks: natural(checks)}, nil
}

func natural(set map[string]bool) []string {
	return slices.SortedFunc(maps.Keys(set), model.CompareNatural)
}
