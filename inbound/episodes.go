package inbound

import (
	"time"

	"opsbot/model"
)

// episodes knows the latest event of each object of a source of which an object has at most one problem at a time. Such a source may
// report one problem with several start times: the members of a pair, and a monitor that was rebooted, each have their own.
type episodes struct {
	latest map[string]string   // Object to EventKey.ID: an active event rather than an ended one
	twins  map[string][]string // further active events, of before this rule
}

// oneProblem reports whether an object of that kind of source has at most one problem at a time.
func oneProblem(kind model.SourceKind) bool { return kind == model.SourceAlertmanager }

func newEpisodes() *episodes {
	return &episodes{latest: map[string]string{}, twins: map[string][]string{}}
}

// load adds a remembered event.
func (p *episodes) load(e *model.Event, entries map[string]entry) {
	before, have := entries[p.latest[e.Object]]
	if have && before.event.ID != e.ID && before.event.Active() && e.Active() {
		p.twins[e.Object] = append(p.twins[e.Object], e.ID)
		return
	}
	p.take(e, entries)
}

// take adds an event that was accepted.
func (p *episodes) take(e *model.Event, entries map[string]entry) {
	before, have := entries[p.latest[e.Object]]
	if have && !e.Active() && before.event.ID != e.ID && (before.event.Active() || before.event.EndedAt.After(e.EndedAt)) {
		return
	}
	p.latest[e.Object] = e.ID
}

// drop forgets an event.
func (p *episodes) drop(e *model.Event) {
	if p.latest[e.Object] == e.ID {
		delete(p.latest, e.Object)
	}
}

// episode is an event with the key of the episode that it is part of: the active one of its object, whatever start time it was reported
// with; or the last one, if it had not ended yet when this one began. An end from before the active one began is of an earlier one.
func (d *draft) episode(e model.Event) model.Event {
	p := d.l.episodes
	if p == nil || e.Object == "" {
		return e
	}
	if known, have := d.get(e.ID); have && known.event.Active() {
		return e
	}
	known, have := d.latestOf(e.Object)
	switch {
	case !have || known.event.ID == e.ID:
		return e
	case known.event.Active() && !e.Active() && e.EndedAt.Before(known.event.OpenedAt):
		return e
	case !known.event.Active() && (e.OpenedAt.IsZero() || e.OpenedAt.After(known.event.EndedAt)):
		return e
	}
	e.ID, e.OpenedAt = known.event.ID, earlier(known.event.OpenedAt, e.OpenedAt)
	return e
}

// latestOf is the latest event of an object.
func (d *draft) latestOf(object string) (entry, bool) {
	id, have := d.latest[object]
	if !have {
		id = d.l.episodes.latest[object]
	}
	return d.get(id)
}

// point makes an event the latest of its object, unless it has ended and another is active.
func (d *draft) point(e *model.Event) {
	if d.l.episodes == nil {
		return
	}
	if before, have := d.latestOf(e.Object); have && !e.Active() && before.event.Active() {
		return
	}
	d.latest[e.Object] = e.ID
}

// earlier is the earlier of two times; zero is unknown.
func earlier(a, b time.Time) time.Time {
	if b.IsZero() || !a.IsZero() && a.Before(b) {
		return a
	}
	return b
}

// endTwins ends the further active events of an object with it.
func (d *draft) endTwins(e *model.Event, now time.Time) {
	p := d.l.episodes
	if p == nil || len(p.twins[e.Object]) == 0 {
		return
	}
	for _, id := range append(p.twins[e.Object], p.latest[e.Object]) {
		if twin, ok := d.get(id); ok && twin.event.Active() && id != e.ID {
			twin.event.EndedAt, twin.event.End, twin.event.ClosedBy, twin.over = e.EndedAt, e.End, e.ClosedBy, now
			d.put(twin)
		}
	}
}
