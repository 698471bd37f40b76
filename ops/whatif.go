package ops

import (
	"context"
	"slices"
	"strings"

	"opsbot/impact"
	"opsbot/model"
)

// WhatIf is the predicted effect on clients if hosts were gone.
type WhatIf struct {
	Words   string         // as the requester wrote them
	Hosts   []string       // that would be gone, by name
	Affects []model.WhatIf // services that would get worse, worst first
	Down    []string       // hosts among them that are already failing
	Spared  int            // services on these hosts that would get no worse
	Clients []ClientWhatIf // of Affects, worst first
	Others  int            // clients with nothing on these hosts, or nothing that gets worse
}

// ClientWhatIf is the predicted effect on one client.
type ClientWhatIf struct {
	model.Client
	Down []string // services that would not work
	Less []string // services that would work with less redundancy
}

// WhatIf predicts the state of the services that the requester sees if the named hosts were gone: named directly, or by
// any selector of checks on them.
func (k *Actions) WhatIf(ctx context.Context, who model.Actor, words []string) (*WhatIf, error) {
	target := strings.Join(words, " ")
	if err := k.needWords(ctx, who, "whatif", words); err != nil {
		return nil, err
	}
	inv := k.d.Inventory.Current()
	_, selection, err := k.selected(inv, who, words)
	if err != nil {
		return nil, err
	}
	w := &WhatIf{Words: target, Hosts: hostsOf(selection)}
	if len(w.Hosts) == 0 {
		return nil, &model.Error{Code: model.ErrNoEndpoints, Args: map[string]string{"words": shorten(target)}}
	}
	gone := map[string]bool{}
	for _, host := range w.Hosts {
		gone[host] = true
	}
	// What already fails on them counts as an effect too: during an outage the question is whom to inform.
	well := func(c *model.Check) model.Status {
		if gone[c.Endpoint.Host] {
			return model.StatusOK
		}
		return k.active(c)
	}
	for _, o := range impact.WhatIf(inv, w.Hosts, well) {
		switch {
		case !who.Scope.Sees(o.After.Client):
		case o.Worse():
			w.Affects = append(w.Affects, o)
		default:
			w.Spared++
		}
	}
	for _, host := range w.Hosts {
		if k.fails(inv, host) {
			w.Down = append(w.Down, host)
		}
	}
	w.Clients = clientsOf(who, inv, w.Affects)
	for _, c := range inv.Clients() {
		if who.Scope.Sees(c.Name) {
			w.Others++
		}
	}
	w.Others -= len(w.Clients)
	return w, nil
}

func hostsOf(selection []*model.Check) []string {
	var hosts []string
	seen := map[string]bool{}
	for _, c := range selection {
		if e := c.Endpoint; e != nil && !seen[e.Host] {
			seen[e.Host] = true
			hosts = append(hosts, e.Host)
		}
	}
	slices.SortFunc(hosts, model.CompareNatural)
	return hosts
}

// clientsOf groups services by client, in their order: worst first.
func clientsOf(who model.Actor, inv *model.Inventory, all []model.WhatIf) []ClientWhatIf {
	var out []ClientWhatIf
	at := map[string]int{}
	for i := range all {
		after := &all[i].After
		j, there := at[after.Client]
		if !there {
			j = len(out)
			at[after.Client] = j
			c, _ := inv.Client(after.Client)
			out = append(out, ClientWhatIf{Client: shownClient(who, c)})
		}
		if after.Verdict == model.VerdictDown {
			out[j].Down = append(out[j].Down, after.Service)
		} else {
			out[j].Less = append(out[j].Less, after.Service)
		}
	}
	return out
}

// active is the status of an endpoint by its stored state.
func (k *Actions) active(c *model.Check) model.Status {
	state, _ := k.d.Alerts.State(c.ID)
	switch {
	case state.Phase == model.PhaseDown:
		return model.StatusFail
	case !state.UnknownSince.IsZero():
		return model.StatusUnknown
	default: // one that never ran is ok until it has met a limit
		return model.StatusOK
	}
}

// fails reports whether everything on a host is down.
func (k *Actions) fails(inv *model.Inventory, host string) bool {
	return !slices.ContainsFunc(inv.ChecksOfHost(host), func(c *model.Check) bool { return k.active(c) != model.StatusFail })
}
