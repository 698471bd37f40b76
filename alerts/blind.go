package alerts

import (
	"context"
	"time"

	"opsbot"
)

const blindKey = string(opsbot.IncidentBlind)

// SetSight says whether opsbot can see: why is what keeps it from it, the zero Reason when nothing does. While it cannot,
// no storm begins and what is unknown is no warning of its own. The error is the store's.
func (b *Manager) SetSight(ctx context.Context, why opsbot.Reason) error {
	return b.update(ctx, func(s *transaction) {
		if why.IsZero() {
			s.regainSight()
			return
		}
		s.apply(blindKey, &opsbot.Incident{Kind: opsbot.IncidentBlind, Severity: opsbot.SeverityCritical, Reason: why})
	})
}

// regainSight ends the blindness, and has looked again at what could not be seen.
func (s *transaction) regainSight() {
	blind := s.blinded()
	if blind == nil {
		return
	}
	s.wasBlind(lostSight(blind), s.at)
	s.apply(blindKey, nil)
	for _, t := range s.unknown {
		s.again = append(s.again, t.check)
	}
	s.wakeBy(s.at.Add(UnknownLimit))
}

// wasBlind notes a time in which opsbot could not see. Two that follow closely are one: between them not everything was
// looked at.
func (b *Manager) wasBlind(from, to time.Time) {
	if from.After(b.blindTo.Add(UnknownLimit)) {
		b.blindFrom = from
	}
	if to.After(b.blindTo) {
		b.blindTo = to
	}
}

// Blind reports whether opsbot cannot see, as was said last, restarts included.
func (b *Manager) Blind() bool {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.blinded() != nil
}

// blinded is the incident of opsbot not seeing; nil while it sees, also when that comes and goes and its incident stays.
func (b *Manager) blinded() *incident {
	if in := b.open[blindKey]; in != nil && !in.Flap.Rests() {
		return in
	}
	return nil
}

// lostSight is when opsbot lost its sight last.
func lostSight(blind *incident) time.Time {
	if blind.Flap != nil {
		return blind.Flap.ChangedAt
	}
	return blind.OpenedAt
}

// wantBlind is the incident that opsbot's sight has to have, as was said last.
func (s *transaction) wantBlind() *opsbot.Incident {
	blind := s.blinded()
	if blind == nil {
		return nil
	}
	same := blind.Incident
	same.Flap = nil
	return &same
}

// unknownFrom is since when a check is unknown for reasons of its own: what became so while opsbot could not see is counted
// from when it could again.
func (b *Manager) unknownFrom(st *opsbot.CheckState) time.Time {
	if !st.UnknownSince.Before(b.blindFrom) && st.UnknownSince.Before(b.blindTo) {
		return b.blindTo
	}
	return st.UnknownSince
}

// longUnknown reports whether a check is unknown for so long that it is a warning. What it was when opsbot lost its sight
// it stays until that is back.
func (b *Manager) longUnknown(st *opsbot.CheckState, at time.Time) bool {
	if blind := b.blinded(); blind != nil {
		at = lostSight(blind)
	}
	return !st.UnknownSince.IsZero() && !at.Before(b.unknownFrom(st).Add(UnknownLimit))
}
