package alerts

import (
	"maps"
	"slices"
	"time"

	"opsbot/model"
)

// settleGrid is what waits are rounded up to, so that what falls together is judged together.
const settleGrid = 250 * time.Millisecond

// look is the wait for a host of which an endpoint fell. It is remembered nowhere: after a restart an endpoint that
// is down and part of no incident makes it anew.
type verification struct {
	asked    time.Time
	limit    time.Time // when it goes on without an answer
	answered bool
}

func (l *verification) ready() time.Time {
	if !l.answered {
		return l.limit
	}
	return onGrid(l.asked.Add(SettleTime))
}

func onGrid(t time.Time) time.Time {
	if rest := t.Sub(t.Truncate(settleGrid)); rest > 0 {
		return t.Add(settleGrid - rest)
	}
	return t
}

// watch starts the wait for a host where an endpoint is down that is not judged yet, and ends it where there is none.
func (s *transaction) watch(host string) {
	checks := s.inv.ChecksOfHost(host)
	if s.failed[host] {
		s.count(host)
	}
	if !slices.ContainsFunc(checks, func(c *model.Check) bool { return s.checks[c.ID].waits() }) {
		delete(s.verifications, host)
		return
	}
	if l := s.verifications[host]; l != nil {
		l.answered = l.answered || s.allFail(host)
		s.wakeBy(l.ready())
		return
	}
	l := &verification{asked: s.at, limit: onGrid(s.at.Add(SettleTime + longestRun(checks))), answered: s.allFail(host)}
	s.verifications[host] = l
	if !l.answered {
		s.ask = append(s.ask, host)
	}
	s.wakeBy(l.ready())
}

// waits reports whether the check is down and not yet judged.
func (t *tracked) waits() bool { return t.state.Phase == model.PhaseDown && !t.counted }

// longestRun is the longest timeout of some checks.
func longestRun(checks []*model.Check) time.Duration {
	var longest time.Duration
	for _, c := range checks {
		longest = max(longest, c.Timeout)
	}
	return longest
}

// settle ends the waits whose time has come.
func (s *transaction) settle() {
	var due []string
	for host, l := range s.verifications {
		if l.asked.After(s.at) { // the clock was set back
			l.asked, l.limit = s.at, earlier(l.limit, s.at.Add(SettleTime))
		}
		if !s.at.Before(l.limit) || (!s.at.Before(l.ready()) && !s.waitsForOther(host)) {
			due = append(due, host)
		}
	}
	for _, host := range due {
		delete(s.verifications, host)
		s.count(host)
	}
	for _, l := range s.verifications {
		if t := l.ready(); t.After(s.at) {
			s.wakeBy(t)
		} else {
			s.wakeBy(l.limit)
		}
	}
}

// waitsForOther reports whether a service that fell on this host also fell on one that is still being looked at: both are
// judged together, so that the second is no rise of the first.
func (s *transaction) waitsForOther(host string) bool {
	for _, c := range s.inv.ChecksOfHost(host) {
		if !s.checks[c.ID].waits() {
			continue
		}
		for _, other := range s.inv.ChecksOfService(c.Endpoint.ServiceKey) {
			l := s.verifications[other.Endpoint.Host]
			if l != nil && s.at.Before(l.ready()) && s.checks[other.ID].waits() {
				return true
			}
		}
	}
	return false
}

// count makes what is down on a host part of what is judged.
func (s *transaction) count(host string) {
	for _, c := range s.inv.ChecksOfHost(host) {
		if t := s.checks[c.ID]; t.waits() {
			t.counted = true
			s.mark(t)
		}
	}
}

// allFail reports whether the last thing seen of every endpoint of a host is a failure.
func (s *transaction) allFail(host string) bool {
	return !slices.ContainsFunc(s.inv.ChecksOfHost(host), func(c *model.Check) bool {
		st := &s.checks[c.ID].state
		return st.Status != model.StatusFail || st.Phase == model.PhaseOK
	})
}

// hostFails reports whether a host is to have an incident: all its endpoints fail and one at least is judged down.
// Once it has one, it keeps it until an endpoint is ok again; endpoints that never ran do not count then.
func (s *transaction) hostFails(host string) bool {
	checks := s.inv.ChecksOfHost(host)
	down := slices.ContainsFunc(checks, func(c *model.Check) bool {
		t := s.checks[c.ID]
		return t.state.Phase == model.PhaseDown && t.counted
	})
	if !down || !s.failed[host] {
		return down && s.allFail(host)
	}
	return !slices.ContainsFunc(checks, func(c *model.Check) bool {
		st := &s.checks[c.ID].state
		return st.Phase == model.PhaseOK && st.Status == model.StatusOK
	})
}

// bad reports whether a check is part of a problem.
func (s *transaction) bad(t *tracked) bool {
	return (t.state.Phase == model.PhaseDown && t.counted) || s.longUnknown(&t.state, s.at)
}

// warnUnknown judges again what has been unknown for so long that it is a warning.
func (s *transaction) warnUnknown() {
	if s.offline() != nil {
		return // nothing can be judged, which is said once
	}
	for _, id := range slices.Collect(maps.Keys(s.unknown)) {
		t := s.unknown[id]
		if s.longUnknown(&t.state, s.at) {
			delete(s.unknown, id)
			s.mark(t)
			continue
		}
		s.wakeBy(s.unknownFrom(&t.state).Add(UnknownLimit))
	}
}
