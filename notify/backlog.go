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
	backlogPage       = 500 // rows that are read at once
	backlogDetail     = 100 // incidents of a list with their failing checks; the rest is a line each
)

// catchUp replaces a backlog by one digest. It runs after a successful delivery: while the destination is unreachable the
// backlog may grow, and the first message to arrive is an ordinary one. False: the rows that were read are outdated.
func (l *queue) catchUp(ctx context.Context, rest []model.Notification) bool {
	if l.aside || !l.reached || !l.d.Digests[l.to.Channel] {
		return true
	}
	piled, err := l.piledUp(ctx, rest)
	if err != nil {
		return l.storeFailed(err)
	}
	if !piled {
		return true
	}
	b, err := l.backlog(ctx)
	if err != nil {
		return l.storeFailed(err)
	}
	digest, drop, err := l.coalesce(ctx, b)
	if err != nil {
		return l.storeFailed(err)
	}
	if len(drop) <= backlogOver {
		return true
	}
	return l.replace(ctx, b, drop, digest)
}

// replace puts a digest in the place of messages. It is sent next, so that false is the right answer either way.
func (l *queue) replace(ctx context.Context, b *backlog, drop []int64, digest model.Notification) bool {
	for i := range b.ends {
		if !l.endElsewhere(ctx, &b.ends[i]) {
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
		l.rewrote()
		l.d.count(func(s *Stats) { s.Coalesced += uint64(len(drop)) })
	}
	l.d.Notify()
	return false
}

// rewrote records that rows read before are outdated.
func (l *queue) rewrote() {
	l.d.mu.Lock()
	defer l.d.mu.Unlock()
	l.d.rewrites++
	l.lastRewrite = l.d.rewrites
}

// piledUp reports whether enough messages have waited long enough. If there may be more than were read, the store counts, once.
func (l *queue) piledUp(ctx context.Context, rest []model.Notification) (bool, error) {
	n, oldest := 0, time.Time{}
	for i := range rest {
		if l.coalesces(&rest[i]) {
			n++
			oldest = model.Earlier(oldest, rest[i].Created)
		}
	}
	if n <= backlogOver && !l.counted {
		var err error
		if n, oldest, err = l.d.Store.BacklogSize(ctx, l.to); err != nil {
			return false, err
		}
		l.counted = true
	}
	return n > backlogOver && l.d.Now().Sub(oldest) >= l.d.BacklogAge, nil
}

// coalesces reports whether a message may become part of a digest: it is about one incident, was never tried (what was tried since the backup
// that it comes from is unknown), and does not wait for active hours.
func (l *queue) coalesces(t *model.Notification) bool {
	_, delivered := l.delivered[t.ID]
	return aboutOne(t) && t.Attempts == 0 && (!t.Repeat || t.Restored) && t.NotBefore.IsZero() && !delivered && !l.doubtful[t.ID]
}

// aboutOne reports whether a notification is a message about one incident.
func aboutOne(t *model.Notification) bool {
	switch t.Kind {
	case model.NotifyOpened, model.NotifyRaised, model.NotifyResolved, model.NotifyReminder:
		return t.Snapshot.Incident != nil && t.Snapshot.FallbackFor == nil
	default:
		return false
	}
}

// backlog is everything that waits for a destination, by incident.
type backlog struct {
	incidents map[model.IncidentID]*piled
	order     []model.IncidentID   // as they come
	ends      []model.Notification // of the messages: ends
	created   time.Time            // of the oldest message
	silent    bool                 // every message is
}

// piled is what waits about one incident.
type piled struct {
	latest model.Incident // with the last edit
	drop   []int64        // messages that a digest may replace
	defers bool           // its end waits for active hours
	tried  bool           // one of its messages was tried: all of them are sent as they are
}

// backlog reads everything that waits, however much it is.
func (l *queue) backlog(ctx context.Context) (*backlog, error) {
	b := &backlog{incidents: map[model.IncidentID]*piled{}, silent: true}
	for after := int64(0); ; {
		rows, err := l.d.Store.Backlog(ctx, l.to, after, backlogPage)
		if err != nil {
			return nil, err
		}
		for i := range rows {
			b.add(&rows[i], l.coalesces(&rows[i]))
			after = rows[i].ID
		}
		if len(rows) < backlogPage {
			return b, nil
		}
	}
}

// add takes in a row; coalesces: a digest may replace it.
func (b *backlog) add(t *model.Notification, coalesces bool) {
	if !aboutOne(t) && (t.Kind != model.NotifyUpdated || t.Snapshot.Incident == nil) {
		return
	}
	p := b.incidents[t.Incident]
	if p == nil {
		p = &piled{}
		b.incidents[t.Incident] = p
		b.order = append(b.order, t.Incident)
	}
	if !t.NotBefore.IsZero() {
		p.defers = p.defers || t.Kind == model.NotifyResolved
		return
	}
	p.latest = *t.Snapshot.Incident
	switch {
	case t.Kind == model.NotifyUpdated:
	case !coalesces:
		p.tried = true
	default:
		p.drop = append(p.drop, t.ID)
		b.message(t)
	}
}

// message notes what the digest has of a message.
func (b *backlog) message(t *model.Notification) {
	if t.Kind == model.NotifyResolved {
		b.ends = append(b.ends, *t)
	}
	b.silent = b.silent && t.Silent
	b.created = model.Earlier(b.created, t.Created)
}

// coalesce returns the digest of a backlog, and the messages that it replaces: first what the destination knows as open and is over
// now, then everything that is open, then what came and went. Edits are not replaced: cards that were sent are still edited.
func (l *queue) coalesce(ctx context.Context, b *backlog) (digest model.Notification, drop []int64, err error) {
	digest = model.Notification{Kind: model.NotifyDigest, To: l.to, Silent: b.silent, Created: b.created, Snapshot: model.Snapshot{Backlog: true}}
	var open []model.Incident
	if l.d.Open != nil {
		open = l.d.Open(l.to)
	}
	ids := slices.Clone(b.order)
	for i := range open {
		if b.incidents[open[i].ID] == nil {
			ids = append(ids, open[i].ID)
		}
	}
	now, err := l.presently(ctx, ids)
	if err != nil {
		return digest, nil, err
	}
	drop = b.sort(&digest.Snapshot, &now)
	addOpen(&digest.Snapshot, b, &now, open)
	shorten(&digest.Snapshot)
	for i := range digest.Snapshot.Open {
		digest.Severity = max(digest.Severity, digest.Snapshot.Open[i].Severity)
	}
	return digest, drop, nil
}

// sort puts the incidents of a backlog into the lists of a digest, and returns the messages that it replaces.
func (b *backlog) sort(s *model.Snapshot, now *present) (drop []int64) {
	for _, id := range b.order {
		p := b.incidents[id]
		if p.tried {
			continue
		}
		drop = append(drop, p.drop...)
		switch in := now.of(&p.latest); {
		case in.Open():
			if len(p.drop) > 0 {
				s.Open = append(s.Open, in)
			}
		case now.known[id] == model.DeliveredOpen:
			if !p.defers {
				s.Resolved = append(s.Resolved, in)
			}
		case now.known[id] == model.DeliveredNothing && len(p.drop) > 0:
			s.Gone = append(s.Gone, in)
		}
	}
	return drop
}

// addOpen completes the open incidents of a digest by what the destination knows as open already, and shows each as it is now.
func addOpen(s *model.Snapshot, b *backlog, now *present, open []model.Incident) {
	places := make(map[model.IncidentID]int, len(s.Open))
	for i := range s.Open {
		places[s.Open[i].ID] = i
	}
	for i := range open {
		in := &open[i]
		at, listed := places[in.ID]
		p := b.incidents[in.ID]
		_, over := now.closed[in.ID]
		switch {
		case listed:
			s.Open[at] = *in
		case now.known[in.ID] != model.DeliveredOpen, over, p != nil && (p.tried || !p.latest.Open()):
		default:
			s.Open = append(s.Open, *in)
		}
	}
}

// shorten puts the open incidents of a list in order, the worst first, and leaves out the failing checks of those far behind.
func shorten(s *model.Snapshot) {
	slices.SortStableFunc(s.Open, func(a, b model.Incident) int { return model.CompareIncidents(&a, &b) })
	for _, all := range [][]model.Incident{s.Open, s.Resolved, s.Gone} {
		for i := range all {
			if i >= backlogDetail {
				all[i].Failing = nil
			}
		}
	}
}
