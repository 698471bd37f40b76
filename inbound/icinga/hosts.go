package icinga

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"opsbot/model"
)

// Where a host's client, services and tier are read from, in this order.
var (
	clientVars  = []string{"client", "customer", "tenant"}
	serviceVars = []string{"services", "service"}
	tierVars    = []string{"tier", "sla"}
	// clientGroups are prefixes of names of host groups that hold a client's hosts: "client-acme".
	clientGroups = []string{"client-", "client_", "clients/", "customer-", "customer_"}
)

// Hosts returns every visible host. Its client and services are read from its variables (client, customer or tenant; services
// or service; tier or sla), else from the name of a host group (client-acme), else from the variables of its services. Errors
// are *inbound.Fault.
func (c *Client) Hosts(ctx context.Context) ([]model.FoundHost, error) {
	ofHosts := kind{title: hosts.title, plural: hosts.plural, attrs: []string{"name", "display_name", "address", "address6", "groups", "vars"}}
	ofServices := kind{title: services.title, plural: services.plural, attrs: []string{"name", "host_name", "vars"}}
	found, err := c.query(ctx, ofHosts, nil)
	if notFound(err) {
		return nil, right{"objects/query/Host", forHosts}.missing()
	}
	if err != nil {
		return nil, err
	}
	on, err := c.query(ctx, ofServices, nil)
	if notFound(err) {
		on, err = nil, nil // the hosts are what was asked for
	}
	if err != nil {
		return nil, err
	}
	byHost := map[string][]attrs{}
	for i := range on {
		byHost[on[i].Attrs.HostName] = append(byHost[on[i].Attrs.HostName], on[i].Attrs)
	}
	all := make([]model.FoundHost, 0, len(found))
	for i := range found {
		all = append(all, describe(&found[i], byHost[found[i].Attrs.Name]))
	}
	slices.SortFunc(all, func(a, b model.FoundHost) int { return model.CompareNatural(a.Name, b.Name) })
	return all, nil
}

func describe(o *object, on []attrs) model.FoundHost {
	h := &o.Attrs
	f := model.FoundHost{
		Name: h.Name, Address: cmp.Or(h.Address, h.Address6), Tier: first(h.Vars, tierVars),
		Client: cmp.Or(first(h.Vars, clientVars), clientOf(h.Groups)), Services: list(h.Vars, serviceVars), Labels: labels(o),
	}
	for _, alias := range []string{h.DisplayName, h.Address6} {
		if alias != "" && alias != f.Name && alias != f.Address {
			f.Aliases = append(f.Aliases, alias)
		}
	}
	for i := range on {
		f.Client = cmp.Or(f.Client, first(on[i].Vars, clientVars))
		if whose := first(on[i].Vars, clientVars); whose == "" || whose == f.Client {
			f.Services = append(f.Services, list(on[i].Vars, serviceVars)...)
		}
	}
	slices.Sort(f.Services)
	f.Services = slices.Compact(f.Services)
	for _, key := range slices.Concat(clientVars, serviceVars, tierVars) {
		delete(f.Labels, key)
	}
	return f
}

// first is the first text in some variables.
func first(vars map[string]any, keys []string) string {
	if all := list(vars, keys); len(all) > 0 {
		return all[0]
	}
	return ""
}

// list is the value of the first of some variables that is set.
func list(vars map[string]any, keys []string) []string {
	for _, key := range keys {
		if all := texts(vars, []string{key}); len(all) > 0 && all[0] != "" {
			return all
		}
	}
	return nil
}

func clientOf(groups []string) string {
	for _, prefix := range clientGroups {
		for _, group := range groups {
			if len(group) > len(prefix) && strings.EqualFold(group[:len(prefix)], prefix) {
				return group[len(prefix):]
			}
		}
	}
	return ""
}
