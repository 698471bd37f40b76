package alerts

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"time"

	"opsbot/model"
)

// verify starts and ends the verification of what fell.
func (t *transaction) verify() {
	for _, host := range slices.Sorted(maps.Keys(t.dirty.hosts)) {
		t.verifications.start(t, host, t.at.Add(-failureFresh))
	}
	for _, id := range slices.Sorted(maps.Keys(t.dirty.checks)) {
		t.verifications.startCheck(t, id)
	}
	t.verifications.finish(t)
}

// judgeHosts decides which hosts fail as a whole. That decides over their services too.
func (t *transaction) judgeHosts() {
	for host := range t.dirty.hosts {
		t.judgeHost(host)
	}
	if t.verifications.answered() { // what a recovered host leaves was just seen: no answer will come that ends its verification
		t.wakeBy(t.at)
	}
}

func (t *transaction) judgeHost(host string) {
	fails := t.checks.hostFails(host)
	if fails == t.checks.failed[host] {
		return
	}
	if fails {
		t.checks.failed[host] = true
	} else {
		delete(t.checks.failed, host)
	}
	t.dirtyChecksOn(host)
	for _, c := range t.checks.inv.ChecksOfHost(host) {
		t.dirty.services[c.Endpoint.ServiceKey] = true
		if !fails { // what else was down there may be back as well, and is verified before it has an incident of its own
			t.checks.all[c.ID].counted = false
		}
	}
	if !fails {
		t.verifications.start(t, host, t.at)
	}
}

// judgeServices counts the endpoints of services. Failing hosts which carry a service show it, and are gone through too.
func (t *transaction) judgeServices() {
	for key := range t.dirty.services {
		if !t.checks.judgeService(key) {
			continue
		}
		for _, c := range t.checks.inv.ChecksOfService(key) {
			if t.checks.failed[c.Endpoint.Host] {
				t.dirty.hosts[c.Endpoint.Host] = true
			}
		}
	}
}

// reconcile makes the open incidents what they have to be by the states of the checks, for all that is dirty. It goes by
// levels, not by changes: judging the same states again changes nothing.
func (t *transaction) reconcile() {
	for _, host := range slices.Sorted(maps.Keys(t.dirty.hosts)) {
		t.apply("host:"+host, t.wantHost(host))
	}
	keys := slices.SortedFunc(maps.Keys(t.dirty.services), func(a, b model.ServiceKey) int { return cmp.Compare(a.String(), b.String()) })
	for _, key := range keys {
		t.apply("service:"+key.String(), t.wantService(key))
	}
	for _, id := range slices.Sorted(maps.Keys(t.dirty.checks)) {
		t.apply("check:"+string(id), t.wantCheck(id))
	}
}

// wantHost is the incident a host has to have; nil is none.
func (t *transaction) wantHost(host string) *model.Incident {
	if !t.checks.failed[host] {
		return nil
	}
	in := &model.Incident{Kind: model.IncidentHost, Host: host}
	seen := map[model.ServiceKey]bool{}
	for _, c := range t.checks.inv.ChecksOfHost(host) {
		tr := t.checks.all[c.ID]
		if tr.state.Status == model.StatusFail || tr.state.Phase == model.PhaseDown {
			in.Failing = append(in.Failing, tr.failing())
		}
		if key := c.Endpoint.ServiceKey; !seen[key] {
			seen[key] = true
			state := t.checks.services[key]
			in.Affected = append(in.Affected, state)
			in.Severity = max(in.Severity, state.Verdict.Severity(state.Tier))
		}
	}
	slices.SortFunc(in.Affected, model.CompareStates)
	in.Reason = hostReason(wayOfFailing(in.Failing), host, len(in.Failing), len(t.checks.inv.ChecksOfHost(host)))
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

// wantService is the incident a service has to have. One that is open already stays when all its failures have become part of
// failing hosts, as part of the first of these.
func (t *transaction) wantService(key model.ServiceKey) *model.Incident {
	state, known := t.checks.services[key]
	if !known {
		return nil
	}
	in := &model.Incident{Kind: model.IncidentService, ServiceKey: key, Affected: []model.ServiceState{state}}
	in.Severity = state.Verdict.Severity(state.Tier)
	parent, alone := t.addFailures(in)
	if !alone {
		if parent == 0 {
			return t.undecided(in.Key())
		}
		if t.incidents.open[in.Key()] == nil {
			return nil
		}
		in.Parent = parent
	}
	in.Reason = model.NewReason(model.ReasonServiceState, "verdict", state.Verdict.String(), "up", strconv.Itoa(state.Up),
		"total", strconv.Itoa(state.Total()), "need", strconv.Itoa(state.Need))
	return in
}

// addFailures adds the failing endpoints of a service to its incident. parent is the first incident of the failing hosts that
// have some of them; alone reports whether other hosts have some too.
func (t *transaction) addFailures(in *model.Incident) (parent model.IncidentID, alone bool) {
	for _, c := range t.checks.inv.ChecksOfService(in.ServiceKey) {
		tr, host := t.checks.all[c.ID], c.Endpoint.Host
		switch {
		case t.checks.failed[host] && tr.state.Phase != model.PhaseOK:
			if up := t.incidents.open["host:"+host]; up != nil && (parent == 0 || up.ID < parent) {
				parent = up.ID
			}
		case t.bad(tr, t.at):
			alone = true
			if t.longUnknown(&tr.state, t.at) {
				in.Severity = max(in.Severity, model.SeverityWarning)
			}
		default:
			continue
		}
		in.Failing = append(in.Failing, tr.failing())
		in.Comment = cmp.Or(in.Comment, c.Comment)
	}
	return parent, alone
}

// undecided is a service's open incident as it was, while a failure of it is being verified: its host came back, and what was
// part of the host's incident may get one of its own. nil when there is no such failure.
func (t *transaction) undecided(key string) *model.Incident {
	in := t.incidents.open[key]
	if in == nil || !slices.ContainsFunc(in.Failing, func(f model.FailingCheck) bool {
		tr := t.checks.all[f.Check]
		return tr != nil && tr.waits()
	}) {
		return nil
	}
	same := in.Incident
	same.Parent, same.Failing = 0, slices.Clone(in.Failing)
	return &same
}

// parentHost is the incident of the failing hosts on which alone a standalone check fails, the first of several; 0 when it fails
// elsewhere too, or is about no host.
func (t *transaction) parentHost(tr *tracked) (parent model.IncidentID) {
	for _, host := range tr.state.Hosts {
		up := t.incidents.open["host:"+host]
		if up == nil || !t.checks.failed[host] {
			return 0
		}
		if parent == 0 || up.ID < parent {
			parent = up.ID
		}
	}
	return parent
}

// dirtyChecksOn has the standalone checks judged again that fail on a host.
func (t *transaction) dirtyChecksOn(host string) {
	for id := range t.checks.onHosts {
		if slices.Contains(t.checks.all[id].state.Hosts, host) {
			t.dirty.checks[id] = true
		}
	}
}

// wantCheck is the incident a standalone check has to have.
func (t *transaction) wantCheck(id model.CheckID) *model.Incident {
	tr := t.checks.all[id]
	if tr == nil || tr.check.Endpoint != nil {
		return nil
	}
	in := &model.Incident{
		Kind: model.IncidentCheck, Check: id, Comment: tr.check.Comment,
		Failing: []model.FailingCheck{tr.failing()}, WorksSince: tr.state.WorksSince,
	}
	switch {
	case tr.fails():
		in.Severity, in.Reason = tr.check.Severity, tr.state.Reason
		in.Parent = t.parentHost(tr)
	case t.longUnknown(&tr.state, t.at):
		in.Severity = model.SeverityWarning
		in.Reason = model.NewReason(model.ReasonUnknownLong, "since", tr.state.UnknownSince.UTC().Format(time.RFC3339))
	default:
		return nil
	}
	return in
}
