package setup

import (
	"context"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"opsbot/checks"
	"opsbot/inventory"
	"opsbot/model"
	"opsbot/ops"
)

// FirstLookup bounds how long a start waits for DNS; names that answer later come with the next refresh.
const FirstLookup = 10 * time.Second

// InventoryView gives the use cases the inventory. It implements ops.Inventory.
type InventoryView struct{ Live *inventory.Live }

// Current implements ops.Inventory.
func (v InventoryView) Current() *model.Inventory { return v.Live.Current() }

// Resolve implements ops.Inventory.
func (v InventoryView) Resolve(inv *model.Inventory, words []string, scope model.Scope) (model.Selector, error) {
	return v.Live.Resolve(inv, words, scope)
}

// Warnings implements ops.Inventory.
func (v InventoryView) Warnings(scope model.Scope) []model.Reason {
	var all []model.Reason
	for _, w := range v.Live.Warnings() {
		if visible(w.Clients, scope) {
			all = append(all, model.NewReason(model.IssueName, "name", w.Name, "kept", strconv.Itoa(w.Kept), "said", string(w.Reason.Code)))
		}
	}
	var names []string
	for _, b := range v.Beyond(scope) {
		names = append(names, b.Name)
	}
	if len(names) > 0 {
		all = append(all, model.NewReason(model.IssueBeyond, "count", strconv.Itoa(len(names)), "names", firstFew(names)))
	}
	return all
}

// mostNames is how many names a health issue lists: it is one line of /status.
const mostNames = 3

func firstFew(names []string) string {
	if more := len(names) - mostNames; more > 0 {
		return strings.Join(names[:mostNames], ", ") + " +" + strconv.Itoa(more)
	}
	return strings.Join(names, ", ")
}

// Beyond implements ops.Inventory.
func (v InventoryView) Beyond(scope model.Scope) []ops.UnmappedHost {
	var all []ops.UnmappedHost
	for _, b := range v.Live.Beyond() {
		if !visible(b.Clients, scope) {
			continue
		}
		row := ops.UnmappedHost{Name: b.Domain, Source: "DNS", Severity: model.SeverityWarning, Since: b.Since}
		if len(b.Addresses) > 0 {
			row.Names = printed(b.Addresses)
			row.Why = model.NewReason(model.ReasonBeyond, "name", b.Domain, "addrs", firstFew(row.Names))
			all = append(all, row)
		}
		if len(b.Surplus) > 0 {
			row.Names = printed(b.Surplus)
			row.Why = model.NewReason(model.ReasonManyAddresses,
				"name", b.Domain, "count", strconv.Itoa(inventory.MaxAddresses+len(b.Surplus)), "most", strconv.Itoa(inventory.MaxAddresses))
			all = append(all, row)
		}
	}
	return all
}

func printed(addresses []netip.Addr) []string {
	all := make([]string, len(addresses))
	for i, a := range addresses {
		all[i] = a.String()
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
