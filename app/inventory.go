package app

import (
	"context"
	"errors"

	"opsbot/app/setup"
	"opsbot/checks"
	"opsbot/inventory"
	"opsbot/model"
	"opsbot/schedule"
)

// newInventory makes the current inventory, with the hosts that DNS knows.
func newInventory(ctx context.Context, b *base) *inventory.Live {
	log := b.component("inventory")
	live := inventory.NewLive(b.conf.current().Source(), inventory.Options{
		Resolver: b.Resolver, Answers: b.db, Now: b.Now, Report: func(err error) { log.WithError(err).Error("look up names") },
	})
	ctx, cancel := context.WithTimeout(ctx, setup.FirstLookup)
	defer cancel()
	if err := live.Start(ctx); err != nil {
		log.WithError(err).Error("take up DNS answers")
	}
	return live
}

// hostPicker selects hosts of the current inventory. It implements checks.HostPicker.
type hostPicker struct{ live *inventory.Live }

// Pick implements checks.HostPicker.
func (p hostPicker) Pick(words []string) []model.Host { return inventory.Pick(p.live.Current(), words) }

// inventoryChanged hands a new inventory to those who keep something by it. The manager comes first: it ignores the results of
// checks that it does not know, and the scheduler starts new ones at once.
func (a *App) inventoryChanged(ctx context.Context, inv *model.Inventory) {
	err := errors.Join(a.checks.recorder.Number(ctx, inv), a.alerts.manager.SetInventory(ctx, inv), a.checks.scheduler.Set(entries(inv)))
	log := a.component("inventory").WithFields(map[string]any{
		"clients": len(inv.Clients()), "hosts": len(inv.Hosts()), "checks": len(inv.Checks()),
	})
	if err != nil {
		log.WithError(err).Error("take up a changed inventory")
		return
	}
	log.Info("the inventory changed")
}

// entries are the schedules of all checks.
func entries(inv *model.Inventory) []schedule.Entry {
	all := make([]schedule.Entry, 0, len(inv.Checks()))
	for _, c := range inv.Checks() {
		all = append(all, schedule.Entry{ID: c.ID, Expression: c.Schedule, Takes: checks.Longest(c)})
	}
	return all
}
