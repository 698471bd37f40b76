package alerts

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"opsbot/impact"
	"opsbot/model"
)

// The most that an event group's card is given of lists that may be thousands long.
const (
	groupMaxBefore = 10 // services that were not well already
	groupMaxGuides = 3  // clients of which it says what to do
)

// summarize fills in what an event group comes to, as far as a scope may see it; found is what it means to that scope.
func (g *eventGroup) summarize(s *state, in *model.Incident, found *model.Impact, scope model.Scope) {
	was := g.in.EventGroup
	now := model.EventGroup{
		Since: was.Since, LastAt: was.LastAt, Events: was.Events, Done: found.Done, Total: found.Total,
		Clients: found.Clients, Down: found.Down, Services: len(found.Services), Spared: found.Spared,
		BeforeAll: len(found.Before), Cause: found.Cause, HostsAll: len(found.Hosts), Checked: was.Checked,
	}
	if !scope.Limited { // what a source says of hosts is not everybody's business
		now.Replies = was.Replies
	}
	summarizeHosts(&now, found)
	now.Place = impact.PlaceOf(s.checks.inv, notRefuted(found), scope)
	if !scope.Limited && (found.Done != was.Done || now.Verifications != was.Verifications) || now.Checked.IsZero() {
		now.Checked = s.now()
	}
	critical := g.summarizeEvents(s, &now, found, scope)
	in.Severity = found.Severity()
	for i := range critical {
		in.Severity = max(in.Severity, critical[i].severity)
	}
	if !scope.Limited {
		g.untested = critical
	}
	in.Affected = nil
	for i := range found.Services[:min(len(found.Services), stormDetail)] {
		in.Affected = append(in.Affected, found.Services[i].ServiceState)
	}
	for i := range found.Before[:min(len(found.Before), groupMaxBefore)] {
		now.Before = append(now.Before, found.Before[i].ServiceState)
	}
	now.Worst = worstOfServices(was.Worst, found, scope)
	now.Guides = s.checks.inv.Guides(found.Services, groupMaxGuides)
	in.EventGroup = &now
	in.Reason = model.NewReason(model.ReasonEventGroup, "hosts", strconv.Itoa(now.HostsAll+now.UnmappedAll),
		"sources", strings.Join(now.Sources, ", "))
}

// summarizeHosts names the hosts of a group, and counts what their verification found.
func summarizeHosts(now *model.EventGroup, found *model.Impact) {
	for _, h := range found.Hosts {
		now.Verifications.Add(h.Verification)
		now.Hosts = append(now.Hosts, h.Host)
		if h.Verification == model.VerifyRefuted {
			now.Refuted = append(now.Refuted, h.Host)
		}
	}
	now.Hosts, now.Refuted = firstFew(now.Hosts), firstFew(now.Refuted)
}

// notRefuted are the hosts of a group that are not verified to work.
func notRefuted(found *model.Impact) (hosts []string) {
	for _, h := range found.Hosts {
		if h.Verification != model.VerifyRefuted {
			hosts = append(hosts, h.Host)
		}
	}
	return hosts
}

// worstOfServices is the worst that services were, as far as a scope sees: before now, and now.
func worstOfServices(was []model.ServiceState, found *model.Impact, scope model.Scope) []model.ServiceState {
	was = slices.DeleteFunc(slices.Clone(was), func(s model.ServiceState) bool { return !scope.Sees(s.Client) })
	now := make([]model.ServiceState, 0, len(found.Services))
	for i := range found.Services {
		s := found.Services[i].ServiceState
		if s.Verdict == model.VerdictUnknown && found.Done < found.Total {
			continue // it is being verified
		}
		now = append(now, s)
	}
	return worstStates(was, now)
}

// views are an event group as those see it who do not see everything. Readers make them too, who share a lock of the Manager.
type views struct {
	mu  sync.Mutex
	all map[string]view // by the names of a scope's clients
}

// view is an event group as one scope sees it.
type view struct {
	model.Incident
	affected []model.ServiceState // all of them, worst first
}

// view is an incident of an event group as a scope sees it.
func (g *eventGroup) view(s *state, in *model.Incident, scope model.Scope) view {
	return g.views.get(strings.Join(scope.Clients, "\x00"), func() view {
		seen := view{Incident: *in}
		found := impact.Assess(s.checks.inv, g.question(s, scope))
		g.summarize(s, &seen.Incident, &found, scope)
		seen.affected = statesOf(&found)
		return seen
	})
}

// affected are the services that an event group affects, of those that a scope sees, worst first.
func (g *eventGroup) affected(s *state, scope model.Scope) []model.ServiceState {
	if !scope.Limited {
		return statesOf(&g.impact)
	}
	seen := g.view(s, &g.in.Incident, scope)
	return seen.affected
}

func statesOf(found *model.Impact) []model.ServiceState {
	states := make([]model.ServiceState, len(found.Services))
	for i := range found.Services {
		states[i] = found.Services[i].ServiceState
	}
	return states
}

// get returns the view of a scope, and makes it when there is none.
func (v *views) get(scope string, summarize func() view) view {
	v.mu.Lock()
	defer v.mu.Unlock()
	seen, known := v.all[scope]
	if !known {
		seen = summarize()
		if v.all == nil {
			v.all = map[string]view{}
		}
		v.all[scope] = seen
	}
	return seen
}

func (v *views) forget() {
	v.mu.Lock()
	defer v.mu.Unlock()
	clear(v.all)
}

// sameGroup reports whether two event groups show the same.
func sameGroup(a, b *model.EventGroup) bool {
	if a == nil || b == nil {
		return a == b
	}
	x, y := *a, *b
	x.Since, y.Since, x.LastAt, y.LastAt, x.Checked, y.Checked = time.Time{}, time.Time{}, time.Time{}, time.Time{}, time.Time{}, time.Time{}
	return a.Since.Equal(b.Since) && a.LastAt.Equal(b.LastAt) && reflect.DeepEqual(x, y)
}
