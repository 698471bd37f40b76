package ops

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"opsbot/impact"
	"opsbot/model"
)

// Events knows what sources say.
type Events interface {
	// Events returns the events that stand and that a scope sees, worst first.
	Events(scope model.Scope) []model.Event
	// VerifyAgain has all that an open burst is about and a scope sees looked at again, and returns how many endpoints that is.
	VerifyAgain(ctx context.Context, id model.IncidentID, scope model.Scope) (int, error)
}

// ImpactRequest asks what the events that stand mean for clients.
type ImpactRequest struct {
	Sources  []string            // of these alone; none is all
	Live     bool                // every endpoint in question is looked at now; else what was seen last counts
	Progress func(done, all int) // called as results come in, one at a time; nil is fine
}

// Impact is what the events that stand mean for the clients that the asker sees.
type Impact struct {
	At           time.Time
	Took         time.Duration
	Live         bool
	Sources      []string            // of which events stand, by name
	Events       []model.Event       // that stand, worst first
	Since        time.Time           // the earliest beginning among them
	Unmapped     []string            // what is not in the inventory, as the sources call it, by name
	Disconnected []model.SourceState // of those that are asked about, the ones that are not heard: what they see now is not here
	NoHost       []string            // what is said about no host: the sources' titles
	Found        model.Impact
	Guides       []model.Guide // what to do about the worst clients
}

// impactGuides is for how many clients it is said what to do.
const impactGuides = 3

// Impact says what the events that stand mean. What was not well before the first of them began is not blamed on them.
// ErrNoSource when a source is asked for that there is not.
func (k *Actions) Impact(ctx context.Context, who model.Actor, req ImpactRequest) (*Impact, error) {
	target := strings.Join(req.Sources, " ")
	if err := k.need(ctx, who, model.RoleViewer, "impact", target); err != nil {
		return nil, err
	}
	names, err := k.sourcesNamed(req.Sources)
	if err != nil {
		return nil, err
	}
	if !req.Live {
		return k.impact(ctx, who, names, req), nil
	}
	// Everybody asks at the same moment, and each answer is thousands of checks: one look at a time, which serves all.
	key := strconv.FormatBool(who.Scope.Limited) + "\x01" + strings.Join(names, "\x00") + "\x01" + strings.Join(who.Scope.Clients, "\x00")
	select {
	case k.impacting <- struct{}{}:
		defer func() { <-k.impacting }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	last := k.impacts[key]
	if last == nil || k.d.Now().Sub(last.ended()) > impactFresh {
		last = k.impact(ctx, who, names, req)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		k.keepImpact(key, last)
	}
	return last, k.noted(ctx, k.entry(who, "impact", target), nil)
}

// ended is when the look was done: hosts that hang make it last longer than impactFresh.
func (r *Impact) ended() time.Time { return r.At.Add(r.Took) }

// impactFresh is how long a live look serves others who ask the same, once it is done.
const impactFresh = 5 * time.Second

// keepImpact remembers a live look, and forgets those that serve nobody any more. impacting is held.
func (k *Actions) keepImpact(key string, r *Impact) {
	maps.DeleteFunc(k.impacts, func(_ string, old *Impact) bool { return r.ended().Sub(old.ended()) > impactFresh })
	k.impacts[key] = r
}

func (k *Actions) impact(ctx context.Context, who model.Actor, names []string, req ImpactRequest) *Impact {
	r := &Impact{At: k.d.Now(), Live: req.Live}
	for _, e := range k.d.Events.Events(who.Scope) {
		if len(names) == 0 || slices.Contains(names, e.Source) {
			r.Events = append(r.Events, e)
		}
	}
	for _, s := range k.d.Sources.SourceStates() {
		if !s.Failing.IsZero() && (len(names) == 0 || slices.Contains(names, s.Name)) {
			r.Disconnected = append(r.Disconnected, s)
		}
	}
	inv := k.d.Inventory.Current()
	hosts := r.sum()
	q := model.ImpactQuestion{Hosts: hosts, Began: r.Since.Add(-model.EventSlack), Scope: who.Scope, Cause: true}
	q.See = k.lastSeen
	if req.Live {
		q.See = k.lookNow(ctx, inv, hosts, who.Scope, req.Progress)
	}
	r.Found = impact.Assess(inv, q)
	r.Guides = inv.Guides(r.Found.Services, impactGuides)
	r.Took = k.d.Now().Sub(r.At)
	return r
}

// sum fills in what the events come to, and returns the hosts of the inventory that they are about.
func (r *Impact) sum() (hosts []string) {
	seen, strangers, noHost, sources := map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}
	for i := range r.Events {
		e := &r.Events[i]
		sources[e.Source] = true
		if r.Since.IsZero() || e.OpenedAt.Before(r.Since) {
			r.Since = e.OpenedAt
		}
		switch {
		case e.IsUnmapped():
			strangers[e.Name()] = true
		case e.Host == "":
			noHost[e.Name()] = true
		case !seen[e.Host]:
			seen[e.Host] = true
			hosts = append(hosts, e.Host)
		}
	}
	r.Unmapped, r.NoHost, r.Sources = model.SortedKeys(strangers), model.SortedKeys(noHost), model.SortedKeys(sources)
	return hosts
}

// lastSeen is what is remembered of an endpoint: nothing was asked for it.
func (k *Actions) lastSeen(c *model.Check) model.EndpointState {
	state, _ := k.d.Alerts.State(c.ID)
	look := state.EndpointState(time.Time{})
	look.Fresh = !state.At.IsZero()
	return look
}

// lookNow runs every endpoint of the services on some hosts, and says what was seen. What it saw differently from the
// schedule is looked at again by that.
func (k *Actions) lookNow(ctx context.Context, inv *model.Inventory, hosts []string, scope model.Scope, progress func(done, all int)) func(*model.Check) model.EndpointState {
	asked := k.reached(inv, hosts, scope)
	seen := make(map[model.CheckID]model.EndpointState, len(asked))
	k.d.Engine.RunAll(ctx, asked, func(res model.Result) {
		state, _ := k.d.Alerts.State(res.Check)
		since := state.NotOKSince() // what goes on failing began when that did
		if res.Status != model.StatusOK && since.IsZero() {
			since = res.At
		}
		seen[res.Check] = model.EndpointState{Status: res.Status, Fresh: res.Reason.Code != model.ReasonCancelled, Since: since}
		k.recheckIfNews(res)
		if progress != nil {
			progress(len(seen), len(asked))
		}
	})
	return func(c *model.Check) model.EndpointState {
		if look, run := seen[c.ID]; run {
			return look
		}
		return k.lastSeen(c)
	}
}

// reached are the endpoints of all services that have one on some hosts, as far as a scope sees.
func (k *Actions) reached(inv *model.Inventory, hosts []string, scope model.Scope) []*model.Check {
	var all []*model.Check
	known := map[model.ServiceKey]bool{}
	for _, host := range hosts {
		for _, on := range inv.ChecksOfHost(host) {
			if key := on.Endpoint.ServiceKey; !known[key] && scope.Sees(key.Client) {
				known[key] = true
				all = append(all, inv.ChecksOfService(key)...)
			}
		}
	}
	return all
}
