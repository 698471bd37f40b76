package telegram_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"opsbot/bot/telegram"
	"opsbot/model"
	"opsbot/sandbox/botapi"
)

// collect is a handler that hands on what it gets.
func collect() (telegram.Handler, <-chan telegram.Incoming) {
	got := make(chan telegram.Incoming, 100)
	return handlerFunc(func(_ context.Context, in telegram.Incoming) { got <- in }), got
}

func TestIncomingSaysAllThatRightsNeed(t *testing.T) {
	b := newBench(t)
	h, got := collect()
	b.poll(telegram.PollerOptions{Handler: h})
	post := func(p botapi.Post) telegram.Incoming {
		t.Helper()
		p.From = alice
		must(b.server.Post(p))(t)
		return receive(b, got)
	}
	in := post(botapi.Post{Chat: alice, Text: "/status\nx — y"})
	want := telegram.User{ID: alice, Name: "Alice Ops", Username: "alice", Language: "ru"}
	if in.User != want || !in.Chat.Private() || in.Kind != telegram.KindText || in.Text != "/status\nx — y" || in.Late || in.Interrupted || in.Message == 0 {
		t.Errorf("private: %+v", in)
	}
	in = post(botapi.Post{Chat: forum, Topic: topic, Text: "a"})
	if in.Topic != topic || in.ReplyTo != 0 || in.Chat.ID != forum || in.Chat.Title != "forum" {
		t.Errorf("a text in a topic replies to nothing: %+v", in)
	}
	if reply := post(botapi.Post{Chat: forum, Topic: topic, Text: "b", ReplyTo: in.Message}); reply.ReplyTo != in.Message {
		t.Errorf("reply: %+v", reply)
	}
	if in = post(botapi.Post{Chat: group, Text: "a", Forwarded: true}); !in.Forwarded {
		t.Errorf("forwarded: %+v", in)
	}
	if in = post(botapi.Post{Chat: group, Text: "a", Anonymous: true}); in.SenderChat != group || in.User.ID == alice {
		t.Errorf("anonymous: %+v", in)
	}
}

func TestPressAndMembership(t *testing.T) {
	b := newBench(t)
	h, got := collect()
	b.poll(telegram.PollerOptions{Handler: h})
	id := must(b.free().Send(b.ctx, telegram.Outgoing{Chat: forum, Topic: topic, HTML: "x", Buttons: [][]telegram.Button{{{Text: "b", Data: "\fack|1"}}}}))(t).Message
	press := must(b.server.Press(alice, forum, id, "\fack|1"))(t)
	in := receive(b, got)
	if in.Kind != telegram.KindPress || in.Data != "\fack|1" || in.Callback != press || in.Message != id || in.Topic != topic ||
		in.User.ID != alice || in.Chat.ID != forum || in.Text != "" || in.Forwarded || in.SenderChat != 0 {
		t.Errorf("press: %+v", in)
	}
	if err := b.server.SetBot(alice, group, "kicked"); err != nil {
		t.Fatal(err)
	}
	if in = receive(b, got); in.Kind != telegram.KindMember || in.Member != "kicked" || in.Chat.ID != group || in.User.ID != alice {
		t.Errorf("membership: %+v", in)
	}
}

func TestOrderWithinAChatAndNoWaitingForOthers(t *testing.T) {
	b := newBench(t)
	release := make(chan struct{})
	got := make(chan string, 100)
	b.poll(telegram.PollerOptions{Handler: handlerFunc(func(_ context.Context, in telegram.Incoming) {
		if in.Text == "slow" {
			<-release
		}
		got <- in.Text
	})})
	b.post(group, "slow")
	var want []string
	for i := range 15 {
		want = append(want, fmt.Sprint(i))
	}
	b.post(group, want...)
	b.post(alice, "from another chat")
	if first := receive(b, got); first != "from another chat" {
		t.Errorf("%q came first: a slow handler held another chat, or was overtaken in its own", first)
	}
	close(release)
	var order []string
	for range 16 {
		order = append(order, receive(b, got))
	}
	if !slices.Equal(order, append([]string{"slow"}, want...)) {
		t.Errorf("got %q", order)
	}
}

func TestYieldLetsTheChatGoOn(t *testing.T) {
	b := newBench(t)
	release := make(chan struct{})
	got := make(chan string, 100)
	b.poll(telegram.PollerOptions{Workers: 1, Handler: handlerFunc(func(_ context.Context, in telegram.Incoming) {
		if in.Text == "sweep" {
			in.Yield()
			in.Yield()
			<-release
		}
		got <- in.Text
	})})
	b.post(group, "sweep", "status")
	if first := receive(b, got); first != "status" {
		t.Errorf("%q came first", first)
	}
	close(release)
	receive(b, got)
}

// strictJournal asserts that an update is noted while Telegram still has it.
type strictJournal struct {
	telegram.MemoryJournal
	b *bench
}

func (j *strictJournal) Accept(ctx context.Context, in telegram.Intake) (bool, error) {
	if j.b.server.Waiting() == 0 {
		j.b.Error("Telegram was told that the update was taken before it was noted")
	}
	return j.MemoryJournal.Accept(ctx, in)
}

func TestCrashLosesNothingAndRunsNothingTwice(t *testing.T) {
	b := newBench(t)
	journal := &strictJournal{b: b}
	started := make(chan string, 10)
	b.post(group, "first", "second", "third")
	// The poll that would confirm them does not come through.
	b.server.Break(botapi.Fault{Kind: botapi.FaultHang, Method: "getUpdates", Skip: 1})
	_, stop := b.poll(telegram.PollerOptions{Journal: journal, Handler: handlerFunc(func(ctx context.Context, in telegram.Incoming) {
		started <- in.Text
		if in.Text == "second" {
			<-ctx.Done() // the crash comes here
		}
	})})
	for range 2 {
		receive(b, started)
	}
	must(b.server.WaitCall(b.ctx, func(c botapi.Call) bool { return c.Fault == botapi.FaultHang }))(t)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if n := b.server.Waiting(); n != 3 {
		t.Fatalf("%d updates will come again, want all 3", n)
	}
	h, got := collect()
	b.poll(telegram.PollerOptions{Journal: journal, Handler: h})
	for _, want := range []string{"second", "third"} {
		if in := receive(b, got); in.Text != want || !in.Interrupted {
			t.Errorf("got %+v, want %q as interrupted", in, want)
		}
	}
	b.post(group, "fourth")
	if in := receive(b, got); in.Text != "fourth" || in.Interrupted {
		t.Errorf("got %+v", in)
	}
}

// brokenJournal fails until it is mended.
type brokenJournal struct {
	telegram.MemoryJournal
	mu     sync.Mutex
	broken bool
}

func (j *brokenJournal) set(broken bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.broken = broken
}

func (j *brokenJournal) Done(ctx context.Context, update int) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.broken {
		return errors.New("disk full")
	}
	return j.MemoryJournal.Done(ctx, update)
}

func (j *brokenJournal) Accept(ctx context.Context, in telegram.Intake) (bool, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.broken {
		return false, errors.New("disk full")
	}
	return j.MemoryJournal.Accept(ctx, in)
}

// A journal that refuses keeps nobody without an answer: the update is handed on, marked, once Telegram knows that it was taken.
func TestFullDiskLosesNoCommand(t *testing.T) {
	b := newBench(t)
	journal := &brokenJournal{broken: true}
	got := make(chan telegram.Incoming, 10)
	health := make(chan telegram.Failure, 10)
	b.post(group, "x", "y")
	b.poll(telegram.PollerOptions{
		Journal: journal, Events: telegram.Events{Health: func(h telegram.Health) { health <- h.Failure }},
		Handler: handlerFunc(func(_ context.Context, in telegram.Incoming) {
			if in.Unkept != nil && b.server.Waiting() != 0 {
				b.Errorf("%q is handled before Telegram knows that it was taken", in.Text)
			}
			got <- in
		}),
	})
	for _, want := range []string{"x", "y"} {
		if in := receive(b, got); in.Text != want || in.Unkept == nil || !strings.Contains(in.Unkept.Error(), "disk full") {
			t.Errorf("got %+v, want %q as not kept", in, want)
		}
	}
	receive(b, health) // who we are
	if f := receive(b, health); f != telegram.FailureJournal {
		t.Errorf("health: %v", f)
	}
	journal.set(false)
	b.post(group, "z")
	if in := receive(b, got); in.Text != "z" || in.Unkept != nil {
		t.Errorf("got %+v", in)
	}
	if f := receive(b, health); f != telegram.FailureNone {
		t.Errorf("health: %v", f)
	}
}

// A process that may not answer any more confirms nothing that the journal could not note: whoever polls next gets it. The same process does when
// it is sure of itself again.
func TestWhatIsNotKeptStaysWithTelegramWhileNobodyMayAnswer(t *testing.T) {
	b := newBench(t)
	journal := &brokenJournal{broken: true}
	var certain atomic.Bool
	h, got := collect()
	tried := make(chan bool, 100)
	b.post(group, "x", "y")
	p, stop := b.poll(telegram.PollerOptions{Journal: journal, Handler: h, Certain: func() bool {
		tried <- true
		return certain.Load()
	}})
	for range 2 {
		receive(b, tried)
	}
	if n := b.server.Waiting(); n != 2 || p.Health().Failure != telegram.FailureJournal {
		t.Errorf("%d of 2 updates will come again; health: %+v", n, p.Health())
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	select {
	case in := <-got:
		t.Errorf("%q was handled", in.Text)
	default:
	}
	certain.Store(true)
	b.poll(telegram.PollerOptions{Journal: journal, Handler: h, Certain: certain.Load})
	for _, want := range []string{"x", "y"} {
		if in := receive(b, got); in.Text != want || in.Unkept == nil {
			t.Errorf("got %+v, want %q as not kept", in, want)
		}
	}
}

// An update whose end could not be noted is noted later: a restart must not call it interrupted.
func TestAnEndThatCannotBeNotedIsNotedLater(t *testing.T) {
	b := newBench(t)
	journal := &brokenJournal{}
	started, release := make(chan string, 10), make(chan struct{})
	b.poll(telegram.PollerOptions{Journal: journal, Handler: handlerFunc(func(_ context.Context, in telegram.Incoming) {
		started <- in.Text
		<-release
	})})
	b.post(group, "x")
	receive(b, started)
	journal.set(true)
	release <- struct{}{}
	b.post(other, "y") // is not kept, and ends
	receive(b, started)
	journal.set(false)
	release <- struct{}{}
	b.post(group, "z")
	receive(b, started)
	release <- struct{}{}
	for b.ctx.Err() == nil {
		if left, _ := journal.Pending(b.ctx); len(left) == 0 {
			return
		}
		runtime.Gosched()
	}
	left, _ := journal.Pending(b.ctx)
	t.Errorf("a restart would call these interrupted: %+v", left)
}

func TestPoisonIsSkippedKeptAndReported(t *testing.T) {
	b := newBench(t)
	journal := &telegram.MemoryJournal{}
	h, got := collect()
	reported := make(chan telegram.Intake, 10)
	p, _ := b.poll(telegram.PollerOptions{Handler: h, Journal: journal, Events: telegram.Events{
		Poison: func(in telegram.Intake, _ error) { reported <- in },
	}})
	poison := []string{`{"message_id":"seven"}`, `{"message_id":1,"date":1,"chat":{"id":1},"photo":[]}`, `7`}
	for _, fields := range poison {
		b.server.Inject("message", []byte(fields))
	}
	b.server.Inject("message", []byte(`{"message_id":1,"date":1,"chat":{"id":1,"type":"group"}}`)) // nobody sent nothing: not poison
	b.post(group, "after")
	if in := receive(b, got); in.Text != "after" {
		t.Errorf("got %+v", in)
	}
	for range poison {
		receive(b, reported)
	}
	if n := len(journal.Poisoned()); n != len(poison) || p.Health().Poisoned != int64(len(poison)) {
		t.Errorf("%d kept, health %+v", n, p.Health())
	}
}

func TestPanicIsReportedAndTheChatGoesOn(t *testing.T) {
	b := newBench(t)
	journal := &telegram.MemoryJournal{}
	got := make(chan string, 10)
	reported := make(chan any, 1)
	p, stop := b.poll(telegram.PollerOptions{
		Journal: journal,
		Handler: handlerFunc(func(_ context.Context, in telegram.Incoming) {
			if in.Text == "boom" {
				panic("boom")
			}
			got <- in.Text
		}),
		Events: telegram.Events{Panic: func(_ telegram.Incoming, v any, _ []byte) { reported <- v }},
	})
	b.post(group, "boom", "next")
	if v := receive(b, reported); v != "boom" {
		t.Errorf("reported %v", v)
	}
	receive(b, got)
	if err := stop(); err != nil || p.Health().Panics != 1 {
		t.Errorf("stop: %v, health %+v", err, p.Health())
	}
	pending := must(journal.Pending(b.ctx))(t)
	if slices.ContainsFunc(pending, func(in telegram.Intake) bool { return in.Update == 5001 }) {
		t.Error("the update that panicked would be reported as interrupted, too")
	}
}

func TestFloodOfOneChatIsBounded(t *testing.T) {
	b := newBench(t)
	release := make(chan struct{})
	dropped := make(chan telegram.Incoming, 200)
	got := make(chan string, 200)
	p, _ := b.poll(telegram.PollerOptions{
		Queue:  5,
		Events: telegram.Events{Dropped: func(in telegram.Incoming) { dropped <- in }},
		Handler: handlerFunc(func(_ context.Context, in telegram.Incoming) {
			if in.Chat.ID == group {
				<-release
			}
			got <- in.Text
		}),
	})
	for i := range 100 {
		b.post(group, fmt.Sprint(i))
	}
	for range 94 { // one runs or waits to, five wait
		receive(b, dropped)
	}
	b.post(alice, "still heard")
	if text := receive(b, got); text != "still heard" {
		t.Errorf("got %q", text)
	}
	close(release)
	if n := p.Health().Dropped; n != 94 && n != 95 {
		t.Errorf("%d dropped", n)
	}
}

// A command that waited for its chat for too long is as late as one that came too late.
func TestACommandThatWaitedIsLate(t *testing.T) {
	b := newStillBench(t)
	release, started := make(chan struct{}), make(chan struct{}, 10)
	got := make(chan telegram.Incoming, 10)
	b.poll(telegram.PollerOptions{Handler: handlerFunc(func(_ context.Context, in telegram.Incoming) {
		started <- struct{}{}
		<-release
		got <- in
	})})
	b.post(group, "first")
	receive(b, started)
	b.post(group, "second")
	b.post(other, "by now it is taken")
	receive(b, started)
	b.clock.Advance(6 * time.Minute)
	close(release)
	for range 3 {
		if in := receive(b, got); in.Late != (in.Text == "second") {
			t.Errorf("%q is late: %t", in.Text, in.Late)
		}
	}
}

func TestOldCommandIsLate(t *testing.T) {
	b := newStillBench(t)
	b.post(group, "old")
	b.clock.Advance(6 * time.Minute)
	b.post(group, "new")
	h, got := collect()
	b.poll(telegram.PollerOptions{Handler: h})
	if in := receive(b, got); !in.Late {
		t.Errorf("got %+v", in)
	}
	if in := receive(b, got); in.Late {
		t.Errorf("got %+v", in)
	}
}

func TestTelegramIsNotifiedWhatWasTaken(t *testing.T) {
	b := newBench(t)
	h, got := collect()
	b.poll(telegram.PollerOptions{Handler: h})
	b.post(group, "x")
	receive(b, got)
	for v := b.server.Version(); b.server.Waiting() > 0; {
		v = must(b.server.WaitChange(b.ctx, v))(t)
	}
}

func TestMigrationIsReported(t *testing.T) {
	b := newBench(t)
	notified := make(chan [2]model.ChatID, 1)
	h, _ := collect()
	b.poll(telegram.PollerOptions{Handler: h, Events: telegram.Events{Migrated: func(from, to model.ChatID) { notified <- [2]model.ChatID{from, to} }}})
	if err := b.server.Migrate(other, -100777); err != nil {
		t.Fatal(err)
	}
	if got := receive(b, notified); got != [2]model.ChatID{other, -100777} {
		t.Errorf("told %v", got)
	}
}

func TestOnlyWantedUpdatesAreAskedFor(t *testing.T) {
	b := newBench(t)
	h, _ := collect()
	b.poll(telegram.PollerOptions{Handler: h})
	c := must(b.server.WaitCall(b.ctx, func(c botapi.Call) bool { return c.Method == "getupdates" }))(t)
	if c.Params["allowed_updates"] != `["message","callback_query","my_chat_member"]` || c.Params["timeout"] != "30" {
		t.Errorf("got %+v", c.Params)
	}
}

// TestNumbersOfUpdatesMayBeginAnew: after a week without updates Telegram draws the next number at random. What is lower
// than the last one must be confirmed too, or it comes again for ever, without a pause.
func TestNumbersOfUpdatesMayBeginAnew(t *testing.T) {
	confirmed := make(chan struct{})
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var call struct{ Offset string }
		_ = json.NewDecoder(r.Body).Decode(&call) // getMe has no body
		result := `[]`
		switch {
		case strings.HasSuffix(r.URL.Path, "/getMe"):
			result = `{"id":1,"is_bot":true,"username":"bot"}`
		case call.Offset == "0":
			result = update(1000)
		case call.Offset == "1001":
			result = update(5)
		case call.Offset == "6":
			close(confirmed)
			<-r.Context().Done()
		}
		fmt.Fprintf(w, `{"ok":true,"result":%s}`, result)
	}))
	defer api.Close()
	client, err := telegram.NewClient(telegram.Options{Token: func() string { return "1:x" }, APIURLs: []string{api.URL}})
	if err != nil {
		t.Fatal(err)
	}
	h, _ := collect()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- telegram.NewPoller(client, telegram.PollerOptions{Handler: h}).Run(ctx) }()
	select {
	case <-confirmed:
	case <-ctx.Done():
		t.Error("the update with the lower number was never confirmed")
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func update(id int) string {
	return fmt.Sprintf(`[{"update_id":%d,"message":{"message_id":%d,"date":1,"chat":{"id":5,"type":"private"},"text":"x"}}]`, id, id)
}
