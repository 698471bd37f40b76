package alerts

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"time"

	"opsbot/model"
)

// reconcile makes the open incidents what they have to be by the states of the checks, for all that was touched. It
// goes by levels, not by changes: judging the same states again changes nothing.
func (s *transaction) reconcile() {
	for _, host := range slices.Sorted(maps.Keys(s.hosts)) {
		s.watch(host)
	}
	for host := range s.hosts {
		s.judgeHost(host)
	}
	for key := range s.keys {
		s.judgeService(key)
	}
	for _, host := range slices.Sorted(maps.Keys(s.hosts)) {
		s.apply("host:"+host, s.wantHost(host))
	}
	keys := slices.SortedFunc(maps.Keys(s.keys), func(a, b model.ServiceKey) int { return cmp.Compare(a.String(), b.String()) })
	for _, key := range keys {
		s.apply("service:"+key.String(), s.wantService(key))
	}
	for _, id := range slices.Sorted(maps.Keys(s.singles)) {
		s.apply("check:"+string(id), s.wantCheck(id))
	}
}

// judgeHost decides whether a host fails as a whole. That decides over its services too.
func (s *transaction) judgeHost(host string) {
	fails := s.hostFails(host)
	if fails == s.failed[host] {
		return
	}
	if fails {
		s.failed[host] = true
	} else {
		delete(s.failed, host)
	}
	for _, c := range s.inv.ChecksOfHost(host) {
		s.keys[c.Endpoint.ServiceKey] = true
		if !fails { // what else was down there may be back as well, and is looked at before it is told by itself
			s.checks[c.ID].counted = false
		}
	}
	if !fails {
		s.watch(host)
	}
}

// judgeService counts a service's endpoints. Failing hosts which carry it show it, and are gone through too.
func (s *transaction) judgeService(key model.ServiceKey) {
	now, known := s.tally(key)
	if !known {
		delete(s.services, key)
		return
	}
	if s.services[key] == now {
		return
	}
	s.services[key] = now
	for _, c := range s.inv.ChecksOfService(key) {
		if s.failed[c.Endpoint.Host] {
			s.hosts[c.Endpoint.Host] = true
		}
	}
}

func (s *transaction) tally(key model.ServiceKey) (model.ServiceState, bool) {
	service, known := s.inv.Service(key)
	checks := s.inv.ChecksOfService(key)
	if !known || len(checks) == 0 {
		return model.ServiceState{}, false
	}
	var seen model.Tally
	for _, c := range checks {
		t := s.checks[c.ID]
		switch {
		case s.failed[c.Endpoint.Host] || (t.state.Phase == model.PhaseDown && t.counted):
			seen.Add(model.StatusFail)
		case !t.state.UnknownSince.IsZero():
			seen.Add(model.StatusUnknown)
		default: // whoever never ran is fine until it has earned something else
			seen.Add(model.StatusOK)
		}
	}
	return service.Judge(seen), true
}

// wantHost is the incident a host has to have; nil is none.
func (s *transaction) wantHost(host string) *model.Incident {
	if !s.failed[host] {
		return nil
	}
	in := &model.Incident{Kind: model.IncidentHost, Host: host}
	seen := map[model.ServiceKey]bool{}
	for _, c := range s.inv.ChecksOfHost(host) {
		t := s.checks[c.ID]
		if t.state.Status == model.StatusFail || t.state.Phase == model.PhaseDown {
			in.Failing = append(in.Failing, failing(t))
		}
		if key := c.Endpoint.ServiceKey; !seen[key] {
			seen[key] = true
			state := s.services[key]
			in.Affected = append(in.Affected, state)
			in.Severity = max(in.Severity, state.Verdict.Severity(state.Tier))
		}
	}
	slices.SortFunc(in.Affected, model.CompareStates)
	in.Reason = hostReason(wayOfFailing(in.Failing), host, len(in.Failing), len(s.inv.ChecksOfHost(host)))
	return in
}

func hostReason(code model.ReasonCode, host string, failed, total int) model.Reason {
	return model.NewReason(code, "host", host, "failed", strconv.Itoa(failed), "total", strconv.Itoa(total))
}

// wayOfFailing says how a host fails: it refuses, it does not answer, or it does and all its services fail.
func wayOfFailing(all []model.FailingCheck) model.ReasonCode {
	code := model.ReasonHostRefuses
	for i := range all {
		switch all[i].Reason.Code {
		case model.ReasonRefused:
		case model.ReasonTimeout, model.ReasonUnreachable:
			code = model.ReasonHostDown
		default:
			return model.ReasonHostFails
		}
	}
	return code
}

// wantService is the incident a service has to have. One that is open already stays when all its failures have become
// part of failing hosts, as part of the first of these.
func (s *transaction) wantService(key model.ServiceKey) *model.Incident {
	state, known := s.services[key]
	if !known {
		return nil
	}
	in := &model.Incident{Kind: model.IncidentService, ServiceKey: key, Affected: []model.ServiceState{state}}
	in.Severity = state.Verdict.Severity(state.Tier)
	parent, alone := model.IncidentID(0), false
	for _, c := range s.inv.ChecksOfService(key) {
		t, host := s.checks[c.ID], c.Endpoint.Host
		switch {
		case s.failed[host] && t.state.Phase != model.PhaseOK:
			if up := s.open["host:"+host]; up != nil && (parent == 0 || up.ID < parent) {
				parent = up.ID
			}
		case s.bad(t):
			alone = true
			if s.longUnknown(&t.state, s.at) {
				in.Severity = max(in.Severity, model.SeverityWarning)
			}
		default:
			continue
		}
		in.Failing = append(in.Failing, failing(t))
		in.Comment = cmp.Or(in.Comment, c.Comment)
	}
	if !alone {
		if parent == 0 {
			return s.undecided(in.Key())
		}
		if s.open[in.Key()] == nil {
			return nil
		}
		in.Parent = parent
	}
	in.Reason = model.NewReason(model.ReasonServiceState, "verdict", state.Verdict.String(), "up", strconv.Itoa(state.Up),
		"total", strconv.Itoa(state.Total()), "need", strconv.Itoa(state.Need))
	return in
}

// undecided is a service's open incident as it was, while a failure of it is being looked at: its host came back, and what
// the host explained may stand by itself. nil when there is no such failure.
func (s *transaction) undecided(key string) *model.Incident {
	in := s.open[key]
	if in == nil || !slices.ContainsFunc(in.Failing, func(f model.FailingCheck) bool {
		t := s.checks[f.Check]
		return t != nil && t.waits()
	}) {
		return nil
	}
	same := in.Incident
	same.Parent, same.Failing = 0, slices.Clone(in.Failing)
	return &same
}

// wantCheck is the incident a standalone check has to have.
func (s *transaction) wantCheck(id model.CheckID) *model.Incident {
	t := s.checks[id]
	if t == nil || t.check.Endpoint != nil {
		return nil
	}
	in := &model.Incident{
		Kind: model.IncidentCheck, Check: id, Comment: t.check.Comment,
		Failing: []model.FailingCheck{failing(t)}, WorksSince: t.state.WorksSince,
	}
	switch {
	case t.state.Phase == model.PhaseDown:
		t.counted = true
		in.Severity, in.Reason = t.check.Severity, t.state.Reason
	case s.longUnknown(&t.state, s.at):
		in.Severity = model.SeverityWarning
		in.Reason = model.NewReason(model.ReasonUnknownLong, "since", t.state.UnknownSince.UTC().Format(time.RFC3339))
	default:
		return nil
	}
	return in
}

func failing(t *tracked) model.FailingCheck {
	since := t.state.Since
	if t.state.Phase != model.PhaseDown && !t.state.UnknownSince.IsZero() {
		since = t.state.UnknownSince
	}
	return model.FailingCheck{Check: t.check.ID, Reason: t.state.Reason, Since: since}
}
