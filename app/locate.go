package app

import (
	"strings"

	"opsbot/inventory"
	"opsbot/model"
)

// locator finds the hosts of events in an inventory, by the rules of the configuration that holds now.
func (a *App) locator(inv *model.Inventory) *inventory.Locator {
	rules := map[string]inventory.LocateRules{}
	for i := range a.loaded.Load().Config.Inbound {
		from := &a.loaded.Load().Config.Inbound[i]
		rules[from.Name] = inventory.LocateRules{By: from.HostsBy, Domains: from.Domains}
	}
	return inventory.NewLocator(inv, rules)
}

// locate is what the book finds hosts by.
func (a *App) locate(inv *model.Inventory) func(*model.Event) string {
	l := a.locator(inv)
	a.nearest.Store(l)
	return func(e *model.Event) string {
		name, _ := l.Host(e)
		return name
	}
}

// likeness is how many hosts are named that an event may mean.
const likeness = 3

// Near implements ops.Sources.
func (d directory) Near(e *model.Event) (hosts []string, why model.Reason) {
	l := d.app.nearest.Load()
	if l == nil || len(e.Names) == 0 {
		return nil, model.Reason{}
	}
	if word, several := l.Several(e, likeness); word != "" {
		return several, model.NewReason(model.ReasonSeveralHosts, "name", word, "hosts", strings.Join(several, ", "))
	}
	return l.Near(e.Names[0]), model.Reason{}
}

// directory answers what people ask about sources.
type directory struct {
	*sources
	app *App
}
