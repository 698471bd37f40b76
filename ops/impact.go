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

// Events provides the events of sources.
type Events interface {
	// Events returns the active events that a scope sees, worst first.
	Events(scope model.Scope) []model.Event
	// VerifyAgain verifies again everything in an open event group that a scope sees, and returns how many endpoints that is.
	VerifyAgain(ctx context.Context, id model.IncidentID, scope model.Scope) (int, error)
}

// ImpactRequest asks what the active events mean for clients.
type ImpactRequest struct {
	Sources  []string            // only these; none is all
	Live     bool                // every affected endpoint is checked now; else its last result counts
	Progress func(done, all int) // called as results come in, one at a time; may be nil
}

// Impact is what the active events mean for the clients that the requester sees.
type Impact struct {
	At           time.Time
	Took         time.Duration
	Live         bool
	Sources      []string            // with active events, by name
	Events       []model.Event       // active, worst first
	Since        time.Time           // the earliest start among them
	Unmapped     []string            // names that are not in the inventory, as the sources give them, worst first
	NoSources    bool                // there are none: no events mean nothing
	Disconnected []model.SourceState // requested sources that are disconnected: their current events are missing here
	NoHost       []string            // events about no host: the sources' titles, worst first
	About        []string            // clients that events are about without a host, worst first
	Found        model.Impact
	Guides       []model.Guide // what to do for the worst affected clients
}

// impactGuides is the maximum number of guides.
const impactGuides = 3

// Impact assesses the active events. What was not ok before the first of them began is not attributed to them. ErrNoSource for
// an unknown source.
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
		return k.impact(ctx, who, names, req).shownTo(who), nil
	}
	// Everybody asks at the same moment, and each answer takes thousands of checks: one run at a time, shared by all.
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
	return last.shownTo(who), k.noted(ctx, k.entry(who, "impact", target), nil)
}

// shownTo is an impact as the requester may read it; others share the run.
func (r *Impact) shownTo(who model.Actor) *Impact {
	shown := *r
	shown.Guides = shownGuides(who, r.Guides)
	return &shown
}

// ended is when the run ended: hosts that hang make it last longer than impactFresh.
func (r *Impact) ended() time.Time { return r.At.Add(r.Took) }

// impactFresh is how long a live impact is reused for the same request after it ended.
const impactFresh = 5 * time.Second

// keepImpact stores a live impact, and drops outdated ones. The caller holds impacting.
func (k *Actions) keepImpact(key string, r *Impact) {
	maps.DeleteFunc(k.impacts, func(_ string, old *Impact) bool { return r.ended().Sub(old.ended()) > impactFresh })
	k.impacts[key] = r
}

func (k *Actions) impact(ctx context.Context, who model.Actor, names []string, req ImpactRequest) *Impact {
	r := &Impact{At: k.d.Now(), Live: req.Live}
	for _, e := range k.events(ctx, who) {
		if len(names) == 0 || slices.Contains(names, e.Source) {
			r.Events = append(r.Events, e)
		}
	}
	r.NoSources = k.noSources()
	for _, s := range k.sources(who.Scope) {
		if !s.Failing.IsZero() && (len(names) == 0 || slices.Contains(names, s.Name)) {
			r.Disconnected = append(r.Disconnected, s)
		}
	}
	inv := k.d.Inventory.Current()
	hosts, about := r.sum()
	q := model.ImpactQuestion{Hosts: hosts, About: inv.ServicesAbout(about), Began: r.Since.Add(-model.EventSlack), Scope: who.Scope, Cause: true}
	q.See = k.lastSeen
	if req.Live {
		q.See = k.lookNow(ctx, k.reached(inv, &q), req.Progress)
	}
	r.Found = impact.Assess(inv, q)
	r.Guides = inv.Guides(r.Found.Services, impactGuides)
	r.Took = k.d.Now().Sub(r.At)
	return r
}

// sum fills in the totals of the events, and returns the hosts of the inventory and the services that they are about.
func (r *Impact) sum() (hosts []string, about []model.ServiceKey) {
	seen, sources := map[string]bool{}, map[string]bool{}
	for i := range r.Events {
		e := &r.Events[i]
		sources[e.Source] = true
		if r.Since.IsZero() || e.OpenedAt.Before(r.Since) {
			r.Since = e.OpenedAt
		}
		about = append(about, e.About...)
		for _, client := range e.Located().ClientsAbout() {
			r.About = addOnce(r.About, client)
		}
		switch {
		case e.IsUnmapped():
			r.Unmapped = addOnce(r.Unmapped, e.Name())
		case len(e.About) > 0:
		case e.Host == "":
			r.NoHost = addOnce(r.NoHost, e.Name())
		case !seen[e.Host]:
			seen[e.Host] = true
			hosts = append(hosts, e.Host)
		}
	}
	r.Sources = model.SortedKeys(sources)
	return hosts, about
}

func addOnce(names []string, name string) []string {
	if slices.Contains(names, name) {
		return names
	}
	return append(names, name)
}

// lastSeen is the stored state of an endpoint, which was not run.
func (k *Actions) lastSeen(c *model.Check) model.EndpointState {
	state, _ := k.d.Alerts.State(c.ID)
	look := state.EndpointState(time.Time{})
	look.Fresh = !state.At.IsZero()
	return look
}

// lookNow runs endpoints, and returns their states. Checks whose stored state differs are rechecked by the scheduler.
func (k *Actions) lookNow(ctx context.Context, asked []*model.Check, progress func(done, all int)) func(*model.Check) model.EndpointState {
	seen := make(map[model.CheckID]model.EndpointState, len(asked))
	k.d.Engine.RunAll(ctx, asked, func(res model.Result) {
		state, _ := k.d.Alerts.State(res.Check)
		since := state.NotOKSince() // a continued failure began when its state did
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

// reached returns the endpoints of all services that an assessment looks at.
func (k *Actions) reached(inv *model.Inventory, q *model.ImpactQuestion) []*model.Check {
	var all []*model.Check
	for _, key := range impact.Reached(inv, q) {
		all = append(all, inv.ChecksOfService(key)...)
	}
	return all
}
