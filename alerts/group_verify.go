package alerts

import (
	"cmp"
	"context"
	"slices"
	"time"

	"opsbot/impact"
	"opsbot/model"
)

const (
	reverifyAfter = 5 * time.Second // a host that is reported again after so long is verified again
	groupResume   = model.Day       // after a restart what was known of endpoints counts until they are verified again: it was stored
	lostAfter     = 2 * time.Minute // after so long what was asked for is asked for again
)

// verified is what an event group had verified.
type verified struct {
	asked     map[model.CheckID]time.Time // when each endpoint was asked for
	last      time.Time                   // the last time that something was asked for
	requested time.Time                   // when somebody had all of it verified again; zero when that is shown
	complete  bool                        // all that its hosts carry was asked for
}

// isDone reports whether all endpoints were seen since somebody had them verified again.
func (v *verified) isDone(all map[model.CheckID]*tracked) bool {
	for id := range v.asked {
		if tr := all[id]; tr != nil && tr.state.At.Before(v.requested) {
			return false
		}
	}
	return true
}

// verifyAll verifies all that the hosts of a group carry: after a restart and with another inventory there is more of it.
func (g *eventGroup) verifyAll(t *transaction) {
	if g.verified.complete {
		return
	}
	for host := range g.hosts {
		g.verifyServicesOn(t, host, false)
	}
	g.verifyServices(t, g.keys(), false)
	g.verified.complete = true
}

// resume finds out, at the start, whom open groups affect by what was known, and has it verified: what comes before the groups' own turn,
// such as reminders, needs to know what of them is muted or in hand.
func (gs *eventGroups) resume(t *transaction) {
	for _, g := range gs.open {
		g.verifyAll(t)
		g.impact = impact.Assess(t.checks.inv, g.question(t.state, model.Scope{}))
		shown := g.in.Incident
		g.summarize(t.state, &shown, &g.impact, model.Scope{}) // which names the hosts that nobody knows, too
	}
}

// verifyServicesOn verifies the endpoints of all services on a host, those that were not verified yet; with again those on
// the host itself once more.
func (g *eventGroup) verifyServicesOn(t *transaction, host string, again bool) {
	for _, on := range t.checks.inv.ChecksOfHost(host) {
		for _, c := range t.checks.inv.ChecksOfService(on.Endpoint.ServiceKey) {
			asked, before := g.verified.asked[c.ID]
			if before && (!again || c.Endpoint.Host != host || t.at.Before(asked.Add(reverifyAfter))) {
				continue
			}
			g.verified.asked[c.ID], g.verified.last = t.at, t.at
			t.requests.checks = append(t.requests.checks, c.ID)
		}
	}
}

// verifyEvent verifies what an event is about, once more where it was.
func (g *eventGroup) verifyEvent(t *transaction, e *model.Event) {
	if e.Host != "" {
		g.verifyServicesOn(t, e.Host, true)
	}
	g.verifyServices(t, e.About, true)
}

// verifyServices verifies the endpoints of services that events are about without a host; with again those that were verified once more.
func (g *eventGroup) verifyServices(t *transaction, about []model.ServiceKey, again bool) {
	for _, key := range t.checks.inv.ServicesAbout(about) {
		for _, c := range t.checks.inv.ChecksOfService(key) {
			asked, before := g.verified.asked[c.ID]
			if before && (!again || t.at.Before(asked.Add(reverifyAfter))) {
				continue
			}
			g.verified.asked[c.ID], g.verified.last = t.at, t.at
			t.requests.checks = append(t.requests.checks, c.ID)
		}
	}
}

// verifyEnd verifies what an event is about that is over; what is known of it counts until that is done.
func (g *eventGroup) verifyEnd(t *transaction, e *model.Event) {
	for _, c := range t.checksAt(e.Located()) {
		if _, asked := g.verified.asked[c.ID]; asked {
			t.requests.checks = append(t.requests.checks, c.ID)
		}
	}
}

// verifyLost asks again for what was asked for long ago and was not seen: it may have been lost on the way.
func (g *eventGroup) verifyLost(t *transaction) {
	if t.at.Before(g.verified.last.Add(lostAfter)) {
		return
	}
	for id, asked := range g.verified.asked {
		if tr := t.checks.all[id]; tr == nil {
			delete(g.verified.asked, id)
		} else if tr.state.At.Before(asked) {
			t.requests.checks = append(t.requests.checks, id)
			g.verified.last = t.at
		}
	}
}

// VerifyAgain verifies all that an open event group is about and a scope sees; what is known of it counts until that is done.
// It returns how many endpoints that is; 0 when there is no such group. The error is the store's.
func (m *Manager) VerifyAgain(ctx context.Context, id model.IncidentID, scope model.Scope) (n int, err error) {
	err = m.update(ctx, func(t *transaction) {
		in := t.incidents.byID[id]
		if in == nil || in.group == nil {
			return
		}
		for id := range in.group.verified.asked {
			if tr := t.checks.all[id]; tr != nil && scope.Sees(tr.check.Client()) {
				t.requests.checks = append(t.requests.checks, id)
				n++
			}
		}
		slices.Sort(t.requests.checks)
		in.group.verified.requested = t.at
	})
	return n, storeError(err)
}

// showVerified dates what a group's card shows anew when somebody had all of it verified again and that is done: whoever
// pressed the button shall see that something happened, even if nothing has changed.
func (g *eventGroup) showVerified(t *transaction) {
	in := g.in
	v := &g.verified
	if v.requested.IsZero() || !v.isDone(t.checks.all) {
		return
	}
	v.requested = time.Time{}
	dated := *in.EventGroup
	dated.Checked = t.at
	in.EventGroup = &dated
	t.store(in)
	t.touch(in, touch{edited: true})
}

// hurt is how much the verification of a service's endpoints matters.
type hurt struct {
	gold  bool
	share int // percent of the service's endpoints that are on hosts of event groups
}

// order puts what is to be verified in the order of whom it hurts: the gold tier first, then services of which
// most endpoints are reported broken.
func (gs *eventGroups) order(t *transaction) {
	if len(t.requests.checks) < 2 || len(gs.open) == 0 {
		return
	}
	known := map[model.ServiceKey]hurt{}
	of := func(id model.CheckID) hurt {
		tr := t.checks.all[id]
		if tr == nil || tr.check.Endpoint == nil {
			return hurt{}
		}
		key := tr.check.Endpoint.ServiceKey
		h, counted := known[key]
		if !counted {
			h = gs.hurt(t, key)
			known[key] = h
		}
		return h
	}
	slices.SortStableFunc(t.requests.checks, func(a, b model.CheckID) int {
		x, y := of(a), of(b)
		if x.gold != y.gold {
			if x.gold {
				return -1
			}
			return 1
		}
		return cmp.Compare(y.share, x.share)
	})
}

func (gs *eventGroups) hurt(t *transaction, key model.ServiceKey) hurt {
	all, hit := t.checks.inv.ChecksOfService(key), 0
	for _, c := range all {
		if gs.have(c.Endpoint) {
			hit++
		}
	}
	service, _ := t.checks.inv.Service(key)
	return hurt{service.Tier == model.TierGold, hit * 100 / max(1, len(all))}
}
