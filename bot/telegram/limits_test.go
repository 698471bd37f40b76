package telegram_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"opsbot/bot/telegram"
	"opsbot/model"
	"opsbot/sandbox/botapi"
)

// Three chats, faults, limits as tight as Telegram's: everything arrives, in order, nothing early, and no 429 but those
// that were ordered.
func TestLimitsAreKeptUnderFaults(t *testing.T) {
	b := newStillBench(t)
	b.server.SetLimits(botapi.TelegramLimits())
	ordered := []botapi.Fault{
		{Kind: botapi.FaultFlood, Chat: group, Skip: 3, RetryAfter: 9},
		{Kind: botapi.FaultFloodString, Chat: alice, Skip: 5, RetryAfter: 4},
		{Kind: botapi.FaultFloodMissing, Chat: other, Skip: 2},
		{Kind: botapi.FaultFlood, Chat: other, Skip: 8, RetryAfter: 30},
	}
	for _, f := range ordered {
		b.server.Break(f)
	}
	s := telegram.NewSender(b.client, telegram.SenderOptions{})
	defer b.clock.Run(50*time.Millisecond, 2*time.Minute)()

	const each = 25
	chats := []model.ChatID{group, other, alice}
	var wg sync.WaitGroup
	for _, chat := range chats {
		wg.Go(func() {
			for i := range each {
				if _, err := s.Send(b.ctx, text(chat, fmt.Sprint(i))); err != nil {
					t.Errorf("chat %d message %d: %v", chat, i, err)
				}
			}
		})
	}
	wg.Wait()
	for _, chat := range chats {
		got := b.texts(int64(chat))
		for i := range each {
			if i >= len(got) || got[i] != fmt.Sprint(i) {
				t.Fatalf("chat %d shows %q", chat, got)
			}
		}
	}
	floods := 0
	for _, c := range b.server.Calls("sendMessage") {
		if c.Early {
			t.Errorf("before retry_after: %+v", c)
		}
		if c.Status == 429 {
			floods++
		}
	}
	if floods != len(ordered) {
		t.Errorf("%d floods, only %d were ordered", floods, len(ordered))
	}
}

func TestFloodPausesThatChatAlone(t *testing.T) {
	b := newStillBench(t)
	s := b.free()
	b.clock.Advance(time.Second)
	b.server.Break(botapi.Fault{Kind: botapi.FaultFlood, Chat: group, RetryAfter: 40})
	ended := make(chan error, 1)
	go func() { _, err := s.Send(b.ctx, text(group, "paused")); ended <- err }()
	if err := b.clock.WaitTimer(b.ctx, 40*time.Second, 40*time.Second); err != nil {
		t.Fatal(err)
	}
	must(s.Send(b.ctx, text(alice, "not paused")))(t)
	b.clock.Advance(39 * time.Second)
	if n := len(b.texts(group)); n != 0 {
		t.Fatal("sent before its time")
	}
	b.clock.Advance(time.Second)
	if err := receive(b, ended); err != nil || len(b.texts(group)) != 1 {
		t.Errorf("after the pause: %v, %q", err, b.texts(group))
	}
}

// Hours are not waited for: the caller is told how long, and later calls do not reach Telegram before that.
func TestLongFloodIsHandedBack(t *testing.T) {
	b := newStillBench(t)
	s := b.free()
	b.clock.Advance(time.Second)
	b.server.Break(botapi.Fault{Kind: botapi.FaultFlood, RetryAfter: 7200})
	for range 2 {
		_, err := s.Send(b.ctx, text(group, "x"))
		if failure(err) != model.SendFlood {
			t.Fatalf("got %v, want flood", err)
		}
	}
	if n := len(b.server.Calls("sendMessage")); n != 1 {
		t.Errorf("Telegram was asked %d times, want once", n)
	}
}

// A wait of hours is interrupted by one call every ten minutes, also after a restart with another clock, and what is kept for the next
// start goes when a call shows that it is over.
func TestALongFloodIsInterrupted(t *testing.T) {
	b := newStillBench(t)
	kept := map[model.ChatID]time.Time{}
	o := telegram.SenderOptions{Limits: freely(), Pause: func(chat model.ChatID, until time.Time) { kept[chat] = until }}
	s := telegram.NewSender(b.client, o)
	b.clock.Advance(time.Second)
	b.server.Break(botapi.Fault{Kind: botapi.FaultFlood, RetryAfter: 7200, Times: 3})
	send := func(wait, probe time.Duration, calls int) {
		t.Helper()
		var e *model.SendError
		if _, err := s.Send(b.ctx, text(group, "x")); !errors.As(err, &e) || e.Failure != model.SendFlood || e.RetryAfter != wait || e.Wait() != probe {
			t.Fatalf("got %v, wait %v, the next call in %v", err, e.RetryAfter, e.Wait())
		}
		if n := len(b.server.Calls("sendMessage")); n != calls {
			t.Errorf("%d calls, want %d", n, calls)
		}
	}
	send(2*time.Hour, 10*time.Minute, 1)
	b.clock.Advance(4 * time.Minute)
	send(116*time.Minute, 6*time.Minute, 1)
	b.clock.Advance(6 * time.Minute)
	send(2*time.Hour, 10*time.Minute, 2)
	if until := kept[group]; !until.Equal(b.clock.Now().Add(2 * time.Hour)) {
		t.Errorf("kept: %v", until)
	}
	o.Paused = map[model.ChatID]time.Time{group: b.clock.Now().Add(50 * time.Hour)} // the clock was set back
	s = telegram.NewSender(b.client, o)
	send(50*time.Hour, 10*time.Minute, 2)
	b.clock.Advance(10 * time.Minute)
	send(2*time.Hour, 10*time.Minute, 3)
	b.clock.Advance(10 * time.Minute)
	must(s.Send(b.ctx, text(group, "x")))(t)
	if until := kept[group]; !until.IsZero() {
		t.Errorf("kept after it is over: %v", until)
	}
	must(s.Send(b.ctx, text(group, "x")))(t)
}

func TestPriorityThenOrderOfAsking(t *testing.T) {
	b := newStillBench(t)
	s := telegram.NewSender(b.client, telegram.SenderOptions{}) // starts with an empty budget: all must wait
	asked := []struct {
		name     string
		priority telegram.Priority
	}{
		{"normal 1", telegram.PriorityNormal},
		{"critical 1", telegram.PriorityCritical},
		{"reply 1", telegram.PriorityReply},
		{"normal 2", telegram.PriorityNormal},
		{"critical 2", telegram.PriorityCritical},
		{"reply 2", telegram.PriorityReply},
	}
	var wg sync.WaitGroup
	for i, m := range asked {
		wg.Go(func() {
			if _, err := s.Send(b.ctx, telegram.Outgoing{Chat: group, HTML: m.name, Priority: m.priority}); err != nil {
				t.Error(err)
			}
		})
		if err := b.clock.WaitTimers(b.ctx, i+1); err != nil {
			t.Fatal(err)
		}
	}
	defer b.clock.Run(100*time.Millisecond, time.Minute)()
	wg.Wait()
	want := []string{"reply 1", "reply 2", "critical 1", "critical 2", "normal 1", "normal 2"}
	if got := b.texts(group); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestProgressIsDroppedWhenShort(t *testing.T) {
	b := newStillBench(t)
	s := telegram.NewSender(b.client, telegram.SenderOptions{})
	b.clock.Advance(time.Hour)
	id := must(s.Send(b.ctx, text(group, "0 of 9")))(t).Message
	edit := func(html string) error {
		return s.Edit(b.ctx, id, telegram.Outgoing{Chat: group, HTML: html, Priority: telegram.PriorityProgress})
	}
	if err := edit("1 of 9"); err != telegram.ErrDropped { //nolint:errorlint // it is never wrapped
		t.Errorf("within the same second: got %v, want ErrDropped", err)
	}
	b.clock.Advance(time.Second)
	if err := edit("2 of 9"); err != nil {
		t.Errorf("a second later: %v", err)
	}
	// In a group, a quarter of the minute is kept for what matters.
	sent := 2
	for i := range 30 {
		b.clock.Advance(time.Second)
		if edit(strings.Repeat("x", i+1)) == nil {
			sent++
		}
	}
	if sent != 14 {
		t.Errorf("%d of 18 messages of the minute were taken, want 14", sent)
	}
	b.clock.Advance(time.Second)
	must(s.Send(b.ctx, text(group, "a reply")))(t)
}

// After a restart nobody knows what was sent just before it.
func TestBudgetStartsEmpty(t *testing.T) {
	b := newStillBench(t)
	s := telegram.NewSender(b.client, telegram.SenderOptions{})
	ended := make(chan error, 1)
	go func() { _, err := s.Send(b.ctx, text(group, "x")); ended <- err }()
	if err := b.clock.WaitTimer(b.ctx, 3*time.Second, 4*time.Second); err != nil {
		t.Fatal(err)
	}
	b.clock.Advance(4 * time.Second)
	if err := receive(b, ended); err != nil {
		t.Fatal(err)
	}
}
