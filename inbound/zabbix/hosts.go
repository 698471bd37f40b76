package zabbix

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"opsbot/inbound"
	"opsbot/model"
)

// Where a host's client, services and tier are read from, in this order.
var (
	clientTags   = []string{"client", "customer", "tenant"}
	serviceTags  = []string{"service", "services"}
	tierTags     = []string{"tier", "sla"}
	clientGroups = []string{"Clients/", "Customers/"} // of host groups: "Clients/ACME"
	clientMacros = []string{"{$CLIENT}", "{$CUSTOMER}"}
)

// Hosts returns every monitored host that we may read. Its client and services are read from its tags (client, customer or
// tenant; service, as often as needed; tier or sla), else from the name of a host group (Clients/ACME), else from a macro
// ({$CLIENT}). Errors are *inbound.Fault.
func (c *Client) Hosts(ctx context.Context) ([]model.FoundHost, error) {
	version, _, err := c.greeted(ctx)
	if err != nil {
		return nil, err
	}
	groups := "selectHostGroups"
	if inbound.Older(version, hostGroupsFrom) {
		groups = "selectGroups"
	}
	var found []host
	err = c.call(ctx, forHosts, "host.get", params{
		"output": []string{"hostid", "host", "name"}, "monitored_hosts": true, "selectInterfaces": []string{"ip", "dns", "useip", "main"},
		"selectTags": []string{"tag", "value"}, "selectMacros": []string{"macro", "value"}, groups: []string{"name"},
	}, &found)
	if err != nil {
		return nil, err
	}
	all := make([]model.FoundHost, 0, len(found))
	for i := range found {
		all = append(all, found[i].describe())
	}
	slices.SortFunc(all, func(a, b model.FoundHost) int { return model.CompareNatural(a.Name, b.Name) })
	return all, nil
}

func (h *host) describe() model.FoundHost {
	f := model.FoundHost{Name: h.Host, Labels: labels(h.Tags)}
	for _, i := range h.interfaces() {
		if address := i.address(); f.Address == "" {
			f.Address = address
		}
	}
	aliases := []string{h.Name}
	for _, i := range h.interfaces() {
		aliases = append(aliases, i.DNS, i.IP)
	}
	for _, alias := range aliases {
		if alias != "" && alias != f.Name && alias != f.Address && !slices.Contains(f.Aliases, alias) {
			f.Aliases = append(f.Aliases, alias)
		}
	}
	f.Client = cmp.Or(first(h.tagged(clientTags)), h.groupClient(), h.macroClient())
	f.Services, f.Tier = h.tagged(serviceTags), first(h.tagged(tierTags))
	slices.Sort(f.Services)
	f.Services = slices.Compact(f.Services)
	for _, name := range slices.Concat(clientTags, serviceTags, tierTags) {
		delete(f.Labels, name)
	}
	return f
}

func (i iface) address() string {
	if i.UseIP == "0" {
		return cmp.Or(i.DNS, i.IP)
	}
	return cmp.Or(i.IP, i.DNS)
}

// tagged are the values of the first of some tags that exists.
func (h *host) tagged(names []string) []string {
	for _, name := range names {
		var all []string
		for _, t := range h.Tags {
			if t.Tag == name && t.Value != "" {
				all = append(all, t.Value)
			}
		}
		if len(all) > 0 {
			return all
		}
	}
	return nil
}

func (h *host) groupClient() string {
	for _, prefix := range clientGroups {
		for _, g := range slices.Concat(h.Groups, h.HostGroups) {
			if name, ok := strings.CutPrefix(g.Name, prefix); ok {
				name, _, _ = strings.Cut(name, "/")
				return name
			}
		}
	}
	return ""
}

func (h *host) macroClient() string {
	for _, name := range clientMacros {
		for _, m := range h.Macros {
			if m.Macro == name {
				return m.Value
			}
		}
	}
	return ""
}

func first(all []string) string {
	if len(all) == 0 {
		return ""
	}
	return all[0]
}
