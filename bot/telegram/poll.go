package telegram

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"strconv"
	"time"

	tele "gopkg.in/telebot.v3"

	"opsbot/model"
)

// Events are what the poller reports beside its work. Each may be nil. They are called from its goroutines and must
// return soon. Errors hold no secret.
type Events struct {
	Health   func(Health)                        // polling began to fail, fails differently, became stale, or works again
	Poison   func(in Intake, err error)          // an update could not be read and was skipped
	Panic    func(in Incoming, v any, at []byte) // a handler panicked: the value and the stack
	Dropped  func(in Incoming)                   // a chat wrote faster than it is handled: this was not handled
	Migrated func(from, to model.ChatID)         // a group has a new id: rewrite it everywhere
	Admitted func(chat model.ChatID)             // a chat lets us write: somebody added us, or gave us the right
	Problem  func(err error)                     // something that is worth a line in the log, and no more
}

func (e Events) withDefaults() Events {
	if e.Health == nil {
		e.Health = func(Health) {}
	}
	if e.Poison == nil {
		e.Poison = func(Intake, error) {}
	}
	if e.Panic == nil {
		e.Panic = func(Incoming, any, []byte) {}
	}
	if e.Dropped == nil {
		e.Dropped = func(Incoming) {}
	}
	if e.Migrated == nil {
		e.Migrated = func(model.ChatID, model.ChatID) {}
	}
	if e.Admitted == nil {
		e.Admitted = func(model.ChatID) {}
	}
	if e.Problem == nil {
		e.Problem = func(error) {}
	}
	return e
}

// PollerOptions configure a Poller; Handler is required.
type PollerOptions struct {
	Handler Handler
	Journal Journal // default: a MemoryJournal
	Events  Events
	MaxAge  time.Duration // texts older than this are Late; default 5 min
	Queue   int           // updates that may wait for one chat; default 20
	Workers int           // chats handled at once; default 8
	Drain   time.Duration // how long Run waits for handlers after ctx ended; default 5 s

	// Known reports whether the sender may ask for something where they do. Those who may not share a few places, so that however
	// many write, nobody who may loses theirs. nil: everybody may. It must not block.
	Known func(in Incoming) bool

	// Certain reports whether this process is sure to answer for a while yet. While it is not, what the journal could not note stays at
	// Telegram, for whoever polls next: confirmed by one that may not answer any more, it would be lost. nil: it always is. It must not block.
	Certain func() bool

	// A 429 holds beyond the process that got it.
	Paused time.Time             // when an earlier run was told to poll again
	Pause  func(until time.Time) // remember it for Paused; the zero time: not any more; may be nil
}

// Poller takes updates from Telegram and hands them to the Handler.
type Poller struct {
	client     *Client
	o          PollerOptions
	chatQueues *chatQueues
	state      *state
	unkept     unkept
	finished   finished
}

// NewPoller makes a poller; Run starts it.
func NewPoller(c *Client, o PollerOptions) *Poller {
	if o.Journal == nil {
		o.Journal = &MemoryJournal{}
	}
	o.Events = o.Events.withDefaults()
	o.MaxAge = cmp.Or(o.MaxAge, 5*time.Minute)
	o.Queue, o.Workers = cmp.Or(o.Queue, 20), cmp.Or(o.Workers, 8)
	o.Drain = cmp.Or(o.Drain, 5*time.Second)
	if o.Pause == nil {
		o.Pause = func(time.Time) {}
	}
	if o.Known == nil {
		o.Known = func(Incoming) bool { return true }
	}
	if o.Certain == nil {
		o.Certain = func() bool { return true }
	}
	p := &Poller{client: c, o: o, state: newState(c.clock, c.timeouts.Poll, o.Events.Health)}
	p.chatQueues = newChatQueues(o.Workers, o.Queue, p.handle)
	return p
}

// Health is safe for use by several goroutines.
func (p *Poller) Health() Health { return p.state.snapshot() }

// Run polls until ctx ends, whatever Telegram does; call it once. It returns nil, or an error when a handler did not
// return in time and was left behind.
func (p *Poller) Run(ctx context.Context) error {
	bot, err := p.client.bot(ctx, p.client.polling)
	if err != nil {
		return err
	}
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		p.state.watch(ctx)
	}()
	p.rest(ctx)
	p.until(ctx, func() error { return p.identify(bot) })
	p.until(ctx, func() error { return p.resume(ctx) })
	offset := 0
	for ctx.Err() == nil {
		p.until(ctx, func() error {
			var err error
			offset, err = p.poll(ctx, bot, offset)
			return err
		})
	}
	<-watched
	return p.drain()
}

// rest waits as long as an earlier run was asked to, by a clock that may have been another.
func (p *Poller) rest(ctx context.Context) {
	wait := min(p.o.Paused.Sub(p.client.clock.Now()), model.MostWait)
	if wait <= 0 {
		return
	}
	p.state.failed(&model.SendError{Failure: model.SendFlood, RetryAfter: p.o.Paused.Sub(p.client.clock.Now()), Err: errResting}, errResting.Error())
	p.sleep(ctx, wait)
}

var errResting = errors.New("an earlier run was asked to wait")

func (p *Poller) sleep(ctx context.Context, wait time.Duration) {
	select {
	case <-p.client.clock.After(wait):
	case <-ctx.Done():
	}
}

// until repeats a step that fails, ever slower, or as slow as Telegram asks for, which is interrupted every model.MostWait.
func (p *Poller) until(ctx context.Context, step func() error) {
	const least, most = time.Second, 32 * time.Second
	flooded := false
	for wait := least; ctx.Err() == nil; wait = min(2*wait, most) {
		err := step()
		if err == nil && flooded {
			p.o.Pause(time.Time{})
		}
		if err == nil || ctx.Err() != nil {
			return
		}
		p.state.failed(err, p.client.Redact(err.Error()))
		pause := wait
		if e, ok := errors.AsType[*model.SendError](err); ok && e.Failure == model.SendFlood {
			flooded = true
			p.o.Pause(p.client.clock.Now().Add(e.RetryAfter))
			pause = max(e.Wait(), least)
		}
		p.sleep(ctx, pause)
	}
}

// identify asks who we are.
func (p *Poller) identify(bot *tele.Bot) error {
	me, err := identify(bot)
	if err == nil {
		p.state.identified(me)
	}
	return err
}

func identify(bot *tele.Bot) (Identity, error) {
	data, err := bot.Raw("getMe", nil)
	if err != nil {
		return Identity{}, sendError(err)
	}
	var me struct {
		Result tele.User `json:"result"`
	}
	if err := json.Unmarshal(data, &me); err != nil {
		return Identity{}, fmt.Errorf("getMe: %w", err)
	}
	return Identity{ID: me.Result.ID, Username: me.Result.Username, Name: me.Result.FirstName}, nil
}

// allowed is what updates we want; without it Telegram keeps to what an earlier program wanted.
const allowed = `["message","callback_query","my_chat_member"]`

// poll makes one call and takes what it brings. The offset it returns confirms what was taken, no more.
func (p *Poller) poll(ctx context.Context, bot *tele.Bot, offset int) (int, error) {
	began, hold := p.client.clock.Now(), p.client.timeouts.Poll
	if p.unkept.waiting() {
		if !p.o.Certain() {
			why := p.unkept.why
			return p.unkept.back(), why
		}
		hold = 0 // this one only confirms
	}
	data, err := bot.Raw("getUpdates", map[string]string{
		"offset": strconv.Itoa(offset), "timeout": strconv.Itoa(int(hold / time.Second)), "allowed_updates": allowed,
	})
	if err != nil {
		return offset, sendError(err)
	}
	for _, in := range p.unkept.confirmed() {
		p.dispatch(ctx, in)
	}
	var batch struct {
		Result []json.RawMessage `json:"result"`
	}
	if err := json.Unmarshal(data, &batch); err != nil {
		return offset, fmt.Errorf("getUpdates: %w", err)
	}
	taken := 0
	for _, raw := range batch.Result {
		id, err := p.take(ctx, raw)
		if err != nil {
			return offset, err
		}
		if id >= 0 {
			offset = id + 1 // which may be lower than before: after a quiet week Telegram draws a new number
			taken++
		}
	}
	if taken == 0 && p.client.clock.Now().Sub(began) < min(time.Second, hold) {
		return offset, errors.New("getUpdates: answers at once, with nothing")
	}
	p.state.polled(p.journalWorks(ctx), p.client.Redact)
	return offset, nil
}

// journalWorks tries the journal again after it refused: with what it refused last. Its error is why it still refuses.
func (p *Poller) journalWorks(ctx context.Context) error {
	if p.unkept.why == nil {
		p.done(ctx)
		return nil
	}
	if p.unkept.waiting() { // it has just refused
		return p.unkept.why
	}
	if _, err := p.accept(ctx, p.unkept.last); err != nil {
		return p.unkept.why
	}
	p.unkept.why = nil
	p.done(ctx, p.unkept.last.Update)
	return nil
}

// errJournal marks failures of the journal among those of Telegram.
var errJournal = errors.New("journal")

// take notes one update and hands it on. It returns the update's id, -1 when that cannot be read.
func (p *Poller) take(ctx context.Context, raw []byte) (int, error) {
	intake := Intake{At: p.client.clock.Now(), Raw: raw}
	var err error
	if intake.Update, err = updateID(raw); err != nil {
		p.o.Events.Poison(intake, err)
		p.state.count(func(h *Health) { h.Poisoned++ })
		return -1, nil
	}
	d, err := decode(raw)
	if err != nil {
		p.poison(ctx, intake, err)
		return intake.Update, nil
	}
	if d.migrated != [2]model.ChatID{} {
		p.o.Events.Migrated(d.migrated[0], d.migrated[1])
	}
	if d.admitted {
		p.o.Events.Admitted(d.in.Chat.ID)
	}
	if !d.relevant {
		return intake.Update, nil
	}
	fresh, err := p.accept(ctx, intake)
	switch {
	case err != nil && ctx.Err() != nil:
		return 0, err
	case err != nil:
		p.state.count(func(h *Health) { h.Received++ })
		d.in.Unkept = err
		p.unkept.add(d.in, intake, fmt.Errorf("%w: accept update %d: %w", errJournal, intake.Update, err))
	case fresh:
		p.state.count(func(h *Health) { h.Received++ })
		p.dispatch(ctx, d.in)
	}
	return intake.Update, nil
}

// How long the journal may take: longer is as bad as refusing, since somebody waits for an answer. One that refuses is not waited for.
const (
	journalFor  = 5 * time.Second
	refusingFor = time.Second
)

func (p *Poller) accept(ctx context.Context, in Intake) (bool, error) {
	most := journalFor
	if p.unkept.why != nil {
		most = refusingFor
	}
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	return p.o.Journal.Accept(ctx, in)
}

func (p *Poller) poison(ctx context.Context, in Intake, reason error) {
	if err := p.o.Journal.Poison(ctx, in, p.client.Redact(reason.Error())); err != nil {
		p.o.Events.Problem(fmt.Errorf("keep poison update %d: %w", in.Update, err))
	}
	p.state.count(func(h *Health) { h.Poisoned++ })
	p.o.Events.Poison(in, reason)
}

// resume hands on what an earlier run left unfinished, marked as interrupted.
func (p *Poller) resume(ctx context.Context) error {
	pending, err := p.o.Journal.Pending(ctx)
	if err != nil {
		return fmt.Errorf("%w: list pending updates: %w", errJournal, err)
	}
	for _, intake := range pending {
		d, err := decode(intake.Raw)
		if err != nil || !d.relevant {
			p.done(ctx, intake.Update)
			continue
		}
		if err := p.o.Journal.Resume(ctx, intake.Update); err != nil {
			p.o.Events.Problem(fmt.Errorf("note that update %d is taken up again: %w", intake.Update, err))
			intake.Resumed = true // nobody would know the next time
		}
		d.in.Interrupted, d.in.Resumed, d.in.Shown = true, intake.Resumed, intake.Message
		d.in.Untold = intake.Untold
		d.in.Age = p.client.clock.Now().Sub(intake.At)
		p.dispatch(ctx, d.in)
	}
	return nil
}

func (p *Poller) dispatch(ctx context.Context, in Incoming) {
	got := p.chatQueues.add(ctx, in, !p.o.Known(in))
	if got.displaced != nil {
		p.dropped(*got.displaced)
	}
	if got.replaced != nil {
		p.done(ctx, got.replaced.Update)
	}
	if got.place == placed {
		return
	}
	p.dropped(in)
	if got.place == refused {
		p.done(ctx, in.Update)
	}
}

// dropped counts an update that is not handled.
func (p *Poller) dropped(in Incoming) {
	p.state.count(func(h *Health) { h.Dropped++ })
	p.o.Events.Dropped(in)
}

// handle runs the Handler. What it was doing when ctx ended stays pending: nobody knows how far it came.
func (p *Poller) handle(ctx context.Context, in Incoming) {
	in.show = func(ctx context.Context, message int) {
		if err := p.o.Journal.Shows(ctx, in.Update, message); err != nil {
			p.o.Events.Problem(fmt.Errorf("note what update %d shows: %w", in.Update, err))
		}
	}
	defer func() {
		if v := recover(); v != nil {
			p.state.count(func(h *Health) { h.Panics++ })
			p.done(ctx, in.Update)
			p.o.Events.Panic(in, v, debug.Stack())
		}
	}()
	in.Late = in.Kind == KindText && !in.Interrupted && p.client.age(in.Date, p.client.clock.Now()) > p.o.MaxAge // it may have waited for its chat
	p.o.Handler.Handle(ctx, in)
	if ctx.Err() == nil && in.Unkept == nil {
		p.done(ctx, in.Update)
	}
}

// done notes that updates are done, and those that could not be noted before.
func (p *Poller) done(ctx context.Context, updates ...int) {
	for _, id := range p.finished.with(updates) {
		if err := p.noteDone(ctx, id); err != nil {
			p.finished.keep(id)
			p.o.Events.Problem(fmt.Errorf("note that update %d is done: %w", id, err))
		}
	}
}

func (p *Poller) noteDone(ctx context.Context, update int) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), journalFor)
	defer cancel()
	return p.o.Journal.Done(ctx, update)
}

// drain waits for the handlers, which have been told to end.
func (p *Poller) drain() error {
	over := make(chan struct{})
	go func() {
		p.chatQueues.wait()
		close(over)
	}()
	select {
	case <-over:
		return nil
	case <-p.client.clock.After(p.o.Drain):
		return fmt.Errorf("telegram: handlers still run %v after the end", p.o.Drain)
	}
}
