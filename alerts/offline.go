package alerts

import (
	"context"
	"time"

	"opsbot/model"
)

const connectivityKey = string(model.IncidentConnectivity)

// SetConnectivity says whether opsbot can see: why is what keeps it from it, the zero Reason when nothing does. While it cannot,
// no storm begins and what is unknown is no warning of its own. The error is the store's.
func (b *Manager) SetConnectivity(ctx context.Context, why model.Reason) error {
	return b.update(ctx, func(s *transaction) {
		if why.IsZero() {
			s.backOnline()
			return
		}
		s.apply(connectivityKey, &model.Incident{Kind: model.IncidentConnectivity, Severity: model.SeverityCritical, Reason: why})
	})
}

// backOnline ends the blindness, and has looked again at what could not be seen.
func (s *transaction) backOnline() {
	offline := s.offline()
	if offline == nil {
		return
	}
	s.wasOffline(offlineSince(offline), s.at)
	s.apply(connectivityKey, nil)
	for _, t := range s.unknown {
		s.again = append(s.again, t.check)
	}
	s.wakeBy(s.at.Add(UnknownLimit))
}

// wasOffline notes a time in which opsbot could not see. Two that follow closely are one: between them not everything was
// looked at.
func (b *Manager) wasOffline(from, to time.Time) {
	if from.After(b.offlineTo.Add(UnknownLimit)) {
		b.offlineFrom = from
	}
	if to.After(b.offlineTo) {
		b.offlineTo = to
	}
}

// Offline reports whether opsbot cannot see, as was said last, restarts included.
func (b *Manager) Offline() bool {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.offline() != nil
}

// blinded is the incident of opsbot not seeing; nil while it sees, also when that comes and goes and its incident stays.
func (b *Manager) offline() *incident {
	if in := b.open[connectivityKey]; in != nil && !in.Flap.Rests() {
		return in
	}
	return nil
}

// offlineSince is when opsbot lost its sight last.
func offlineSince(offline *incident) time.Time {
	if offline.Flap != nil {
		return offline.Flap.ChangedAt
	}
	return offline.OpenedAt
}

// wantOffline is the incident that opsbot's sight has to have, as was said last.
func (s *transaction) wantOffline() *model.Incident {
	offline := s.offline()
	if offline == nil {
		return nil
	}
	same := offline.Incident
	same.Flap = nil
	return &same
}

// unknownFrom is since when a check is unknown for reasons of its own: what became so while opsbot could not see is counted
// from when it could again.
func (b *Manager) unknownFrom(st *model.CheckState) time.Time {
	if !st.UnknownSince.Before(b.offlineFrom) && st.UnknownSince.Before(b.offlineTo) {
		return b.offlineTo
	}
	return st.UnknownSince
}

// longUnknown reports whether a check is unknown for so long that it is a warning. What it was when opsbot lost its sight
// it stays until that is back.
func (b *Manager) longUnknown(st *model.CheckState, at time.Time) bool {
	if offline := b.offline(); offline != nil {
		at = offlineSince(offline)
	}
	return !st.UnknownSince.IsZero() && !at.Before(b.unknownFrom(st).Add(UnknownLimit))
}
