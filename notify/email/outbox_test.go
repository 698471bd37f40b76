package email_test

import (
	"context"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"opsbot"
	"opsbot/notify"
	"opsbot/notify/email"
	"opsbot/store"
)

// TestNoMailIsLost: out of the outbox, past a server that greylists, is busy, refuses the login and loses its answer.
func TestNoMailIsLost(t *testing.T) {
	db, err := store.Open(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), "opsbot.db"), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	s := serve(t, false, map[string]string{"RCPT oncall@example.com": "450 4.2.0 come again"})
	o := options(s)
	var repeats []bool // by one goroutine at a time: there is one destination
	o.Render = func(told opsbot.Telling) email.Content {
		repeats = append(repeats, told.Repeat)
		return email.Content{Plain: "text", HTML: "text"}
	}
	d := notify.New(notify.Options{
		Store: db, Channels: map[string]notify.Channel{"email:oncall": email.New(o)}, Now: time.Now,
		FirstPause: time.Millisecond, LongestPause: 5 * time.Millisecond, SendTimeout: time.Second, StopTime: time.Second,
	})
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	stop := func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	told := telling(0, opsbot.TellOpen)
	told.To = opsbot.Destination{Channel: "email:oncall"}
	if _, err := db.Commit(t.Context(), opsbot.Change{Tellings: []opsbot.Telling{told}}); err != nil {
		t.Fatal(err)
	}
	d.Notify()
	until := func(what string, ready func() bool) {
		t.Helper()
		for deadline := time.Now().Add(10 * time.Second); !ready(); runtime.Gosched() {
			if time.Now().After(deadline) {
				t.Fatalf("never %s: %+v", what, d.Stats())
			}
		}
	}
	failed := func(f opsbot.SendFailure, more uint64) func() bool {
		from := d.Stats().Failures[f]
		return func() bool { return d.Stats().Failures[f] >= from+more }
	}
	until("greylisted", failed(opsbot.SendNotSent, 2))
	s.change(map[string]string{"greeting": "421 busy"})
	until("busy", failed(opsbot.SendNotSent, 2))
	s.change(map[string]string{"AUTH": "535 no"})
	until("refused", failed(opsbot.SendRefused, 2))
	s.change(map[string]string{"body": "drop"})
	until("lost", failed(opsbot.SendAmbiguous, 1))
	s.change(nil)
	until("sent", func() bool { return d.Stats().Sent == 1 })
	stop()
	mails := s.got()
	id := read(t, mails[0]).Header.Get("Message-ID")
	for _, m := range mails {
		if got := read(t, m).Header.Get("Message-ID"); got != id {
			t.Errorf("the repeat is %s, the first was %s", got, id)
		}
	}
	if last := len(repeats) - 1; len(mails) < 2 || !repeats[last] || repeats[0] {
		t.Errorf("%d mails, marked as repeats: %v", len(mails), repeats)
	}
}
