package telegram_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"opsbot/bot/telegram"
	"opsbot/sandbox/botapi"
)

// waitHealth advances nothing: it waits for a report that satisfies.
func waitHealth(b *bench, reports <-chan telegram.Health, ok func(telegram.Health) bool) telegram.Health {
	b.Helper()
	for {
		if h := receive(b, reports); ok(h) {
			return h
		}
	}
}

func watched(h telegram.Handler) (telegram.PollerOptions, <-chan telegram.Health) {
	reports := make(chan telegram.Health, 100)
	return telegram.PollerOptions{Handler: h, Events: telegram.Events{Health: func(h telegram.Health) { reports <- h }}}, reports
}

func TestPollingBacksOff(t *testing.T) {
	for _, kind := range []botapi.FaultKind{botapi.FaultServer, botapi.FaultHTML502, botapi.FaultEmpty, botapi.FaultUnauthorized, botapi.FaultConflict, botapi.FaultReset, botapi.FaultCut} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			b := newStillBench(t)
			b.server.Break(botapi.Fault{Kind: kind, Method: "getUpdates", Times: 8})
			h, got := collect()
			o, reports := watched(h)
			p, _ := b.poll(o)
			for _, seconds := range []time.Duration{1, 2, 4, 8, 16, 32, 32, 32} {
				// The watchdog's timer of 30 s is there, too: these are looked for exactly.
				if err := b.clock.WaitTimer(b.ctx, seconds*time.Second, seconds*time.Second); err != nil {
					t.Fatalf("no wait of %d s", seconds)
				}
				if h := p.Health(); h.Failure != wantFailure(kind) {
					t.Fatalf("health: %+v", h)
				}
				b.clock.Advance(seconds * time.Second)
			}
			b.post(group, "x")
			receive(b, got)
			waitHealth(b, reports, func(h telegram.Health) bool { return h.OK() })
			if n := len(b.server.Calls("getUpdates")); n > 11 {
				t.Errorf("%d polls", n)
			}
		})
	}
}

func wantFailure(kind botapi.FaultKind) telegram.Failure {
	switch kind {
	case botapi.FaultUnauthorized:
		return telegram.FailureRefused
	case botapi.FaultConflict:
		return telegram.FailureConflict
	}
	return telegram.FailureUnreachable
}

func TestPollingKeepsRetryAfter(t *testing.T) {
	b := newStillBench(t)
	b.server.Break(botapi.Fault{Kind: botapi.FaultFloodString, Method: "getUpdates", RetryAfter: 77})
	h, got := collect()
	p, _ := b.poll(telegram.PollerOptions{Handler: h})
	if err := b.clock.WaitTimer(b.ctx, 77*time.Second, 77*time.Second); err != nil {
		t.Fatal(err)
	}
	if h := p.Health(); h.Failure != telegram.FailureFlood {
		t.Errorf("health: %+v", h)
	}
	b.clock.Advance(77 * time.Second)
	b.post(group, "x")
	receive(b, got)
	for _, c := range b.server.Calls("getUpdates") {
		if c.Early {
			t.Errorf("too early: %+v", c)
		}
	}
}

// A wait of polls survives a restart, is interrupted every ten minutes, and is forgotten once a poll succeeds.
func TestAWaitOfPollsSurvivesARestart(t *testing.T) {
	b := newStillBench(t)
	b.server.Break(botapi.Fault{Kind: botapi.FaultFlood, Method: "getUpdates", RetryAfter: 7200, Times: 2})
	kept := make(chan time.Time, 9)
	h, got := collect()
	o := telegram.PollerOptions{Handler: h, Pause: func(until time.Time) { kept <- until }}
	p, stop := b.poll(o)
	o.Paused = receive(b, kept)
	if want := b.clock.Now().Add(2 * time.Hour); !o.Paused.Equal(want) {
		t.Errorf("kept: %v, want %v", o.Paused, want)
	}
	waits := func(d time.Duration) {
		t.Helper()
		if err := b.clock.WaitTimer(b.ctx, d, d); err != nil {
			t.Fatal(err)
		}
	}
	waits(10 * time.Minute)
	if h := p.Health(); h.Failure != telegram.FailureFlood || !h.Until.Equal(o.Paused) {
		t.Errorf("health: %+v", h)
	}
	stop()
	b.clock.Advance(time.Minute)
	calls := len(b.server.Calls())
	p, _ = b.poll(o)
	waits(10 * time.Minute)
	if n := len(b.server.Calls()); n != calls {
		t.Errorf("%d calls before the wait is over", n-calls)
	}
	if h := p.Health(); h.Failure != telegram.FailureFlood || !h.Until.Equal(o.Paused) {
		t.Errorf("health after the restart: %+v", h)
	}
	b.clock.Advance(10 * time.Minute) // it is asked who it is, and refused again
	receive(b, kept)
	waits(10 * time.Minute)
	b.clock.Advance(10 * time.Minute)
	b.post(group, "x")
	receive(b, got)
	if until := receive(b, kept); !until.IsZero() {
		t.Errorf("kept after it is over: %v", until)
	}
}

func TestTelegramAwayAtTheStart(t *testing.T) {
	b := newStillBench(t)
	b.server.Unplug()
	h, got := collect()
	o, reports := watched(h)
	p, _ := b.poll(o)
	waitHealth(b, reports, func(h telegram.Health) bool { return h.Failure == telegram.FailureUnreachable })
	if p.Health().OK() {
		t.Errorf("health: %+v", p.Health())
	}
	if err := b.clock.WaitTimer(b.ctx, time.Second, time.Second); err != nil {
		t.Fatal(err)
	}
	if err := b.server.Plug(); err != nil {
		t.Fatal(err)
	}
	b.clock.Advance(time.Second)
	me := waitHealth(b, reports, func(h telegram.Health) bool { return h.Me.ID != 0 }).Me
	if me.Username != "opsbot_sandbox_bot" {
		t.Errorf("me: %+v", me)
	}
	b.post(group, "x")
	receive(b, got)
}

func TestWatchdogSeesASilentPoll(t *testing.T) {
	b := newStillBench(t)
	b.server.Break(botapi.Fault{Kind: botapi.FaultHang, Method: "getUpdates", Times: -1})
	h, _ := collect()
	o, reports := watched(h)
	b.poll(o)
	must(b.server.WaitCall(b.ctx, func(c botapi.Call) bool { return c.Method == "getupdates" }))(t)
	for range 3 {
		if err := b.clock.WaitTimer(b.ctx, 30*time.Second, 30*time.Second); err != nil {
			t.Fatal(err)
		}
		b.clock.Advance(30 * time.Second)
	}
	waitHealth(b, reports, func(h telegram.Health) bool { return h.Stale && !h.OK() })
}

func TestAnotherPollerIsRaised(t *testing.T) {
	b := newStillBench(t)
	h, _ := collect()
	o, reports := watched(h)
	b.poll(o)
	must(b.server.WaitCall(b.ctx, func(c botapi.Call) bool { return c.Method == "getupdates" }))(t)
	second := telegram.NewPoller(b.newClient(telegram.Options{}), telegram.PollerOptions{Handler: h})
	ctx, stop := context.WithCancel(b.ctx)
	ended := make(chan error, 1)
	go func() { ended <- second.Run(ctx) }()
	waitHealth(b, reports, func(h telegram.Health) bool { return h.Failure == telegram.FailureConflict && h.Error != "" })
	stop()
	if err := receive(b, ended); err != nil {
		t.Error(err)
	}
}

// TestAWebhookIsNotAnotherProgram is case 14: the bot had a webhook in its former life. As soon as it is removed polls go on.
func TestAWebhookIsNotAnotherProgram(t *testing.T) {
	b := newStillBench(t)
	h, got := collect()
	b.server.Break(botapi.Fault{
		Kind: botapi.FaultConflict, Method: "getUpdates", To: "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
	})
	o, reports := watched(h)
	b.poll(o)
	waitHealth(b, reports, func(h telegram.Health) bool {
		return h.Failure == telegram.FailureWebhook && strings.Contains(h.Error, "deleteWebhook")
	})
	if err := b.clock.WaitTimer(b.ctx, time.Second, time.Second); err != nil {
		t.Fatal(err)
	}
	b.post(group, "x")
	b.clock.Advance(time.Second)
	receive(b, got)
	waitHealth(b, reports, func(h telegram.Health) bool { return h.OK() })
}

func TestStopEndsThePollAndTheHandlers(t *testing.T) {
	b := newBench(t)
	cancelled := make(chan struct{})
	started := make(chan struct{})
	_, stop := b.poll(telegram.PollerOptions{Handler: handlerFunc(func(ctx context.Context, _ telegram.Incoming) {
		close(started)
		<-ctx.Done()
		close(cancelled)
	})})
	b.post(group, "x")
	receive(b, started)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-cancelled:
	default:
		t.Error("Run returned before the handler")
	}
}

func TestStopDoesNotWaitForeverForAHandler(t *testing.T) {
	b := newStillBench(t)
	release, started := make(chan struct{}), make(chan struct{})
	defer close(release)
	ctx, cancel := context.WithCancel(b.ctx)
	p := telegram.NewPoller(b.client, telegram.PollerOptions{Handler: handlerFunc(func(context.Context, telegram.Incoming) {
		close(started)
		<-release
	})})
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx) }()
	b.post(group, "x")
	receive(b, started)
	cancel()
	if err := b.clock.WaitTimer(b.ctx, 5*time.Second, 5*time.Second); err != nil {
		t.Fatal(err)
	}
	b.clock.Advance(5 * time.Second)
	if err := receive(b, ended); err == nil {
		t.Error("a handler was left behind in silence")
	}
}
