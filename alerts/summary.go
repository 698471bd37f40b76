package alerts

import (
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"opsbot/impact"
	"opsbot/model"
)

// The most that a burst's card is given of lists that may be thousands long.
const (
	groupMaxNames  = 20 // hosts, and what is not in the inventory
	groupMaxBefore = 10 // services that were not well already
	groupMaxGuides = 3  // clients of which it says what to do
)

// portray fills in what a burst comes to, as far as a scope may see it; found is what it means to that scope.
func (b *Manager) summarize(in *model.Incident, group *incident, found *model.Impact, scope model.Scope) {
	was := group.EventGroup
	now := model.EventGroup{
		Since: was.Since, LastAt: was.LastAt, Events: was.Events, Done: found.Done, Total: found.Total,
		Clients: found.Clients, Down: found.Down, Services: len(found.Services), Spared: found.Spared,
		BeforeAll: len(found.Before), Cause: found.Cause, HostsAll: len(found.Hosts), Checked: was.Checked,
	}
	if !scope.Limited { // what a source says of hosts is not everybody's business
		now.Replies = was.Replies
	}
	verifications := make(map[string]model.Verification, len(found.Hosts))
	for _, h := range found.Hosts {
		verifications[h.Host] = h.Verification
		now.Verifications.Add(h.Verification)
		now.Hosts = append(now.Hosts, h.Host)
		if h.Verification == model.VerifyRefuted {
			now.Refuted = append(now.Refuted, h.Host)
		}
	}
	now.Hosts, now.Refuted = firstFew(now.Hosts), firstFew(now.Refuted)
	if !scope.Limited && (found.Done != was.Done || now.Verifications != was.Verifications) || now.Checked.IsZero() {
		now.Checked = b.now()
	}
	severity := b.countEvents(&now, group, verifications, scope)
	if !scope.Limited {
		group.unmapped = severity > model.SeverityInfo
	}
	in.Severity = max(severity, found.Severity())
	in.Affected = nil
	for i := range found.Services[:min(len(found.Services), stormDetail)] {
		in.Affected = append(in.Affected, found.Services[i].ServiceState)
	}
	for i := range found.Before[:min(len(found.Before), groupMaxBefore)] {
		now.Before = append(now.Before, found.Before[i].ServiceState)
	}
	now.Worst = worstOfServices(was.Worst, found, scope)
	now.Guides = b.inv.Guides(found.Services, groupMaxGuides)
	in.EventGroup = &now
	in.Reason = model.NewReason(model.ReasonEventGroup, "hosts", strconv.Itoa(now.HostsAll+now.UnmappedAll), "sources", strings.Join(now.Sources, ", "))
}

// worstOfServices is what became of services at the worst, as far as a scope sees: before now, and now.
func worstOfServices(was []model.ServiceState, found *model.Impact, scope model.Scope) []model.ServiceState {
	all := slices.DeleteFunc(slices.Clone(was), func(s model.ServiceState) bool { return !scope.Sees(s.Client) })
	at := make(map[model.ServiceKey]int, len(all))
	for i := range all {
		at[all[i].ServiceKey] = i
	}
	for i := range found.Services {
		s := found.Services[i].ServiceState
		if s.Verdict == model.VerdictUnknown && found.Done < found.Total {
			continue // it is being looked at
		}
		if k, known := at[s.ServiceKey]; !known {
			all = append(all, s)
		} else if s.Verdict > all[k].Verdict {
			all[k] = s
		}
	}
	slices.SortFunc(all, model.CompareStates)
	return slices.Clip(all[:min(len(all), stormDetail)])
}

// countEvents counts the events of a burst that a scope sees, and returns how bad it is that some are about nothing known.
func (b *Manager) countEvents(now *model.EventGroup, group *incident, verifications map[string]model.Verification, scope model.Scope) model.Severity {
	severity := model.SeverityInfo
	sources, unmapped, noHost := map[string]bool{}, map[string]bool{}, map[string]bool{}
	if scope.Limited {
		now.Events = 0
	}
	for _, e := range b.events {
		verification, seen := verifications[e.Host]
		if e.Incident != group.ID || (scope.Limited && !seen) {
			continue
		}
		sources[e.Source] = true
		if scope.Limited {
			now.Events++
		}
		switch {
		case e.IsUnmapped():
			unmapped[e.Name()] = true
		case e.Host == "":
			noHost[e.Name()] = true
		}
		switch {
		case !e.Active():
			if e.End == model.EndUnconfirmed && verification != model.VerifyRefuted {
				now.Unsure++
			}
			continue
		case e.Host == "" && e.Severity >= model.SeverityCritical:
			severity = model.SeverityWarning
		}
		now.Open++
		if e.Acked {
			now.Acked++
		}
	}
	now.Sources = slices.Sorted(maps.Keys(sources))
	for _, name := range now.Sources {
		if _, silent := b.disconnected[name]; silent {
			now.Disconnected = append(now.Disconnected, name)
		}
	}
	now.UnmappedAll = len(unmapped)
	now.Unmapped = firstFew(slices.SortedFunc(maps.Keys(unmapped), model.CompareNatural))
	now.NoHostAll = len(noHost)
	now.NoHost = firstFew(slices.SortedFunc(maps.Keys(noHost), model.CompareNatural))
	return severity
}

// views are a burst as those see it who do not see everything. They are made by readers too, who hold no lock of their own.
type views struct {
	mu  sync.Mutex
	all map[string]model.Incident // by the names of a scope's clients
}

func (v *views) forget() {
	v.mu.Lock()
	defer v.mu.Unlock()
	clear(v.all)
}

// viewOf is a burst as a scope sees it; whole is nil when it is over and forgotten.
func (b *Manager) viewOf(in *model.Incident, whole *incident, scope model.Scope) *model.Incident {
	shown := *in
	switch {
	case !scope.Limited:
		return &shown
	case whole == nil:
		shown.EventGroup, shown.Affected = nil, nil
		return &shown
	}
	key := strings.Join(scope.Clients, "\x00")
	whole.views.mu.Lock()
	defer whole.views.mu.Unlock()
	view, known := whole.views.all[key]
	if !known {
		view = *in
		found := impact.Assess(b.inv, b.question(whole, scope))
		b.summarize(&view, whole, &found, scope)
		if whole.views.all == nil {
			whole.views.all = map[string]model.Incident{}
		}
		whole.views.all[key] = view
	}
	shown.Severity, shown.Reason, shown.Affected, shown.EventGroup = view.Severity, view.Reason, view.Affected, view.EventGroup
	return &shown
}

// unabridged is an incident with all that it touches.
func (b *Manager) unabridged(in *incident) *model.Incident {
	if in.Kind != model.IncidentEventGroup || len(in.found.Services) <= len(in.Affected) {
		return &in.Incident
	}
	all := in.Incident
	all.Affected = make([]model.ServiceState, len(in.found.Services))
	for i := range in.found.Services {
		all.Affected[i] = in.found.Services[i].ServiceState
	}
	return &all
}

// worthNotifying reports whether a burst has waited for its time and is news to whoever sees a scope: somebody is affected,
// or nobody is although many hosts are said to be broken.
func (s *transaction) worthNotifying(group *incident, scope model.Scope) bool {
	if s.at.Before(group.OpenedAt.Add(EventGroupWait)) || group.flapping && !group.unmapped {
		return false
	}
	view := s.viewOf(&group.Incident, group, scope)
	if view.Severity > model.SeverityInfo {
		return true
	}
	return !scope.Limited && view.EventGroup.HostsAll+view.EventGroup.UnmappedAll >= EventGroupMinHosts
}

// concerns reports whether an incident stands for whoever sees a scope; a burst does when it is worth telling.
func (s *transaction) concerns(in *incident, scope model.Scope) bool {
	return s.inScope(in, scope) && (in.Kind != model.IncidentEventGroup || s.worthNotifying(in, scope))
}

// mutedGroup reports whether a burst is muted: by itself, or by all that broke, or could not be seen, being so. What the inventory does not know is
// in no mute of hosts.
func (b *Manager) mutedGroup(in *incident, to model.Destination, at time.Time) (time.Time, bool) {
	if end := b.mutedUntil(in.ID, "", to, at); !end.IsZero() {
		return end, true
	}
	scope, _ := b.routing.scope(to)
	if in.unmapped && !scope.Limited {
		return time.Time{}, false
	}
	var until time.Time
	for _, id := range slices.Concat(in.found.Broke, in.found.Unseen) {
		if t := b.checks[id]; t == nil || !scope.Sees(t.check.Client()) {
			continue // what others have of it is not told there
		}
		end := b.mutedUntil(0, id, to, at)
		if end.IsZero() {
			return time.Time{}, false
		}
		until = earlier(until, end)
	}
	return until, !until.IsZero()
}

// sameGroup reports whether two bursts show the same.
func sameGroup(a, b *model.EventGroup) bool {
	if a == nil || b == nil {
		return a == b
	}
	x, y := *a, *b
	x.Since, y.Since, x.LastAt, y.LastAt, x.Checked, y.Checked = time.Time{}, time.Time{}, time.Time{}, time.Time{}, time.Time{}, time.Time{}
	return a.Since.Equal(b.Since) && a.LastAt.Equal(b.LastAt) && reflect.DeepEqual(x, y)
}
