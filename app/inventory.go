package app

import (
	"context"
	"errors"
	"sync/atomic"

	"opsbot/app/setup"
	"opsbot/checks"
	"opsbot/inventory"
	"opsbot/model"
	"opsbot/schedule"
	"opsbot/store"
)

// newInventory makes the current inventory, without the hosts that DNS knows.
func newInventory(c *core) *inventory.Live {
	log := c.component("inventory")
	return inventory.NewLive(c.conf.current().Source(), inventory.Options{
		Resolver: c.Resolver, Answers: c.answers, Now: c.Now, Report: func(err error) { log.WithError(err).Error("look up names") },
	})
}

// lookUp adds the hosts that DNS knows: by the answers of the database, and by asking unless that was done before. A takeover does not wait
// for DNS: the leader before has left its answers, and keepInventory asks.
func (b *base) lookUp(ctx context.Context) {
	b.answers.db.Store(b.db)
	learn := b.live.Recall
	if b.epoch <= 1 && !b.answers.asked.Swap(true) {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, setup.FirstLookup)
		defer cancel()
		learn = b.live.Start
	}
	if err := learn(ctx); err != nil {
		b.component("inventory").WithError(err).Error("take up DNS answers")
	}
}

// keepInventory asks DNS at once if nobody has, and then as often as usual.
func (b *base) keepInventory(ctx context.Context) error {
	if !b.answers.asked.Swap(true) {
		if err := b.live.Refresh(ctx); err != nil && ctx.Err() == nil {
			b.component("inventory").WithError(err).Error("look up names")
		}
	}
	return b.live.Run(ctx)
}

// answers keeps DNS answers in the database of the term; without one nothing is kept. It implements inventory.AnswerStore.
type answers struct {
	db    atomic.Pointer[store.DB]
	asked atomic.Bool // DNS was asked for all names once
}

// LoadAnswers implements inventory.AnswerStore.
func (a *answers) LoadAnswers(ctx context.Context) ([]model.DNSAnswer, error) {
	if db := a.db.Load(); db != nil {
		return db.LoadAnswers(ctx)
	}
	return nil, nil
}

// SaveAnswers implements inventory.AnswerStore.
func (a *answers) SaveAnswers(ctx context.Context, all []model.DNSAnswer) error {
	if db := a.db.Load(); db != nil {
		return db.SaveAnswers(ctx, all)
	}
	return nil
}

// hostPicker selects hosts of the current inventory. It implements checks.HostPicker.
type hostPicker struct{ live *inventory.Live }

// Pick implements checks.HostPicker.
func (p hostPicker) Pick(words []string) []model.Host { return inventory.Pick(p.live.Current(), words) }

// inventoryChanged hands a new inventory to those who keep something by it. The manager comes first: it ignores the results of
// checks that it does not know, and the scheduler starts new ones at once.
func (t *term) inventoryChanged(ctx context.Context, inv *model.Inventory) {
	err := errors.Join(t.checks.recorder.Number(ctx, inv), t.alerts.manager.SetInventory(ctx, inv), t.checks.scheduler.Set(entries(inv)))
	log := t.component("inventory").WithFields(map[string]any{
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
