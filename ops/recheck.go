package ops

import (
	"context"
	"strconv"

	"opsbot/model"
)

// Recheck asks the scheduler to run everything that is down in an incident and that the requester sees, now. It returns
// how many checks that is; the card changes once their results are evaluated.
func (k *Actions) Recheck(ctx context.Context, who model.Actor, id model.IncidentID) (int, error) {
	word := "#" + strconv.FormatInt(int64(id), 10)
	if err := k.need(ctx, who, RoleFor(ActionRecheck), ActionRecheck, word); err != nil {
		return 0, err
	}
	in, open := k.seen(who, id)
	if !open {
		return 0, k.noIncident(ctx, who, id)
	}
	if in.Kind == model.IncidentEventGroup {
		n, err := k.d.Events.VerifyAgain(ctx, id, who.Scope)
		return n, k.noted(ctx, k.entry(who, ActionRecheck, word), err)
	}
	inv, n := k.d.Inventory.Current(), 0
	for _, f := range in.Failing {
		if c, known := inv.Check(f.Check); known && who.Scope.Sees(c.Client()) {
			k.d.Recheck(f.Check)
			n++
		}
	}
	return n, k.noted(ctx, k.entry(who, ActionRecheck, word), nil)
}

// touched returns the services that an incident affects; of an event group those it affected at the worst.
func touched(in *model.Incident) []model.ServiceState {
	if in.EventGroup != nil && len(in.EventGroup.Worst) > 0 {
		return in.EventGroup.Worst
	}
	return in.Affected
}

// seesSome reports whether anything that an incident is about is in a scope.
func seesSome(scope model.Scope, in *model.Incident) bool {
	if in.Kind == model.IncidentStorm && !in.Readers.Equal(scope) { // who sees another part of what fails has a storm of their own, or none
		return false
	}
	return touchesScope(scope, in)
}

// touchesScope reports whether anything that an incident affects is in a scope.
func touchesScope(scope model.Scope, in *model.Incident) bool {
	if !scope.Limited || in.Kind == model.IncidentConnectivity { // that nothing is monitored concerns everybody
		return true
	}
	for _, s := range touched(in) {
		if scope.Sees(s.Client) {
			return true
		}
	}
	return false
}
