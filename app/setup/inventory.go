package setup

import (
	"context"
	"slices"
	"strconv"
	"time"

	"opsbot/checks"
	"opsbot/inventory"
	"opsbot/model"
)

// FirstLookup bounds how long a start waits for DNS; names that answer later come with the next refresh.
const FirstLookup = 10 * time.Second

// InventoryView gives the use cases the inventory. It implements ops.Inventory.
type InventoryView struct{ Live *inventory.Live }

// Current implements ops.Inventory.
func (v InventoryView) Current() *model.Inventory { return v.Live.Current() }

// Resolve implements ops.Inventory.
func (v InventoryView) Resolve(inv *model.Inventory, words []string, scope model.Scope) (model.Selector, error) {
	return inventory.Resolve(inv, words, scope)
}

// Warnings implements ops.Inventory.
func (v InventoryView) Warnings(scope model.Scope) []model.Reason {
	var all []model.Reason
	for _, w := range v.Live.Warnings() {
		if visible(w.Clients, scope) {
			all = append(all, model.NewReason(model.IssueName, "name", w.Name, "kept", strconv.Itoa(w.Kept), "said", string(w.Reason.Code)))
		}
	}
	return all
}

// visible reports whether somebody may know of a name: one of its clients lies in their scope.
func visible(clients []string, scope model.Scope) bool {
	return !scope.Limited || slices.ContainsFunc(clients, scope.Sees)
}

// Pool runs checks for one kind of demand. It implements ops.Engine and alerts.Runner.
type Pool struct {
	Engine *checks.Engine
	Kind   checks.Pool
}

// RunAll implements ops.Engine and alerts.Runner.
func (p Pool) RunAll(ctx context.Context, all []*model.Check, each func(model.Result)) {
	p.Engine.RunAll(ctx, p.Kind, all, each)
}

// Wait waits for a time, or until ctx ends: then it returns ctx's error.
func Wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
