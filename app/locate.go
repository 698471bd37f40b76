package app

import (
	"strings"
	"sync/atomic"

	"opsbot/inventory"
	"opsbot/model"
)

// locator finds the hosts of events in the inventory, by the rules of the configuration in use. It is safe for concurrent
// use.
type locator struct {
	conf    *configuration
	current atomic.Pointer[inventory.Locator] // nil until the manager has an inventory
}

// locate makes the function by which the manager finds hosts in an inventory.
func (l *locator) locate(inv *model.Inventory) func(*model.Event) model.Located {
	rules := map[string]inventory.LocateRules{}
	cfg := l.conf.current().Config
	for i := range cfg.Inbound {
		from := &cfg.Inbound[i]
		rules[from.Name] = inventory.LocateRules{By: from.HostsBy, Domains: from.Domains, Clients: from.Clients}
	}
	next := inventory.NewLocator(inv, rules)
	l.current.Store(next)
	return next.Locate
}

// host is the host of the current inventory that an event is about; "" when there is none.
func (l *locator) host(e *model.Event) string {
	current := l.current.Load()
	if current == nil {
		return ""
	}
	name, _ := current.Host(e)
	return name
}

// maxSimilar is how many hosts are named that an event may mean.
const maxSimilar = 3

// Near implements ops.Sources.
func (l *locator) Near(e *model.Event) (hosts []string, why model.Reason) {
	current := l.current.Load()
	if current == nil || len(e.Names) == 0 {
		return nil, model.Reason{}
	}
	if word, several := current.Several(e, maxSimilar); word != "" {
		return several, model.NewReason(model.ReasonSeveralHosts, "name", word, "hosts", strings.Join(several, ", "))
	}
	return current.Near(e.Names[0]), model.Reason{}
}
