package alerts

import (
	"math/bits"
	"slices"
	"time"

	"opsbot/model"
)

// Judge returns a check's state after one more result. changed reports whether anything differs that is worth keeping across
// a restart: a check that goes on as before changes nothing. A result that is not newer than the state changes nothing either: it came
// twice, or was overtaken. It is pure; the result's At is its clock. Limits below 1 count as 1.
func Judge(state model.CheckState, check *model.Check, result model.Result) (next model.CheckState, changed bool) {
	if !newer(&state, &result) {
		return state, false
	}
	next = state
	if !result.Due.IsZero() {
		next.Due = result.Due
	}
	next.Status, next.At = result.Status, result.At
	if !result.Expires.IsZero() {
		next.Expires = result.Expires
	}
	if !result.RegisteredUntil.IsZero() {
		next.RegisteredUntil = result.RegisteredUntil
	}
	switch result.Status {
	case model.StatusOK:
		next.UnknownSince, next.Hosts = time.Time{}, nil
		judgeOK(&next, check, result.At)
	case model.StatusFail:
		next.UnknownSince, next.Reason, next.Hosts = time.Time{}, result.Reason, result.Hosts
		judgeFail(&next, check, result.At)
	default:
		next.Reason = result.Reason
		if next.UnknownSince.IsZero() {
			next.UnknownSince = result.At
		}
	}
	return next, differs(&state, &next)
}

// newer reports whether a result says more than its check's state knows: a message may come twice, and a slow run may end after one that
// began later.
func newer(state *model.CheckState, result *model.Result) bool {
	return result.Due.IsZero() || result.Due.After(state.Due)
}

func judgeFail(s *model.CheckState, check *model.Check, at time.Time) {
	if s.Phase == model.PhaseDown {
		s.Count, s.WorksSince = 0, time.Time{}
		return
	}
	limit := check.Failures
	var reached bool
	if limit.M > 0 {
		s.Window = slide(s.Window, limit.M, 1)
		reached = bits.OnesCount64(s.Window) >= max(1, limit.N)
	} else {
		s.Count++
		reached = s.Count >= max(1, limit.N)
	}
	if reached {
		s.Count, s.Window = 0, 0
		enter(s, model.PhaseDown, at)
		return
	}
	enter(s, model.PhaseFailing, at)
}

func judgeOK(s *model.CheckState, check *model.Check, at time.Time) {
	if s.Phase != model.PhaseDown {
		s.Count = 0
		s.Window = slide(s.Window, check.Failures.M, 0)
		enter(s, model.PhaseOK, at)
		return
	}
	need := max(1, check.Recoveries)
	s.Count = min(s.Count+1, need)
	switch {
	case s.Count < need:
	case check.Latched:
		if s.WorksSince.IsZero() {
			s.WorksSince = at
		}
	default:
		reset(s, at)
	}
}

// reset makes a check ok and forgets what led to its being down.
func reset(s *model.CheckState, at time.Time) {
	s.Count, s.Window, s.WorksSince = 0, 0, time.Time{}
	enter(s, model.PhaseOK, at)
}

func enter(s *model.CheckState, phase model.CheckPhase, at time.Time) {
	switch {
	case phase == model.PhaseOK:
		s.FailedSince = time.Time{}
	case s.FailedSince.IsZero():
		s.FailedSince = at
	}
	if s.Phase != phase || s.Since.IsZero() {
		s.Phase, s.Since = phase, at
	}
}

// slide puts one more outcome into a window of the last ones; size 0 is no window.
func slide(window uint64, size int, outcome uint64) uint64 {
	return (window<<1 | outcome) & (1<<min(size, 64) - 1)
}

// differs compares what is stored. The arguments of a Reason (times taken, addresses) change with every result and are worth
// nothing without a change of its code.
func differs(a, b *model.CheckState) bool {
	return a.Phase != b.Phase || a.Count != b.Count || a.Window != b.Window || a.Status != b.Status ||
		a.Reason.Code != b.Reason.Code || !a.Since.Equal(b.Since) || !a.WorksSince.Equal(b.WorksSince) ||
		!a.UnknownSince.Equal(b.UnknownSince) || !a.Expires.Equal(b.Expires) || !a.RegisteredUntil.Equal(b.RegisteredUntil) || !slices.Equal(a.Hosts, b.Hosts)
}
