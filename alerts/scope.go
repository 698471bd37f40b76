package alerts

import (
	"slices"

	"opsbot/impact"
	"opsbot/model"
)

// snapshot is an incident as one destination may see it now.
func (s *state) snapshot(in *incident, to model.Destination, scope model.Scope) *model.Incident {
	shown := s.scoped(&in.Incident, scope)
	if parent := s.parentAt(in, to); parent != nil && parent.card(to) == nil {
		shown.Parent = 0 // its parent is not known there
	}
	if !scope.Limited {
		shown.Paged = s.pagedOf(in.ID)
	}
	if in.Open() {
		shown.MutedUntil, _ = s.muted(in, to)
		shown.Acknowledged = s.inHand(in, scope)
	}
	impact.Advise(s.checks.inv, shown, scope)
	return shown
}

// scoped is a copy of an incident without what lies outside a scope.
func (s *state) scoped(in *model.Incident, scope model.Scope) *model.Incident {
	shown := *in
	shown.Storms, shown.Readers = nil, model.Scope{}
	if !scope.Limited {
		return &shown
	}
	shown.Parent = 0
	if parent := s.incidents.parentFor(in, audienceOf(scope)); parent != nil {
		shown.Parent = parent.ID
	}
	shown.Logs = nil // a host's log has requests of others too
	shown.Notes = in.NotesWithin(scope)
	whole := s.incidents.byID[in.ID]
	if shown.Acks = nil; whole != nil {
		shown.Acks = s.acksFor(whole, scope)
	}
	switch in.Kind {
	case model.IncidentStorm: // it is theirs
		return &shown
	case model.IncidentEventGroup:
		return s.viewOf(&shown, whole, scope)
	}
	s.limit(&shown, scope)
	if whole != nil {
		shown.Severity = s.severity(whole, scope)
	}
	return &shown
}

// limit leaves of the checks and services of an incident those that lie in a scope.
func (s *state) limit(in *model.Incident, scope model.Scope) {
	all, affected := in.Failing, in.Affected
	in.Failing, in.Affected = nil, nil
	for _, f := range all {
		if tr := s.checks.all[f.Check]; tr != nil && scope.Sees(tr.check.Client()) {
			in.Failing = append(in.Failing, f)
		}
	}
	for _, state := range affected {
		if scope.Sees(state.Client) {
			in.Affected = append(in.Affected, state)
		}
	}
	if in.Kind == model.IncidentHost && in.Reason.Code != model.ReasonLeftInventory {
		total := 0
		for _, c := range s.checks.inv.ChecksOfHost(in.Host) {
			if scope.Sees(c.Client()) {
				total++
			}
		}
		in.Reason = hostReason(in.Reason.Code, in.Host, len(in.Failing), total)
	}
}

// viewOf is an event group as a scope sees it; whole is nil when it is over and forgotten.
func (s *state) viewOf(in *model.Incident, whole *incident, scope model.Scope) *model.Incident {
	shown := *in
	switch {
	case !scope.Limited:
		return &shown
	case whole == nil:
		shown.EventGroup, shown.Affected = nil, nil
		return &shown
	}
	view := whole.group.view(s, in, scope)
	shown.Severity, shown.Reason, shown.Affected, shown.EventGroup = view.Severity, view.Reason, view.Affected, view.EventGroup
	if since := view.EventGroup.Since; since.After(shown.OpenedAt) {
		shown.OpenedAt = since // others' began it
	}
	return &shown
}

// severity is how bad an incident is for whoever sees a scope: what it is to others wakes nobody.
func (s *state) severity(in *incident, scope model.Scope) model.Severity {
	worst := model.SeverityInfo
	switch {
	case !scope.Limited || !in.Open():
		return in.Severity
	case in.group != nil:
		return s.viewOf(&in.Incident, in, scope).Severity
	case in.Kind == model.IncidentHost:
		for i := range in.Affected {
			if state := &in.Affected[i]; scope.Sees(state.Client) {
				worst = max(worst, state.Severity())
			}
		}
	default:
		return in.Severity
	}
	return worst
}

func (s *state) severityAt(in *incident, to model.Destination) model.Severity {
	scope, _ := s.routing.scope(to)
	return s.severity(in, scope)
}

// inScope reports whether an incident is about anything that lies in a scope.
func (s *state) inScope(in *incident, scope model.Scope) bool {
	if in.group != nil && slices.ContainsFunc(in.group.untested, func(one untested) bool { _, whole := one.place.Within(s.checks.inv, scope); return whole }) {
		return true
	}
	if in.storm == nil {
		return touches(in.unabridged(), scope)
	}
	if !in.Readers.Equal(scope) {
		return false
	}
	if !scope.Limited {
		return true
	}
	return slices.ContainsFunc(s.incidents.partsOf(in), func(part *incident) bool { return touches(&part.Incident, scope) })
}

// touches reports whether an incident is about anything that lies in a scope.
func touches(in *model.Incident, scope model.Scope) bool {
	if !scope.Limited || in.Kind == model.IncidentConnectivity {
		return true // that opsbot is offline concerns everybody
	}
	return slices.ContainsFunc(in.Affected, func(s model.ServiceState) bool { return scope.Sees(s.Client) })
}

// concerns reports whether an incident is open for whoever sees a scope; an event group is when it is worth notifying.
func (t *transaction) concerns(in *incident, scope model.Scope) bool {
	return t.inScope(in, scope) && (in.group == nil || in.group.worthNotifying(t, scope))
}
