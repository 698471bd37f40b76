package notify

import (
	"cmp"
	"context"
	"slices"
	"time"

	"opsbot/model"
)

// refreshed is what became of a notification that waited.
type refreshed struct {
	edit    *model.Notification // of its card, waiting behind it: it is sent with this content, and the edit is not
	nothing bool                // it has nothing to say any more
}

// refresh lets a notification that may have waited for long say what is true now. It goes by what is stored, not by what was read
// with it: the end of an incident may wait behind any number of others. Copies for other destinations and for single recipients of
// a mail are sent as they are: they are no cards, and their ends follow in the same way.
func (l *queue) refresh(ctx context.Context, t *model.Notification) (refreshed, error) {
	if t.Snapshot.FallbackFor != nil || len(t.Snapshot.Only) > 0 {
		return refreshed{}, nil
	}
	switch t.Kind {
	case model.NotifyOpened, model.NotifyRaised, model.NotifyReminder, model.NotifyResolved:
		return l.refreshIncident(ctx, t)
	case model.NotifyDigest, model.NotifyMuteEnded:
		return l.refreshList(ctx, t)
	case model.NotifyDaily:
		return l.refreshDaily(ctx, t)
	case model.NotifyMuteEnding:
		return refreshed{nothing: t.Snapshot.Mute != nil && !l.d.Now().Before(t.Snapshot.Mute.Until)}, nil
	default:
		return refreshed{}, nil
	}
}

// refreshIncident gives a message the content of the last edit behind it. Nothing is left of one whose incident the destination
// knows to be over, and of a reminder that the end or another message follows.
func (l *queue) refreshIncident(ctx context.Context, t *model.Notification) (refreshed, error) {
	known, err := l.d.Store.Delivered(ctx, t.To, []model.IncidentID{t.Incident})
	if err != nil {
		return refreshed{}, err
	}
	if t.Kind != model.NotifyOpened && known[t.Incident] == model.DeliveredEnd { // only an opening begins anew
		return refreshed{nothing: true}, nil
	}
	if t.Kind == model.NotifyResolved {
		return refreshed{}, nil
	}
	rows, err := l.d.Store.Behind(ctx, t, []model.IncidentID{t.Incident})
	if err != nil {
		return refreshed{}, err
	}
	b := behind(rows)
	if b.edit != nil && t.Snapshot.Incident != nil {
		t.Snapshot.Incident = b.edit.Snapshot.Incident
	}
	if t.Kind == model.NotifyReminder {
		return refreshed{nothing: b.message || b.over()}, nil
	}
	if b.card && !b.over() {
		b.edit = nil // the next card is edited too
	}
	return refreshed{edit: b.edit}, nil
}

// waiting is what waits behind a notification about its incident.
type waiting struct {
	edit    *model.Notification // the last one
	card    bool                // an opening or a rise
	message bool                // that, a reminder, or the end
}

func behind(rows []model.Notification) (w waiting) {
	for i := range rows {
		switch t := &rows[i]; {
		case t.Snapshot.FallbackFor != nil, !t.NotBefore.IsZero(): // a copy, or not due
		case t.Kind == model.NotifyUpdated:
			if t.Snapshot.Incident != nil {
				w.edit = t
			}
		case carries(t):
			w.card, w.message = true, true
		case t.Kind == model.NotifyReminder, t.Kind == model.NotifyResolved:
			w.message = true
		}
	}
	return w
}

// over reports whether the incident has ended.
func (w *waiting) over() bool { return w.edit != nil && !w.edit.Snapshot.Incident.Open() }

// carries reports whether a notification becomes the card of its incident.
func carries(t *model.Notification) bool {
	return t.Kind == model.NotifyOpened || t.Kind == model.NotifyRaised
}

// refreshList sorts the incidents of a list by how they are now: what is over by now is said to be, and not called open. What the
// destination knows to be over is left out.
func (l *queue) refreshList(ctx context.Context, t *model.Notification) (refreshed, error) {
	s := &t.Snapshot
	listed := slices.Concat(s.Open, s.Resolved, s.Gone)
	if len(listed) == 0 {
		return refreshed{}, nil
	}
	ids := make([]model.IncidentID, len(listed))
	for i := range listed {
		ids[i] = listed[i].ID
	}
	now, err := l.presently(ctx, ids)
	if err != nil {
		return refreshed{}, err
	}
	rows, err := l.d.Store.Behind(ctx, t, ids)
	if err != nil {
		return refreshed{}, err
	}
	now.read(rows)
	open := len(s.Open)
	s.Open, s.Resolved, s.Gone = nil, nil, nil
	for i := range listed {
		if i < open {
			now.sort(s, now.of(&listed[i]))
		} else {
			now.sort(s, now.ended(&listed[i]))
		}
	}
	shorten(s)
	return refreshed{nothing: len(s.Open)+len(s.Resolved)+len(s.Gone) == 0}, nil
}

// present is how incidents are now, as far as it is stored.
type present struct {
	at     time.Time
	known  map[model.IncidentID]model.Delivered
	closed map[model.IncidentID]time.Time
	latest map[model.IncidentID]*model.Incident // as the destination may see it; of some
}

func (l *queue) presently(ctx context.Context, ids []model.IncidentID) (p present, err error) {
	p.at, p.latest = l.d.Now(), map[model.IncidentID]*model.Incident{}
	if p.known, err = l.d.Store.Delivered(ctx, l.to, ids); err != nil {
		return p, err
	}
	p.closed, err = l.d.Store.Closed(ctx, ids)
	return p, err
}

// read takes in what waits about the incidents: the last row shows each as it is now.
func (p *present) read(rows []model.Notification) {
	for i := range rows {
		if rows[i].Snapshot.FallbackFor == nil && rows[i].Snapshot.Incident != nil {
			p.latest[rows[i].Incident] = rows[i].Snapshot.Incident
		}
	}
}

// of is an incident as it is now.
func (p *present) of(in *model.Incident) model.Incident {
	now := *in
	if latest := p.latest[in.ID]; latest != nil {
		now = *latest
	}
	if _, over := p.closed[in.ID]; over {
		return p.ended(&now)
	}
	return now
}

// ended is an incident with its end. Of one that is forgotten there is none.
func (p *present) ended(in *model.Incident) model.Incident {
	now := *in
	if now.Open() {
		now.ClosedAt = cmp.Or(p.closed[in.ID], now.OpenedAt, p.at)
	}
	return now
}

// sort puts an incident into the list where it belongs. What was written as the end of something that was notified may come before
// its beginning: that may have become part of a digest which follows.
func (p *present) sort(s *model.Snapshot, in model.Incident) {
	switch {
	case in.Open():
		s.Open = append(s.Open, in)
	case p.known[in.ID] == model.DeliveredOpen:
		s.Resolved = append(s.Resolved, in)
	case p.known[in.ID] == model.DeliveredNothing:
		s.Gone = append(s.Gone, in)
	}
}

// refreshDaily lets a daily digest list what is open now. If the next one is waiting already, it says it all.
func (l *queue) refreshDaily(ctx context.Context, t *model.Notification) (refreshed, error) {
	rows, err := l.d.Store.Behind(ctx, t, []model.IncidentID{0})
	if err != nil {
		return refreshed{}, err
	}
	if slices.ContainsFunc(rows, func(later model.Notification) bool { return later.Kind == model.NotifyDaily }) {
		return refreshed{nothing: true}, nil
	}
	if l.d.Open != nil {
		t.Snapshot.Open = l.d.Open(t.To)
	}
	return refreshed{}, nil
}
