package notify

import (
	"context"
	"errors"
	"slices"
	"time"

	"opsbot/model"
)

// denied handles a destination that accepts nothing until a person changes that: the notification waits, in its place, with all
// others of the destination behind it.
func (l *queue) denied(ctx context.Context, t model.Notification, send *model.SendError) bool {
	l.unclear = send.Denial == model.DenialUnclear
	if l.unclear && l.accusing {
		return l.giveUp(ctx, t, string(model.SendBad), &model.SendError{Failure: model.SendBad, Err: send.Err})
	}
	l.fails(ctx, send)
	if l.aside {
		l.wait(l.pause.NextBackOff())
	}
	if l.old(&t) {
		l.giveUpOld(ctx, t, send)
		return false
	}
	return l.keep(ctx, &t)
}

// keep unmarks a notification that was certainly not delivered. When it is tried again is not its own matter but its destination's.
func (l *queue) keep(ctx context.Context, t *model.Notification) bool {
	ctx, cancel := writing(ctx)
	defer cancel()
	if err := l.d.Store.Postpone(ctx, time.Time{}, false, t.ID); err != nil {
		l.d.storeErr(err)
	}
	return false
}

// giveUpOld makes dead letters of what has waited for too long, beginning with what was just denied, without trying the others.
func (l *queue) giveUpOld(ctx context.Context, t model.Notification, send *model.SendError) {
	if !l.giveUp(ctx, t, string(send.Failure), send) || l.aside {
		return
	}
	for rows := make([]model.Notification, backlogPage); len(rows) == backlogPage; {
		var err error
		if rows, err = l.d.Store.Backlog(ctx, l.to, t.ID, backlogPage); err != nil {
			l.storeFailed(err)
			return
		}
		for _, t = range rows {
			if !l.old(&t) || !l.giveUp(ctx, t, string(send.Failure), send) {
				return
			}
		}
	}
}

// standsBack reports whether a report or the like waits because its destination denies us, and an alert, which is smaller, is tried.
func (l *queue) standsBack(rows map[queueKey][]model.Notification) bool {
	denied, aside := l.d.outages.denied(l.to)
	return l.aside && denied && !aside && len(rows[queueKey{to: l.to}]) > 0 && !l.expires(&rows[queueKey{l.to, l.name}][0])
}

// expires reports whether a report or the like is given up without an attempt: alerts have been tried in its place for long.
func (l *queue) expires(head *model.Notification) bool {
	denied, aside := l.d.outages.denied(l.to)
	return l.aside && denied && !aside && l.old(head)
}

// expire gives up reports and the like that have waited for too long behind the attempts with alerts, and reports whether there are any.
func (l *queue) expire(ctx context.Context, rows []model.Notification) bool {
	if !l.expires(&rows[0]) {
		return false
	}
	o, _, _ := l.d.outages.of(l.to)
	for i := range rows {
		if !l.old(&rows[i]) || !l.giveUp(ctx, rows[i], string(o.Failure), &model.SendError{Failure: o.Failure, Err: errors.New(o.Said)}) {
			break
		}
	}
	return true
}

// old reports whether a notification has waited for as long as any does. The destination must have accepted nothing for so long as well:
// a wall clock that is set a week ahead ends nothing.
func (l *queue) old(t *model.Notification) bool {
	_, lasts, is := l.d.outages.of(l.to)
	return is && lasts >= keptFor && l.d.Now().Sub(later(t.Created, t.NotBefore)) >= keptFor
}

// suspect finds out whether a denial in words that are not known is of one message, which would hold up all others for days: after
// long, another one is tried, and if that is accepted the first once more. rows begins with what was denied.
func (l *queue) suspect(ctx context.Context, rows []model.Notification) {
	_, lasts, is := l.d.outages.of(l.to)
	patience := unclearPatience
	if rows[0].Kind == model.NotifyUpdated {
		patience = unclearEdit
	}
	if !l.unclear || !is || lasts < patience {
		return
	}
	at := slices.IndexFunc(rows, func(t model.Notification) bool {
		return t.Kind != model.NotifyUpdated && t.Incident != rows[0].Incident
	})
	if at < 0 || !l.send(ctx, rows[at]) {
		return
	}
	l.accusing = true
	l.send(ctx, rows[0])
	l.accusing = false
}
