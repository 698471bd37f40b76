package bot_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sirupsen/logrus"

	"opsbot/bot"
	"opsbot/bot/telegram"
	"opsbot/model"
	"opsbot/ops"
	"opsbot/sandbox/botapi"
	"opsbot/store"
	"opsbot/store/storetest"
	"opsbot/texts"
)

// pins is pinned messages with a real sender, server and database; what they are to show is a number.
type pins struct {
	*testing.T
	ctx     context.Context
	clock   *botapi.ManualClock
	server  *botapi.Server
	db      *store.DB
	catalog *texts.Catalog
	p       *bot.PinnedMessages
	life    *life
	mu      sync.Mutex // guards chats and notices while the program runs
	chats   []model.Chat
	version int
	r       *rand.Rand
	past    []string
	seen    map[string]look // messages as they were after the last step
	notices int
}

// life is one run of the program: after its end no call has an effect.
type life struct {
	mu   sync.Mutex
	left int // calls until it is killed; negative: it is not
	dead bool
}

// kill ends it after some more calls.
func (l *life) kill(after int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.left = after
}

var errKilled = errors.New("the program was killed")

func (l *life) spend() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.left == 0 {
		l.dead = true
	}
	l.left--
	if l.dead {
		return errKilled
	}
	return nil
}

// mortalSender and mortalStore end with their life.
type mortalSender struct {
	bot.Pinner
	*life
}

// alive does something unless the program is dead.
func (l *life) alive(do func() error) error {
	if err := l.spend(); err != nil {
		return err
	}
	return do()
}

func (s mortalSender) Send(ctx context.Context, o telegram.Outgoing) (r model.Receipt, err error) {
	err = s.alive(func() error { r, err = s.Pinner.Send(ctx, o); return err })
	return r, err
}

func (s mortalSender) Edit(ctx context.Context, message int, o telegram.Outgoing) error {
	return s.alive(func() error { return s.Pinner.Edit(ctx, message, o) })
}

func (s mortalSender) Pin(ctx context.Context, chat model.ChatID, message int) error {
	return s.alive(func() error { return s.Pinner.Pin(ctx, chat, message) })
}

func (s mortalSender) Unpin(ctx context.Context, chat model.ChatID, message int) error {
	return s.alive(func() error { return s.Pinner.Unpin(ctx, chat, message) })
}

func (s mortalSender) Delete(ctx context.Context, chat model.ChatID, message int) error {
	return s.alive(func() error { return s.Pinner.Delete(ctx, chat, message) })
}

type mortalStore struct {
	*store.DB
	*life
	noted func(notices int)
}

func (s mortalStore) PutPinned(ctx context.Context, m model.PinnedMessage, notices ...model.Notification) error {
	return s.alive(func() error {
		s.noted(len(notices))
		return s.DB.PutPinned(ctx, m, notices...)
	})
}

func (s mortalStore) DropPinned(ctx context.Context, at model.Destination) error {
	return s.alive(func() error { return s.DB.DropPinned(ctx, at) })
}

func newPins(t *testing.T, seed uint64) *pins {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	w := &pins{
		T: t, ctx: ctx, clock: botapi.NewManualClock(epoch), version: 1, seen: map[string]look{},
		r:     rand.New(rand.NewPCG(seed, 7)), //nolint:gosec // it need not be secret
		chats: []model.Chat{{Name: "ops", ID: opsChat, Language: "en", Pinned: true}, {Name: "acme", ID: acmeChat, Language: "ru", Pinned: true, Scope: model.ScopeOf([]string{"acme"})}},
	}
	var err error
	w.server, err = botapi.Start(botapi.Options{Clock: w.clock, Username: "opsbot"})
	w.ok(err)
	t.Cleanup(w.server.Close)
	w.server.AddChat(botapi.Chat{ID: opsChat, Type: "supergroup", Title: "ops"})
	w.server.AddChat(botapi.Chat{ID: acmeChat, Type: "group", Title: "acme"})
	w.db, err = store.Open(ctx, store.Options{Path: storetest.Empty(t), Now: w.clock.Now})
	w.ok(err)
	t.Cleanup(func() { w.ok(w.db.Close()) })
	w.catalog, err = texts.Load()
	w.ok(err)
	w.begin()
	return w
}

func (w *pins) ok(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// begin starts the program, anew.
func (w *pins) begin() {
	client, err := telegram.NewClient(telegram.Options{Token: w.server.Token, APIURLs: []string{w.server.URL()}, Clock: w.clock})
	w.ok(err)
	w.Cleanup(client.Close)
	much := telegram.Rate{N: 1000, Per: time.Microsecond}
	sender := telegram.NewSender(client, telegram.SenderOptions{Limits: telegram.Limits{All: much, Chat: much, Group: much}, Migrated: w.migrated})
	w.clock.Advance(time.Second) // the budget of messages begins empty
	w.life = &life{left: -1}
	log := logrus.New()
	log.SetOutput(io.Discard)
	w.p, err = bot.NewPinnedMessages(w.ctx, bot.PinnedDeps{
		Chats: w.known, Sender: mortalSender{sender, w.life}, Buttons: w.db, Store: mortalStore{w.db, w.life, w.noted},
		Key: []byte("key of the test"), Texts: w.catalog, Zone: func() *time.Location { return time.UTC }, Now: w.clock.Now, After: w.clock.After, Log: log,
		Overview: func(context.Context, model.Actor) (*ops.Overview, error) {
			return &ops.Overview{Status: &ops.Status{CheckCounts: model.CheckCounts{Checks: map[model.CheckPhase]int{model.PhaseOK: 1}}, Clients: map[model.Verdict]int{model.VerdictOK: w.version}}}, nil
		},
		Notice: func(model.Destination) (model.Destination, bool) { return model.Destination{Channel: "console"}, true },
		Name:   func(at model.Destination) string { return at.String() }, Queued: func() {},
	})
	w.ok(err)
}

func (w *pins) known() []model.Chat {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.chats
}

func (w *pins) noted(notices int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.notices += notices
}

func (w *pins) migrated(from, to model.ChatID) {
	w.ok(w.db.Migrate(w.ctx, from, to))
	w.mu.Lock()
	defer w.mu.Unlock()
	w.chats = slices.Clone(w.chats)
	for i := range w.chats {
		if w.chats[i].ID == from {
			w.chats[i].ID = to
		}
	}
}

// look is a message as people see it, without the time of its change.
type look struct {
	edits  int
	edited time.Time
	text   string
}

// everyMessage are the bot's messages by chat and number.
func (w *pins) everyMessage() map[string]look {
	all := map[string]look{}
	for _, c := range w.server.Chats() {
		for _, m := range w.server.Messages(c.ID) {
			if m.FromBot && !m.Deleted {
				all[fmt.Sprintf("%d/%d", c.ID, m.ID)] = look{m.Edits, m.Edited, unchanged(m.Text)}
			}
		}
	}
	return all
}

// unchanged is a text without the line that says when it changed.
func unchanged(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "Changed: ") && !strings.HasPrefix(line, "Изменено: ") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return strings.Join(lines, "\n")
}

// step does something and holds what people see to the rules. calm: no answer was lost in it or before it, so that every edit is known of.
func (w *pins) step(what string, calm bool, do func()) {
	w.Helper()
	w.past = append(w.past, what)
	do()
	for _, c := range w.server.Chats() {
		if pinned := w.server.Pins(c.ID); len(pinned) > 1 {
			w.Fatalf("messages %v are pinned in %d, after\n  %s", pinned, c.ID, w.story())
		}
	}
	now := w.everyMessage()
	for id, is := range now {
		was, known := w.seen[id]
		if !known || is.edits == was.edits {
			continue
		}
		if calm && is.text == was.text {
			w.Fatalf("message %s was edited and nothing had changed, after\n  %s", id, w.story())
		}
		if between := is.edited.Sub(was.edited); !was.edited.IsZero() && between < 30*time.Second {
			w.Fatalf("message %s was edited twice within %v, after\n  %s", id, between, w.story())
		}
	}
	w.seen = now
}

func (w *pins) story() string { return strings.Join(w.past[max(0, len(w.past)-30):], "\n  ") }

// round moves time and lets the program look.
func (w *pins) round(d time.Duration, calm bool) {
	w.Helper()
	w.step("round after "+d.String(), calm, func() {
		w.clock.Advance(d)
		w.p.Round(w.ctx)
	})
}

// shown is the text of the pinned message of a chat, "" if none is pinned.
func (w *pins) shown(chat model.ChatID) string {
	for _, id := range w.server.Pins(int64(chat)) {
		for _, m := range w.server.Messages(int64(chat)) {
			if m.ID == id {
				return unchanged(m.Text)
			}
		}
	}
	return ""
}

// isUpToDate holds each chat to what it is to show.
func (w *pins) isUpToDate() {
	w.Helper()
	for _, c := range w.chats {
		text := w.shown(c.ID)
		if !c.Pinned && text != "" {
			w.Errorf("%s has a pinned message, and wants none, after\n  %s", c.Name, w.story())
		}
		if c.Pinned && !strings.Contains(text, " "+strconv.Itoa(w.version)+" ") {
			w.Errorf("%s shows %q, and it is %d, after\n  %s", c.Name, text, w.version, w.story())
		}
	}
}

// TestAPinnedMessageIsNeverOld: without faults each change is shown within the pace of edits and one look, by one message that is edited.
func TestAPinnedMessageIsNeverOld(t *testing.T) {
	t.Parallel()
	w := newPins(t, 1)
	w.round(0, true)
	w.isUpToDate()
	for range 30 {
		if w.r.IntN(3) == 0 {
			w.version++
		}
		if w.r.IntN(10) == 0 {
			w.step("restart", true, w.begin)
		}
		for range 7 { // 35 s
			w.round(5*time.Second, true)
		}
		w.isUpToDate()
	}
	for _, c := range w.chats {
		if n := len(w.server.Messages(int64(c.ID))); n != 1 {
			t.Errorf("%s has %d messages", c.Name, n)
		}
	}
}

// faulty are ways in which Telegram fails, and whether an answer gets lost by it.
func (w *pins) faulty() botapi.Fault {
	f := botapi.Fault{Method: pick(w.r, "sendMessage", "editMessageText", "pinChatMessage", "unpinChatMessage", "getChat", "deleteMessage"), Times: 1 + w.r.IntN(2)}
	switch w.r.IntN(9) {
	case 7, 8:
		f.Kind = botapi.FaultBadRequest
		f.Method, f.To = "editMessageText", pick(w.r, "message to edit not found", "message can't be edited", "MESSAGE_ID_INVALID")
	case 0:
		f.Kind, f.RetryAfter = botapi.FaultFlood, 40
	case 1:
		f.Kind = botapi.FaultServer
	case 2:
		f.Kind, f.After = botapi.FaultReset, true
	case 3:
		f.Kind, f.After = botapi.FaultHTML502, true
	case 4:
		f.Kind = botapi.FaultReset
	case 5:
		f.Kind, f.Refusal = botapi.FaultRefused, pick(w.r, botapi.Refusals()...)
	case 6:
		f.Kind = botapi.FaultNull
	}
	return f
}

// happens is something that may happen.
func (w *pins) happens() {
	chat := pick(w.r, opsChat, acmeChat)
	switch w.r.IntN(10) {
	case 0, 1, 2:
		w.step("change", false, func() { w.version++ })
	case 3:
		f := w.faulty()
		w.step(fmt.Sprintf("fault %s %s after=%v %s", f.Method, f.Kind, f.After, f.Refusal.Description), false, func() { w.server.Break(f) })
	case 4:
		w.step("restart", false, w.begin)
	case 5:
		n := w.r.IntN(6)
		w.step(fmt.Sprintf("kill at call %d", n), false, func() {
			w.life.kill(n)
			w.version += w.r.IntN(2)
			w.clock.Advance(31 * time.Second)
			w.p.Round(w.ctx)
			w.begin()
			w.version += w.r.IntN(2)
		})
	case 6:
		may := w.r.IntN(2) == 0
		w.step(fmt.Sprintf("may pin in %d: %v", chat, may), false, func() {
			w.server.SetPins(int64(chat), may)
			w.p.Admitted(model.ChatID(chat))
		})
	case 7:
		w.step("a person deletes it", false, func() {
			for _, id := range w.server.Pins(int64(chat)) {
				w.server.Delete(int64(chat), id)
			}
		})
	case 8:
		w.step("a person unpins it", false, func() {
			for _, id := range w.server.Pins(int64(chat)) {
				w.server.Unpin(int64(chat), id)
			}
		})
	case 9:
		w.step("the config", false, func() {
			w.chats = slices.Clone(w.chats)
			w.chats[w.r.IntN(2)].Pinned = w.r.IntN(3) > 0
		})
	}
}

// TestAtMostOnePinnedMessage: whatever happens, no chat has two pinned messages and none is edited more often than every 30 s; and when the trouble
// is over, each chat that wants one has one, which shows how things are.
func TestAtMostOnePinnedMessage(t *testing.T) {
	histories := uint64(30)
	if underRace {
		histories = 4
	}
	for seed := range histories {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			t.Parallel()
			w := newPins(t, seed)
			for range 80 {
				if w.r.IntN(2) == 0 {
					w.happens()
				}
				w.round(time.Duration(w.r.IntN(40))*time.Second, false)
			}
			w.server.Heal()
			for _, c := range w.chats {
				w.server.SetPins(int64(c.ID), true)
			}
			for range 50 { // longer than any wait: six hours for a message that could not be ended
				w.round(10*time.Minute, false)
			}
			w.isUpToDate()
		})
	}
}

// TestAPinnedMessageFollowsItsGroup: a group that becomes a supergroup gets one message there.
func TestAPinnedMessageFollowsItsGroup(t *testing.T) {
	t.Parallel()
	w := newPins(t, 1)
	w.round(0, true)
	w.ok(w.server.Migrate(acmeChat, -100777))
	w.version++
	for range 20 {
		w.round(31*time.Second, false)
	}
	w.isUpToDate()
	if w.chats[1].ID != -100777 {
		t.Errorf("the chat is %d", w.chats[1].ID)
	}
	all, err := w.db.PinnedMessages(w.ctx)
	w.ok(err)
	if len(all) != 2 {
		t.Errorf("%+v are stored", all)
	}
}

// TestWhoMayNotPinSaysSoOnce: the admins are told once, a message is kept up to date all the same, and says what to do; it is pinned once that is done.
func TestWhoMayNotPinSaysSoOnce(t *testing.T) {
	t.Parallel()
	w := newPins(t, 1)
	w.server.SetPins(opsChat, false)
	for range 70 {
		w.round(31*time.Second, true)
		w.version++
	}
	w.step("restart", true, w.begin)
	for range 20 {
		w.round(31*time.Second, true)
	}
	if w.notices != 1 {
		t.Errorf("%d notices", w.notices)
	}
	if got := w.p.Issues(); len(got) != 1 || got[0].Code != model.IssuePin || got[0].Args["to"] != "telegram:-1001" {
		t.Errorf("issues: %v", got)
	}
	m := w.server.Messages(opsChat)
	if len(m) != 1 || !strings.Contains(m[0].Text, "make me an admin") || !strings.Contains(m[0].Text, " "+strconv.Itoa(w.version)+" ") {
		t.Fatalf("the chat shows %+v", m)
	}
	w.server.SetPins(opsChat, true)
	w.p.Admitted(opsChat)
	w.round(31*time.Second, true)
	w.round(31*time.Second, true)
	w.isUpToDate()
	if len(w.p.Issues()) != 0 || strings.Contains(w.shown(opsChat), "admin") {
		t.Errorf("still %v, %q", w.p.Issues(), w.shown(opsChat))
	}
}
