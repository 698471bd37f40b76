package notify

import (
	"context"
	"slices"
	"time"

	"opsbot/model"
)

// When the backlog of a destination becomes one digest: a chat that was unreachable for long, with many messages waiting,
// would be flooded with what is mostly over.
const (
	// DefaultBacklogAge is how old the oldest waiting message must be.
	DefaultBacklogAge = 5 * time.Minute
	backlogOver       = 20  // messages
	backlogMost       = 500 // covered by one digest
	backlogDetail     = 100 // incidents of a digest with their failing checks; the rest is a line each
)

// catchUp replaces a backlog by one digest. It runs after a successful delivery: while the destination is unreachable the
// backlog may grow, and the first message to arrive is an ordinary one. False: the rows that were read are outdated.
func (l *queue) catchUp(ctx context.Context, rest []model.Notification) bool {
	if !l.d.Digests[l.to.Channel] || !l.piledUp(rest) {
		return true
	}
	all, err := l.d.Store.Backlog(ctx, l.to, l.d.Now(), backlogMost)
	if err != nil {
		return l.storeFailed(err)
	}
	digest, drop := l.coalesce(all)
	if len(drop) <= backlogOver {
		return true
	}
	for i := range all {
		if slices.Contains(drop, all[i].ID) && !l.endElsewhere(ctx, &all[i]) {
			return false
		}
	}
	writeCtx, cancel := writing(ctx)
	defer cancel()
	done, err := l.d.Store.Coalesce(writeCtx, drop, digest)
	if err != nil {
		return l.storeFailed(err)
	}
	if done {
		l.hasCoalesced()
		l.d.count(func(s *Stats) { s.Coalesced += uint64(len(drop)) })
	}
	l.d.Notify()
	return false
}

// hasCoalesced records that rows read before are outdated.
func (l *queue) hasCoalesced() {
	l.d.mu.Lock()
	defer l.d.mu.Unlock()
	l.d.coalesces++
	l.lastCoalesced = l.d.coalesces
}

// piledUp reports whether enough messages have waited long enough.
func (l *queue) piledUp(rest []model.Notification) bool {
	n, now := 0, l.d.Now()
	old := false
	for i := range rest {
		if l.coalesces(&rest[i]) {
			n++
			old = old || now.Sub(rest[i].Created) >= l.d.BacklogAge
		}
	}
	return old && n > backlogOver
}

// coalesces reports whether a message may become part of a digest: it is about one incident, was never tried, and is not
// silent.
func (l *queue) coalesces(t *model.Notification) bool {
	switch t.Kind {
	case model.NotifyOpened, model.NotifyRaised, model.NotifyResolved, model.NotifyReminder:
	default:
		return false
	}
	_, delivered := l.delivered[t.ID]
	return t.Snapshot.Incident != nil && t.Snapshot.FallbackFor == nil && t.Attempts == 0 && !t.Repeat && t.NotBefore.IsZero() && !delivered && !l.doubtful[t.ID]
}

// coalesce returns the digest of rows, and the rows that it replaces. It shows the last known state of each incident; edits
// are not replaced: cards that were sent are still edited.
func (l *queue) coalesce(rows []model.Notification) (digest model.Notification, drop []int64) {
	digest = model.Notification{Kind: model.NotifyDigest, To: l.to, Silent: true, Snapshot: model.Snapshot{Backlog: true}}
	latest, over := map[model.IncidentID]model.Incident{}, map[model.IncidentID]bool{}
	var order []model.IncidentID
	for i := range rows {
		t := &rows[i]
		if t.Snapshot.Incident != nil && (t.Kind == model.NotifyUpdated || l.coalesces(t)) {
			latest[t.Incident] = *t.Snapshot.Incident
		}
		if !l.coalesces(t) {
			continue
		}
		drop = append(drop, t.ID)
		if !slices.Contains(order, t.Incident) {
			order = append(order, t.Incident)
		}
		over[t.Incident] = over[t.Incident] || t.Kind == model.NotifyResolved
		digest.Silent = digest.Silent && t.Silent
		if digest.Created.IsZero() || t.Created.Before(digest.Created) {
			digest.Created = t.Created
		}
	}
	for _, id := range order {
		in := latest[id]
		if over[id] {
			digest.Snapshot.Gone = append(digest.Snapshot.Gone, in)
			continue
		}
		digest.Snapshot.Open = append(digest.Snapshot.Open, in)
		digest.Severity = max(digest.Severity, in.Severity)
	}
	slices.SortFunc(digest.Snapshot.Open, func(a, b model.Incident) int { return model.CompareIncidents(&a, &b) })
	for i := range digest.Snapshot.Open {
		if i >= backlogDetail {
			digest.Snapshot.Open[i].Failing = nil
		}
	}
	return digest, drop
}
