package notify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"

	"opsbot/model"
)

// queueKey identifies what is sent in order: the alerts of a destination, its reports, and retries for some of its recipients. None
// of these waits for another.
type queueKey struct {
	to    model.Destination
	queue string // Notification.Queue
}

// asidePatience is by how much the longest retry interval is longer for reports and the like than for alerts: a report that is never
// accepted is megabytes each time.
const asidePatience = 10

// queue is the queue of one destination, or one of its queues for reports and the like. Its fields belong to the goroutine that has
// claimed it, but for busy, until, copyFrom and outage: these are guarded by Dispatcher.mu.
type queue struct {
	d           *Dispatcher
	to          model.Destination
	name        string // Notification.Queue
	aside       bool   // no alerts: its results do not say whether the destination works
	page        bool   // of one page: nobody else's wait is longer for it, and its own is as short as that of alerts
	notified    bool   // whoever pages knows that it waits; guarded by Dispatcher.mu
	busy        bool
	until       time.Duration // nothing is sent before, by Elapsed
	copyFrom    time.Duration // nothing is copied before: the store failed
	outage      bool          // the last attempt did not reach the destination
	pause       *backoff.ExponentialBackOff
	lastRewrite int // Dispatcher.rewrites after its last one: what was read before is outdated

	unclear  bool // the last attempt was denied in words that are not known
	accusing bool // others are accepted: such a denial is of one message

	counted bool // the backlog was counted since the rows were read
	reached bool // something was delivered since the rows were read

	delivered map[int64]accepted // accepted by the channel, but not recorded by the store yet
	doubtful  map[int64]bool     // may have arrived, not recorded by the store
}

// accepted is a notification as a channel accepted it.
type accepted struct {
	model.Notification
	receipt model.Receipt
}

func newQueue(d *Dispatcher, key queueKey) *queue {
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval, pause.MaxInterval, pause.Multiplier = d.FirstPause, d.LongestPause, 2
	aside, page := key.queue != "", model.IsPageQueue(key.queue)
	if aside && !page {
		pause.MaxInterval *= asidePatience
	}
	return &queue{d: d, to: key.to, name: key.queue, aside: aside, page: page, pause: pause, delivered: map[int64]accepted{}, doubtful: map[int64]bool{}}
}

// run sends notifications in order, up to the first that fails. There may be more of them than were read.
func (l *queue) run(ctx context.Context, rows []model.Notification) {
	defer l.d.outages.free(l.to, l.aside)
	l.counted, l.reached, l.unclear = len(rows) < batch, false, false
	if l.expire(ctx, rows) {
		return
	}
	for i := range rows {
		if ctx.Err() != nil {
			return
		}
		if isOutdated(&rows[i], rows[i+1:]) {
			if !l.skip(ctx, &rows[i]) {
				return
			}
			continue
		}
		if !l.send(ctx, rows[i]) {
			l.suspect(ctx, rows[i:])
			return
		}
		if !l.catchUp(ctx, rows[i+1:]) {
			return
		}
	}
}

// send sends one notification of the outbox; false: the queue has to wait.
func (l *queue) send(ctx context.Context, t model.Notification) bool {
	if done, ok := l.delivered[t.ID]; ok {
		return l.sent(ctx, done.Notification, done.receipt)
	}
	channel, semaphore, known := l.d.channel(t.To.Channel, l.aside && !l.page)
	if !known {
		return l.sendCopies(ctx, &t, time.Time{}) && l.giveUp(ctx, t, "no_channel", nil)
	}
	card, err := l.card(ctx, &t)
	if err != nil {
		return l.storeFailed(err)
	}
	t.Repeat = t.Repeat || l.doubtful[t.ID]
	row := t // what is copied elsewhere, or given up, stays as it was written
	now, err := l.refresh(ctx, &t)
	if err != nil {
		return l.storeFailed(err)
	}
	if !l.endElsewhere(ctx, &t) {
		return false
	}
	if now.nothing || (t.Kind == model.NotifyUpdated && card.Message == 0) {
		return l.skip(ctx, &t)
	}
	if err := l.unpack(ctx, &t); err != nil {
		return l.storeFailed(err)
	}
	receipt, err := l.deliver(ctx, &line{channel, semaphore, card, l.begin}, &t)
	switch {
	case errors.Is(err, errNotBegun):
		return ctx.Err() == nil
	case err != nil:
		return l.failed(ctx, row, err)
	}
	l.accepted(ctx, &t)
	return l.sent(ctx, t, receipt) && (now.edit == nil || l.drop(ctx, now.edit))
}

// accepted notes that the channel accepted something: the destination answers.
func (l *queue) accepted(ctx context.Context, t *model.Notification) {
	l.reached = true
	l.pause.Reset()
	l.d.count(func(s *Stats) {
		s.Sent++
		s.Tries[Try{Channel: l.to.Channel}]++
	})
	l.recovered(ctx, t)
}

// recovered ends an outage, and that of all queues of the same channel. An edit that is accepted says nothing of new messages, and a
// report nothing of the line on which alerts go.
func (l *queue) recovered(ctx context.Context, t *model.Notification) {
	denied, aside := l.d.outages.denied(l.to)
	if denied && t.Kind != model.NotifyUpdated && aside == l.aside || !denied && !l.aside {
		l.d.works(ctx, l.to)
	}
	l.d.mu.Lock()
	was := l.outage
	l.outage = false
	l.d.mu.Unlock()
	if was {
		l.d.Answers(l.to.Channel)
	}
}

// skip completes what need not be sent: an edit without a message to change, or news that the destination has. What was read may be
// outdated: a row that is gone is not counted.
func (l *queue) skip(ctx context.Context, t *model.Notification) bool {
	there, err := l.d.Store.Drop(ctx, t.ID, t.Kind)
	if err != nil {
		return l.storeFailed(err)
	}
	if there {
		l.d.count(func(s *Stats) { s.Skipped++ })
	}
	return true
}

// drop completes an edit that was part of a message.
func (l *queue) drop(ctx context.Context, t *model.Notification) bool {
	ctx, cancel := writing(ctx)
	defer cancel()
	if _, err := l.d.Store.Drop(ctx, t.ID, t.Kind); err != nil {
		return l.storeFailed(err)
	}
	return true
}

// unpack loads the parts of a report.
func (l *queue) unpack(ctx context.Context, t *model.Notification) error {
	if t.Kind != model.NotifyReport || t.Snapshot.Report == nil {
		return nil
	}
	parts, err := l.d.Store.ReportParts(ctx, t.ID)
	whole := *t.Snapshot.Report
	whole.Parts, t.Snapshot.Report = parts, &whole
	return err
}

func (l *queue) card(ctx context.Context, t *model.Notification) (model.Card, error) {
	if t.Incident == 0 {
		return model.Card{}, nil
	}
	card, _, err := l.d.Store.Card(ctx, t.Incident, t.To)
	return card, err
}

// errNotBegun says that nothing was tried: the notification is gone from the outbox, or Run stops.
var errNotBegun = errors.New("not begun")

// line is the way in which a notification is delivered.
type line struct {
	channel   Channel
	semaphore *semaphore
	card      model.Card
	begin     func(ctx context.Context, t *model.Notification) (bool, error) // as Outbox.Begin: false, there is nothing to send any more
}

// begin marks a notification as being sent.
func (l *queue) begin(ctx context.Context, t *model.Notification) (bool, error) {
	return l.d.Store.Begin(ctx, t.ID, t.Kind)
}

// deliver marks the notification as being sent and passes it to the channel.
func (l *queue) deliver(ctx context.Context, by *line, t *model.Notification) (_ model.Receipt, err error) {
	if by.semaphore.enter(ctx, t.Severity == model.SeverityCritical) != nil {
		return model.Receipt{}, errNotBegun
	}
	defer by.semaphore.leave()
	begun, err := by.begin(ctx, t)
	if err != nil {
		return model.Receipt{}, &storeError{err}
	}
	if !begun {
		return model.Receipt{}, errNotBegun
	}
	sending, cancel := context.WithTimeout(context.WithoutCancel(ctx), l.d.SendTimeout)
	defer cancel()
	defer context.AfterFunc(ctx, func() {
		timer := time.AfterFunc(l.d.StopTime, cancel)
		context.AfterFunc(sending, func() { timer.Stop() })
	})()
	defer func() {
		if p := recover(); p != nil {
			err = &model.SendError{Failure: model.SendBad, Err: fmt.Errorf("panic: %v", p)}
		}
	}()
	return by.channel.Deliver(sending, *t, by.card)
}

// storeError is a failure of our store, before anything was sent.
type storeError struct{ error }

func (e *storeError) Unwrap() error { return e.error }

// failed handles a failed delivery.
func (l *queue) failed(ctx context.Context, t model.Notification, err error) bool {
	if s, ok := errors.AsType[*storeError](err); ok {
		return l.storeFailed(s.error)
	}
	return l.refused(ctx, t, l.countFailure(err))
}

// countFailure counts an attempt that failed, and returns how.
func (l *queue) countFailure(err error) *model.SendError {
	send, ok := errors.AsType[*model.SendError](err)
	if !ok {
		send = &model.SendError{Failure: model.SendAmbiguous, Err: err}
	}
	l.d.count(func(s *Stats) {
		s.Failures[send.Failure]++
		s.Tries[Try{l.to.Channel, send.Failure}]++
	})
	return send
}

// refused decides what becomes of a notification that was not accepted.
func (l *queue) refused(ctx context.Context, t model.Notification, send *model.SendError) bool {
	if isPage(&t) && send.Failure == model.SendDenied {
		return l.dropPage(ctx, &t, string(send.Failure))
	}
	l.d.paged(ctx, &t, model.PageResult{Why: string(send.Failure), Retried: true})
	if wait, passes := l.pauseAfter(send); passes {
		l.fails(ctx, send)
		return l.postpone(ctx, t, wait, mayHaveArrived(send))
	}
	if send.Failure == model.SendDenied {
		return l.denied(ctx, t, send)
	}
	return l.answered(ctx, t, send)
}

// pauseAfter is how long a queue waits after a failure that passes by itself; false: it does not.
func (l *queue) pauseAfter(send *model.SendError) (wait time.Duration, passes bool) {
	switch send.Failure {
	case model.SendDenied, model.SendMigrated, model.SendChatDead, model.SendBad, model.SendGone:
		return 0, false
	case model.SendFlood:
		return send.Wait(), true
	default:
		l.nobody()
		return l.pause.NextBackOff(), true
	}
}

// mayHaveArrived reports whether what failed in a way that passes may have been accepted all the same.
func mayHaveArrived(send *model.SendError) bool {
	return send.Failure != model.SendFlood && send.Failure != model.SendNotSent && send.Failure != model.SendRefused
}

// answered handles a channel that is reachable but will never accept a notification.
func (l *queue) answered(ctx context.Context, t model.Notification, send *model.SendError) bool {
	if denied, _ := l.d.outages.denied(l.to); !l.aside && !denied {
		l.d.works(ctx, l.to)
	}
	switch send.Failure {
	case model.SendMigrated:
		return l.migrate(ctx, t, send.MigratedTo)
	case model.SendGone:
		return l.gone(ctx, t)
	case model.SendChatDead:
		return l.sendCopies(ctx, &t, time.Time{}) && l.giveUp(ctx, t, string(send.Failure), send)
	default:
		return l.giveUp(ctx, t, string(send.Failure), send)
	}
}

// writing is the context for recording the result of a delivery: that is done even when Run stops.
func writing(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), storeTime)
}

func (l *queue) sent(ctx context.Context, t model.Notification, receipt model.Receipt) bool {
	ctx, cancel := writing(ctx)
	defer cancel()
	if !l.record(ctx, &t, receipt) {
		return false
	}
	l.d.paged(ctx, &t, model.PageResult{Sent: true, Message: receipt.Message})
	return true
}

// record stores that a notification was accepted.
func (l *queue) record(ctx context.Context, t *model.Notification, receipt model.Receipt) bool {
	if t.Snapshot.FallbackFor != nil {
		receipt.Message = 0 // a copy is no card: nobody edits it
	}
	if err := l.done(ctx, *t, receipt); err != nil {
		l.delivered[t.ID] = accepted{*t, receipt} // it must not be sent again just because the disk is full
		return l.storeFailed(err)
	}
	delete(l.delivered, t.ID)
	delete(l.doubtful, t.ID)
	return true
}

// done records that a notification was accepted; it is retried for recipients that were refused for now.
func (l *queue) done(ctx context.Context, t model.Notification, receipt model.Receipt) error {
	for i := range receipt.Never {
		if err := l.notDelivered(ctx, &t, &receipt.Never[i]); err != nil {
			return err
		}
	}
	if len(receipt.Later) == 0 {
		return l.d.Store.Sent(ctx, t, receipt)
	}
	t.Snapshot.Only = nil
	for _, who := range receipt.Later {
		t.Snapshot.Only = append(t.Snapshot.Only, who.Address)
	}
	if l.aside {
		l.wait(l.d.FirstPause)
	}
	if err := l.d.Store.KeepRecipients(ctx, t, l.d.Now().Add(l.d.FirstPause)); err != nil {
		return err
	}
	l.rewrote()
	return nil
}

func (l *queue) postpone(ctx context.Context, t model.Notification, wait time.Duration, repeat bool) bool {
	ctx, cancel := writing(ctx)
	defer cancel()
	l.wait(wait)
	if repeat {
		l.doubtful[t.ID] = true
	}
	if err := l.d.Store.Postpone(ctx, l.d.Now().Add(wait), repeat, t.ID); err != nil {
		l.d.storeErr(err)
	}
	return false
}

// nobody records that the destination is unreachable.
func (l *queue) nobody() {
	l.d.mu.Lock()
	defer l.d.mu.Unlock()
	l.outage = true
}

// wait keeps the queue waiting for at least so long: of two waits the longer holds.
func (l *queue) wait(least time.Duration) {
	l.d.mu.Lock()
	defer l.d.mu.Unlock()
	l.until = max(l.until, l.d.Elapsed()+least)
}

func (l *queue) storeFailed(err error) bool {
	l.d.storeErr(err)
	l.wait(l.pause.NextBackOff())
	return false
}

// migrate follows a chat to its new id. The rows move to the new destination's queue, which may be sending them already: the sender
// stores the new id too. So the mark that the notification is being sent is left alone: it may be that queue's.
func (l *queue) migrate(ctx context.Context, t model.Notification, to model.ChatID) bool {
	if to == 0 || to == t.To.Chat {
		return l.postpone(ctx, t, l.pause.NextBackOff(), false)
	}
	ctx, cancel := writing(ctx)
	defer cancel()
	if err := l.d.Store.Migrate(ctx, t.To.Chat, to); err != nil {
		return l.storeFailed(err)
	}
	l.d.outages.moved(t.To.Chat)
	l.d.Migrated(t.To.Chat, to)
	return false
}

// gone removes a card's message that no longer exists; an edit of it is completed.
func (l *queue) gone(ctx context.Context, t model.Notification) bool {
	if t.Kind != model.NotifyUpdated {
		return l.giveUp(ctx, t, string(model.SendGone), nil)
	}
	writeCtx, cancel := writing(ctx)
	defer cancel()
	if err := l.d.Store.DropCard(writeCtx, t.Incident, t.To); err != nil {
		return l.storeFailed(err)
	}
	return l.sent(ctx, t, model.Receipt{})
}
