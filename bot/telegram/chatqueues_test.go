package telegram_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"opsbot/bot/telegram"
)

// A handler that waits for Telegram has no worker: other chats go on. Its own chat keeps its order.
func TestWaitingHoldsItsChatAlone(t *testing.T) {
	b := newBench(t)
	release := make(chan struct{})
	got := make(chan string, 10)
	b.poll(telegram.PollerOptions{Workers: 1, Handler: handlerFunc(func(_ context.Context, in telegram.Incoming) {
		if in.Text == "waits" {
			in.Wait(func() { <-release })
		}
		got <- in.Text
	})})
	b.post(group, "waits", "after it")
	b.post(other, "a", "b")
	for _, want := range []string{"a", "b"} {
		if text := receive(b, got); text != want {
			t.Fatalf("%q came, want %q", text, want)
		}
	}
	close(release)
	for _, want := range []string{"waits", "after it"} {
		if text := receive(b, got); text != want {
			t.Errorf("%q came, want %q", text, want)
		}
	}
}

// Two goroutines of a handler may wait at once, and a handler may yield in between: the one worker is never lost, nor there twice.
func TestWaitingAndYieldingKeepTheWorker(t *testing.T) {
	b := newBench(t)
	got := make(chan string, 100)
	b.poll(telegram.PollerOptions{Workers: 1, Queue: 50, Handler: handlerFunc(func(_ context.Context, in telegram.Incoming) {
		aside := make(chan struct{})
		go func() {
			defer close(aside)
			in.Wait(func() {})
		}()
		in.Wait(func() {})
		if in.Text == "3" || in.Text == "7" {
			in.Yield()
			in.Wait(func() {})
		}
		<-aside
		got <- in.Text
	})})
	for i := range 20 {
		b.post(group, fmt.Sprint(i))
		b.post(other, fmt.Sprint(i))
	}
	for range 40 {
		receive(b, got)
	}
}

// What finds no place in a chat's queue is not lost in silence: one update stands for all of it, after what waits.
func TestWhatIsTooMuchAtOnceIsSaid(t *testing.T) {
	b := newBench(t)
	release, started := make(chan struct{}), make(chan struct{}, 10)
	got := make(chan telegram.Incoming, 10)
	journal := &telegram.MemoryJournal{}
	b.poll(telegram.PollerOptions{Queue: 2, Journal: journal, Handler: handlerFunc(func(_ context.Context, in telegram.Incoming) {
		started <- struct{}{}
		<-release
		got <- in
	})})
	b.post(group, "1")
	receive(b, started)
	b.post(group, "2", "3", "4", "5", "6")
	b.post(other, "meanwhile") // by now all of the group's are taken
	receive(b, started)
	close(release)
	refused := 0
	for range 5 {
		if in := receive(b, got); in.Refused > 0 {
			if refused = in.Refused; in.Text != "4" {
				t.Errorf("%q stands for the rest", in.Text)
			}
		}
	}
	if refused != 3 {
		t.Errorf("%d are said to be refused, want 3", refused)
	}
}

// What was taken before a crash is handed on, however much it is.
func TestWhatACrashInterruptedAlwaysHasAPlace(t *testing.T) {
	b := newBench(t)
	journal := &telegram.MemoryJournal{}
	for i := range 30 {
		raw := must(json.Marshal(map[string]any{"update_id": i + 1, "message": map[string]any{
			"message_id": i + 1, "text": fmt.Sprint(i), "date": 1, "chat": map[string]any{"id": group, "type": "group"}, "from": map[string]any{"id": alice},
		}}))(t)
		must(journal.Accept(b.ctx, telegram.Intake{Update: i + 1, Raw: raw}))(t)
	}
	h, got := collect()
	b.poll(telegram.PollerOptions{Queue: 2, Journal: journal, Handler: h})
	for i := range 30 {
		if in := receive(b, got); in.Text != fmt.Sprint(i) || !in.Interrupted || in.Refused > 0 {
			t.Errorf("got %+v, want %d", in, i)
		}
	}
}

// acceptedJournal says what was accepted. Whatever came before it has been given a place by then, or none.
type acceptedJournal struct {
	telegram.MemoryJournal
	texts chan string
}

func (j *acceptedJournal) Accept(ctx context.Context, in telegram.Intake) (bool, error) {
	var u struct{ Message struct{ Text string } }
	if err := json.Unmarshal(in.Raw, &u); err != nil {
		return false, err
	}
	j.texts <- u.Message.Text
	return j.MemoryJournal.Accept(ctx, in)
}

// inject queues a text of a private chat.
func (b *bench) inject(chat, n int, text string) {
	b.server.Inject("message", []byte(fmt.Sprintf(`{"message_id":%d,"date":%d,"text":%q,"chat":{"id":%d,"type":"private"},"from":{"id":%d,"first_name":"x"}}`,
		n+1, time.Now().Unix(), text, chat, chat)))
}

// However many chats flood, known or not, a chat that wrote once is answered; and each update of a known chat is either handled or
// told to be refused.
func TestFloodsCostOthersNothing(t *testing.T) {
	const quiet, floods, each, strangers = 5000, 60, 25, 300
	b := newBench(t)
	release := make(chan struct{})
	journal := &acceptedJournal{texts: make(chan string, 10_000)}
	got := make(chan telegram.Incoming, 10_000)
	b.poll(telegram.PollerOptions{
		Journal: journal, Known: func(in telegram.Incoming) bool { return in.User.ID <= quiet },
		Handler: handlerFunc(func(_ context.Context, in telegram.Incoming) {
			<-release
			got <- in
		}),
	})
	for n := range each {
		for chat := range floods {
			b.inject(1000+chat, n, "flood")
		}
	}
	for chat := range strangers {
		b.inject(6000+chat, 0, "stranger")
	}
	b.inject(quiet, 0, "quiet")
	b.inject(quiet, 1, "last")
	for receive(b, journal.texts) != "last" {
	}
	b.inject(quiet, 2, "over")
	for receive(b, journal.texts) != "over" {
	}
	close(release)
	known, unknown := 0, 0
	for received := 0; received < 2; {
		in := receive(b, got)
		switch {
		case in.User.ID == quiet && in.Refused == 0:
			received++
		case in.User.ID == quiet:
			t.Fatalf("the quiet chat was refused: %+v", in)
		case in.User.ID < quiet:
			known += max(1, in.Refused)
		default:
			unknown++
		}
	}
	for known < floods*each {
		if in := receive(b, got); in.User.ID < quiet {
			known += max(1, in.Refused)
		} else if in.User.ID > quiet {
			unknown++
		}
	}
	if known != floods*each {
		t.Errorf("%d updates were handled or told to be refused, of %d", known, floods*each)
	}
	if unknown > 120 { // 100 wait and 8 are being handled
		t.Errorf("%d of %d strangers had a place", unknown, strangers)
	}
}
