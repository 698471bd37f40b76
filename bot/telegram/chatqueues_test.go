package telegram_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

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
