package notify

import (
	"cmp"
	"context"
	"maps"
	"strconv"
	"time"

	"opsbot/model"
)

// noticePause is the shortest time between two notices about dead letters of one destination.
const noticePause = time.Hour

// giveUp makes a dead letter of a notification that can never be delivered, and sends a notice.
func (l *queue) giveUp(ctx context.Context, t model.Notification, why string, send *model.SendError) bool {
	if isPage(&t) {
		return l.dropPage(ctx, &t, why)
	}
	notice := l.notice(&t, why, send)
	ctx, cancel := writing(ctx)
	defer cancel()
	if err := l.d.Store.AddDeadLetter(ctx, t, why, notice); err != nil {
		l.d.unsaid("dead letter " + t.To.String())
		return l.storeFailed(err)
	}
	l.d.count(func(s *Stats) { s.DeadAt++ })
	if notice != nil {
		l.d.Notify()
	}
	return true
}

// notice is the notice about a dead letter: in the same chat if only the message was bad, elsewhere if the chat is dead
// or there is none. A notice causes no notice, and a destination at most one an hour.
func (l *queue) notice(t *model.Notification, why string, send *model.SendError) *model.Notification {
	if send == nil || t.Kind == model.NotifyNotice {
		return nil
	}
	to := t.To
	if send.Failure == model.SendChatDead || send.Failure == model.SendDenied || to.Chat == 0 { // a mail server that rejected one mail may reject the next too
		other, ok := l.d.elsewhere(to)
		if !ok {
			return nil
		}
		to = other
	}
	if !l.d.says("dead letter " + t.To.String()) {
		return nil
	}
	incident := ""
	if t.Incident != 0 {
		incident = strconv.FormatInt(int64(t.Incident), 10)
	}
	reason := model.NewReason(model.NoticeDeadLetter, "to", t.To.String(), "why", why, "said", said(send), "incident", incident)
	return &model.Notification{
		Kind: model.NotifyNotice, To: to, Severity: cmp.Or(t.Severity, model.SeverityWarning), Created: l.d.Now(),
		Snapshot: model.Snapshot{Notice: &reason},
	}
}

// notDelivered sends a notice about a recipient who does not get a mail that others got: once an hour for each address.
func (l *queue) notDelivered(ctx context.Context, t *model.Notification, who *model.NotDelivered) error {
	recipient := "recipient " + t.To.Channel + " " + who.Address
	to, ok := l.d.elsewhere(t.To)
	if !ok || !l.d.says(recipient) {
		return nil
	}
	reason := model.NewReason(model.NoticeNotDelivered, "to", t.To.String(), "address", who.Address, "said", who.Said)
	err := l.d.Store.Enqueue(ctx, model.Notification{
		Kind: model.NotifyNotice, To: to, Severity: model.SeverityWarning, Created: l.d.Now(), Snapshot: model.Snapshot{Notice: &reason},
	})
	if err != nil {
		l.d.unsaid(recipient)
		return err
	}
	l.d.Notify()
	return nil
}

// says reports whether there was no notice about something within an hour, and reserves one.
func (d *Dispatcher) says(what string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.Elapsed()
	maps.DeleteFunc(d.said, func(_ string, at time.Duration) bool { return now >= at+noticePause })
	if _, said := d.said[what]; said {
		return false
	}
	d.said[what] = now
	return true
}

func (d *Dispatcher) unsaid(what string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.said, what)
}

func (d *Dispatcher) elsewhere(dead model.Destination) (model.Destination, bool) {
	if d.Notice == nil {
		return model.Destination{}, false
	}
	to, ok := d.Notice(dead)
	return to, ok && to != dead
}

func said(send *model.SendError) string {
	if send.Err == nil {
		return ""
	}
	return send.Err.Error()
}
