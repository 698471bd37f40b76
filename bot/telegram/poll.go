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
}

// Poller takes updates from Telegram and hands them to the Handler.
type Poller struct {
	client     *Client
	o          PollerOptions
	chatQueues *chatQueues
	state      *state
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

// until repeats a step that fails, ever slower, or as slow as Telegram asks for.
func (p *Poller) until(ctx context.Context, step func() error) {
	const least, most = time.Second, 32 * time.Second
	for wait := least; ctx.Err() == nil; wait = min(2*wait, most) {
		err := step()
		if err == nil || ctx.Err() != nil {
			return
		}
		p.state.failed(err, p.client.Redact(err.Error()))
		pause := wait
		if e, ok := errors.AsType[*model.SendError](err); ok && e.Failure == model.SendFlood {
			pause = max(e.RetryAfter, least)
		}
		select {
		case <-p.client.clock.After(pause):
		case <-ctx.Done():
		}
	}
}

// identify asks who we are.
func (p *Poller) identify(bot *tele.Bot) error {
	data, err := bot.Raw("getMe", nil)
	if err != nil {
		return sendError(err)
	}
	var me struct {
		Result tele.User `json:"result"`
	}
	if err := json.Unmarshal(data, &me); err != nil {
		return fmt.Errorf("getMe: %w", err)
	}
	p.state.identified(Identity{ID: me.Result.ID, Username: me.Result.Username, Name: me.Result.FirstName})
	return nil
}

// allowed is what updates we want; without it Telegram keeps to what an earlier program wanted.
const allowed = `["message","callback_query","my_chat_member"]`

// poll makes one call and takes what it brings. The offset it returns confirms what was taken, no more.
func (p *Poller) poll(ctx context.Context, bot *tele.Bot, offset int) (int, error) {
	began := p.client.clock.Now()
	data, err := bot.Raw("getUpdates", map[string]string{
		"offset": strconv.Itoa(offset), "timeout": strconv.Itoa(int(p.client.timeouts.Poll / time.Second)), "allowed_updates": allowed,
	})
	if err != nil {
		return offset, sendError(err)
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
	if taken == 0 && p.client.clock.Now().Sub(began) < min(time.Second, p.client.timeouts.Poll) {
		return offset, errors.New("getUpdates: answers at once, with nothing")
	}
	p.state.polled()
	return offset, nil
}

// errJournal marks failures of the journal among those of Telegram.
var errJournal = errors.New("journal")

// take notes one update and hands it on. It returns the update's id, -1 when that cannot be read. An error means
// that the update could not be noted, and must be asked for again.
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
		return intake.Update, p.poison(ctx, intake, err)
	}
	if d.migrated != [2]model.ChatID{} {
		p.o.Events.Migrated(d.migrated[0], d.migrated[1])
	}
	if !d.relevant {
		return intake.Update, nil
	}
	fresh, err := p.o.Journal.Accept(ctx, intake)
	if err != nil {
		return 0, fmt.Errorf("%w: accept update %d: %w", errJournal, intake.Update, err)
	}
	if fresh {
		p.state.count(func(h *Health) { h.Received++ })
		d.in.Late = d.in.Kind == KindText && p.client.age(d.in.Date, intake.At) > p.o.MaxAge
		p.dispatch(ctx, d.in)
	}
	return intake.Update, nil
}

func (p *Poller) poison(ctx context.Context, in Intake, reason error) error {
	if err := p.o.Journal.Poison(ctx, in, p.client.Redact(reason.Error())); err != nil {
		return fmt.Errorf("%w: keep poison update %d: %w", errJournal, in.Update, err)
	}
	p.state.count(func(h *Health) { h.Poisoned++ })
	p.o.Events.Poison(in, reason)
	return nil
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
		d.in.Interrupted = true
		p.dispatch(ctx, d.in)
	}
	return nil
}

func (p *Poller) dispatch(ctx context.Context, in Incoming) {
	if p.chatQueues.add(ctx, in) {
		return
	}
	p.state.count(func(h *Health) { h.Dropped++ })
	p.done(ctx, in.Update)
	p.o.Events.Dropped(in)
}

// handle runs the Handler. What it was doing when ctx ended stays pending: nobody knows how far it came.
func (p *Poller) handle(ctx context.Context, in Incoming) {
	defer func() {
		if v := recover(); v != nil {
			p.state.count(func(h *Health) { h.Panics++ })
			p.done(ctx, in.Update)
			p.o.Events.Panic(in, v, debug.Stack())
		}
	}()
	p.o.Handler.Handle(ctx, in)
	if ctx.Err() == nil {
		p.done(ctx, in.Update)
	}
}

func (p *Poller) done(ctx context.Context, update int) {
	if err := p.o.Journal.Done(context.WithoutCancel(ctx), update); err != nil {
		p.o.Events.Problem(fmt.Errorf("note that update %d is done: %w", update, err))
	}
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
