package bot

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sirupsen/logrus"

	"opsbot/bot/telegram"
	"opsbot/model"
	"opsbot/ops"
	"opsbot/texts"
)

// Pinner sends messages, and pins them. A *telegram.Sender is one.
type Pinner interface {
	Sender
	Pin(ctx context.Context, chat model.ChatID, message int) error
	Unpin(ctx context.Context, chat model.ChatID, message int) error
	// Pinned is the message that was pinned last in a chat, whoever pinned it; 0 is none.
	Pinned(ctx context.Context, chat model.ChatID) (message int, err error)
	Delete(ctx context.Context, chat model.ChatID, message int) error
}

// PinnedStore keeps which messages are ours.
type PinnedStore interface {
	PinnedMessages(ctx context.Context) ([]model.PinnedMessage, error)
	// PutPinned stores one, and what people are told about it.
	PutPinned(ctx context.Context, m model.PinnedMessage, notices ...model.Notification) error
	DropPinned(ctx context.Context, at model.Destination) error
}

// PinnedDeps are the dependencies of pinned messages. All are required.
type PinnedDeps struct {
	Chats    func() []model.Chat // all known ones; those with Pinned get a message
	Overview func(ctx context.Context, reader model.Actor) (*ops.Overview, error)
	Sender   Pinner
	Buttons  Buttons
	Store    PinnedStore
	Key      []byte // secret: the ids of the buttons derive from it, so that an edit keeps them
	Texts    *texts.Catalog
	Zone     func() *time.Location // of chats without one of their own
	// Notice is where people read that we may not pin in a chat; false: nowhere.
	Notice func(refused model.Destination) (model.Destination, bool)
	Name   func(at model.Destination) string // what people call a chat
	Queued func()                            // a notice is in the outbox
	Now    func() time.Time
	After  func(time.Duration) <-chan time.Time
	Log    logrus.FieldLogger
}

// The times of pinned messages.
const (
	pinnedPace    = 30 * time.Second // between two edits of one message
	pinnedLook    = 5 * time.Second  // between two looks at what is to be shown
	pinnedSeen    = time.Hour        // between two looks at whether it is pinned still
	pinnedCall    = 20 * time.Second // one call
	longestPinned = 30 * time.Minute // between two tries of what fails
)

// PinnedMessages keeps a message in each chat that wants one: it shows how things are for the readers of the chat, is edited when that has
// changed, at most every 30 s, and is pinned. It is safe for concurrent use.
//
// At most one message of a chat is pinned: only what is stored is pinned, and what was stored before is unpinned first.
type PinnedMessages struct {
	d PinnedDeps

	start time.Time  // an edit of another run of the program may be as new
	round sync.Mutex // locked during a whole Round
	mu    sync.Mutex // guards all, the waits and what is refused
	all   map[model.Destination]*pinned
}

// pinned is the message of one chat. But for waits and refused it belongs to the round.
type pinned struct {
	model.PinnedMessage
	stored  bool      // the row has all of it
	seen    time.Time // when it was found to be pinned
	renewed time.Time // when its buttons were stored
	tried   pinnedTry // the last edit, if its answer was lost: it may have been done
	waits   pinnedWaits
	refused bool // as in the row, for Issues

	unpinned bool // on its way to its end
}

// pinnedTry is an edit: the same one may be tried again, and changes nothing if it was done.
type pinnedTry struct{ shows, html string }

// pinnedWaits are until when something is not tried.
type pinnedWaits struct {
	all   time.Time     // anything
	pause time.Duration // the last wait after a failure; doubled each time
	pin   time.Time     // a pin, after it was refused
	gone  time.Duration // the last wait after the message was gone; somebody may delete each one
	end   time.Time     // the end of the message, where we may do nothing
}

// NewPinnedMessages returns those that are stored.
func NewPinnedMessages(ctx context.Context, d PinnedDeps) (*PinnedMessages, error) {
	d.Sender = harmlessPinner{Pinner: d.Sender, plain: harmless{d.Sender}}
	kept, err := d.Store.PinnedMessages(ctx)
	if err != nil {
		return nil, err
	}
	p := &PinnedMessages{d: d, start: d.Now(), all: map[model.Destination]*pinned{}}
	for _, m := range kept {
		p.all[m.At()] = &pinned{PinnedMessage: m, stored: true, refused: m.Refused}
	}
	return p, nil
}

// harmlessPinner sends messages that mention nobody by themselves.
type harmlessPinner struct {
	Pinner

	plain harmless
}

// Send implements Sender.
func (h harmlessPinner) Send(ctx context.Context, o telegram.Outgoing) (model.Receipt, error) {
	return h.plain.Send(ctx, o)
}

// Edit implements Sender.
func (h harmlessPinner) Edit(ctx context.Context, message int, o telegram.Outgoing) error {
	return h.plain.Edit(ctx, message, o)
}

// Run looks every few seconds at what is to be shown, until ctx ends.
func (p *PinnedMessages) Run(ctx context.Context) error {
	for {
		p.Round(ctx)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-p.d.After(pinnedLook):
		}
	}
}

// Round makes, edits, pins and unpins what is to be, each chat by itself: one that hangs holds up no other.
func (p *PinnedMessages) Round(ctx context.Context) {
	p.round.Lock()
	defer p.round.Unlock()
	wanted := map[model.Destination]model.Chat{}
	for _, c := range p.d.Chats() {
		if c.Pinned {
			wanted[model.Destination{Channel: "telegram", Chat: c.ID, Topic: c.Topic}] = c
		}
	}
	var all sync.WaitGroup
	for at, c := range wanted {
		m := p.of(at)
		all.Go(func() { p.safely(ctx, m, func(ctx context.Context) { p.keep(ctx, m, &c) }) })
	}
	for at, m := range p.others(wanted) {
		all.Go(func() { p.safely(ctx, m, func(ctx context.Context) { p.retire(ctx, at, m) }) })
	}
	all.Wait()
}

// of is the message of a chat; a new one is not sent yet.
func (p *PinnedMessages) of(at model.Destination) *pinned {
	p.mu.Lock()
	defer p.mu.Unlock()
	m := p.all[at]
	if m == nil {
		m = &pinned{PinnedMessage: model.PinnedMessage{Chat: at.Chat, Topic: at.Topic}}
		p.all[at] = m
	}
	return m
}

// others are the messages of chats that want none any more.
func (p *PinnedMessages) others(wanted map[model.Destination]model.Chat) map[model.Destination]*pinned {
	p.mu.Lock()
	defer p.mu.Unlock()
	others := map[model.Destination]*pinned{}
	for at, m := range p.all {
		if _, ok := wanted[at]; !ok {
			others[at] = m
		}
	}
	return others
}

// safely takes care of one message, unless it has to wait; no panic ends the program.
func (p *PinnedMessages) safely(ctx context.Context, m *pinned, do func(context.Context)) {
	defer func() {
		if v := recover(); v != nil {
			p.d.Log.WithField("panic", v).Error("show the status of a chat")
			p.wait(func() { m.waits.all = p.d.Now().Add(longestPinned) })
		}
	}()
	if !p.d.Now().Before(p.waits(m).all) {
		do(ctx)
	}
}

func (p *PinnedMessages) waits(m *pinned) pinnedWaits {
	p.mu.Lock()
	defer p.mu.Unlock()
	return m.waits
}

// wait changes waits.
func (p *PinnedMessages) wait(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
}

// keep brings the message of a chat to where it should be, as far as that goes now. What fails is tried in a later round.
func (p *PinnedMessages) keep(ctx context.Context, m *pinned, c *model.Chat) {
	now := p.d.Now()
	m.unpinned = false
	if m.Message != 0 && !m.stored && !p.store(ctx, m) {
		return // after a kill nobody would know of it: it must not be pinned
	}
	if m.Message == 0 || p.mayEdit(m, now) {
		if !p.show(ctx, m, c) {
			return
		}
	}
	if m.Pinned && m.Topic == 0 && now.Sub(m.seen) >= pinnedSeen { // of a topic Telegram does not say what is pinned
		p.look(ctx, m)
	}
	if m.Message != 0 && (!m.Pinned || len(m.Former) > 0) && !now.Before(p.waits(m).pin) {
		p.pin(ctx, m)
	}
	p.renew(ctx, m, c)
}

// mayEdit reports whether the last edit is long ago, by a clock that may have been set.
func (p *PinnedMessages) mayEdit(m *pinned, now time.Time) bool {
	last := m.ChangedAt
	if p.start.After(last) {
		last = p.start
	}
	return now.Sub(last) >= pinnedPace || now.Before(last)
}

// show sends the message, or edits it if what it is to show has changed. It reports false if that failed.
func (p *PinnedMessages) show(ctx context.Context, m *pinned, c *model.Chat) bool {
	o, err := p.d.Overview(ctx, ops.Reader(c))
	if err != nil {
		return p.failed(m, "read the status", err)
	}
	s := p.renderer(c)
	message := s.overview(o, m.Refused)
	actions := overviewActions(s, o)
	shows := hashOf(message, actions)
	if m.Message != 0 && shows == m.Shows {
		return true
	}
	out := telegram.Outgoing{
		Chat: m.Chat, Topic: m.Topic, HTML: message + "\n" + string(s.changedAt()), Silent: true, Priority: telegram.PriorityProgress,
		Buttons: p.buttons(ctx, m, s, actions),
	}
	if out.Buttons == nil {
		shows += " without buttons" // they could not be stored: the next edit has them
	}
	ctx, cancel := context.WithTimeout(ctx, pinnedCall)
	defer cancel()
	if m.Message == 0 {
		return p.send(ctx, m, out, shows)
	}
	return p.edit(ctx, m, out, shows)
}

// hashOf is of all that a message shows but for when it changed.
func hashOf(message string, actions []action) string {
	var b strings.Builder
	b.WriteString(message)
	for _, a := range actions {
		b.WriteString("\x00" + a.label)
	}
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:16])
}

func (p *PinnedMessages) send(ctx context.Context, m *pinned, o telegram.Outgoing, shows string) bool {
	receipt, err := p.d.Sender.Send(ctx, o)
	if err != nil {
		return p.failed(m, "send the status", err)
	}
	m.Message, m.Shows, m.ChangedAt, m.Pinned, m.stored = receipt.Message, shows, p.d.Now(), false, false
	p.worked(m)
	return p.store(ctx, m)
}

func (p *PinnedMessages) edit(ctx context.Context, m *pinned, o telegram.Outgoing, shows string) bool {
	if m.tried.shows == shows {
		o.HTML = m.tried.html
	}
	err := p.d.Sender.Edit(ctx, m.Message, o)
	switch {
	case failed(err, model.SendAmbiguous):
		m.tried, m.ChangedAt = pinnedTry{shows, o.HTML}, p.d.Now()
		return p.failed(m, "edit the status", err)
	case failed(err, model.SendGone):
		p.replace(ctx, m)
		return false
	case err != nil:
		return p.failed(m, "edit the status", err)
	}
	m.Shows, m.ChangedAt, m.tried = shows, p.d.Now(), pinnedTry{}
	p.worked(m)
	p.wait(func() { m.waits.gone = 0 })
	p.store(ctx, m)
	return true
}

// replace gives up a message that cannot be edited: a later round sends another one.
func (p *PinnedMessages) replace(ctx context.Context, m *pinned) {
	p.wait(func() {
		m.waits.gone = min(max(pinnedPace, 2*m.waits.gone), longestPinned)
		m.waits.all = p.d.Now().Add(m.waits.gone)
	})
	p.d.Log.WithFields(logrus.Fields{"chat": int64(m.Chat), "message": m.Message}).Info("the status message is gone; make a new one")
	m.Former, m.Message, m.Shows, m.Pinned = append(m.Former, m.Message), 0, "", false
	p.store(ctx, m)
}

// store stores a message, and reports whether it is. What was not stored is tried before anything else in the next round.
func (p *PinnedMessages) store(ctx context.Context, m *pinned, notices ...model.Notification) bool {
	if err := p.d.Store.PutPinned(ctx, m.PinnedMessage, notices...); err != nil {
		m.stored = false
		return p.failed(m, "store which message is the status", err)
	}
	m.stored = true
	if len(notices) > 0 {
		p.d.Queued()
	}
	return true
}

// failed waits ever longer before the next try, and returns false. What was dropped, or has to wait by Telegram's word, is tried when it may be.
func (p *PinnedMessages) failed(m *pinned, what string, err error) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.d.Now()
	if errors.Is(err, telegram.ErrDropped) {
		return false
	}
	if e, ok := errors.AsType[*model.SendError](err); ok && e.Failure == model.SendFlood {
		m.waits.all = now.Add(e.Wait())
		return false
	}
	m.waits.pause = min(max(pinnedLook, 2*m.waits.pause), longestPinned)
	m.waits.all = now.Add(m.waits.pause)
	p.d.Log.WithError(err).WithField("chat", int64(m.Chat)).Debug(what)
	return false
}

func (p *PinnedMessages) worked(m *pinned) {
	p.wait(func() { m.waits.all, m.waits.pause = time.Time{}, 0 })
}

// Admitted has what a chat refused be tried at once: somebody gave us a right there.
func (p *PinnedMessages) Admitted(chat model.ChatID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for at, m := range p.all {
		if at.Chat == chat {
			m.waits = pinnedWaits{}
		}
	}
}

// Issues are the chats in which we may not pin.
func (p *PinnedMessages) Issues() []model.Reason {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []model.Reason
	for _, m := range p.all {
		if m.refused {
			all = append(all, p.issue(m.At()))
		}
	}
	slices.SortFunc(all, func(a, b model.Reason) int { return strings.Compare(a.Args["to"], b.Args["to"]) })
	return all
}
