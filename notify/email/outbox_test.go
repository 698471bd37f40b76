package email_test

import (
	"bytes"
	"context"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/notify"
	"opsbot/notify/email"
	"opsbot/store"
)

// TestNoMailIsLost: out of the outbox, past a server that greylists, is busy, refuses the login and loses its answer.
func TestNoMailIsLost(t *testing.T) {
	for _, kind := range []model.NotificationKind{model.NotifyOpened, model.NotifyReport} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			noMailIsLost(t, kind)
		})
	}
}

// reportNotification is a report with a table of 300 KB.
func reportNotification() model.Notification {
	return model.Notification{
		Kind: model.NotifyReport, Created: epoch, Severity: model.SeverityCritical, Snapshot: model.Snapshot{Report: &model.Report{
			Title: "🔴 customer1: под угрозой", Text: "short", Parts: &model.ReportParts{
				Text: "all\nof it", HTML: `<html><body>` + model.ReportNote + `<p>all <img src="cid:chart.png"></p></body></html>`, Name: "webtest",
				Files: []model.ReportFile{
					{Name: "вебтест.csv", Type: "text/csv; charset=utf-8", Data: bytes.Repeat([]byte("a,b,\"c\"\r\n"), 30_000)},
					{Name: "chart.png", Type: "image/png", Data: []byte("\x89PNG\r\n\x00\xff"), Inline: true},
				},
			},
		}},
	}
}

// ofReport renders a notification as the product does.
func ofReport(sent model.Notification) email.Content {
	r := sent.Snapshot.Report
	if r == nil || r.Parts == nil {
		return email.Content{Plain: "text", HTML: "text"}
	}
	note := ""
	if sent.Repeat {
		note = "again"
	}
	return email.Content{Subject: r.Title, Plain: r.Parts.Text, Page: r.Parts.Noted(note), Files: r.Parts.Files}
}

func noMailIsLost(t *testing.T, kind model.NotificationKind) {
	db, err := store.Open(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), "opsbot.db"), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	s := serve(t, false, map[string]string{"RCPT oncall@example.com": "450 4.2.0 come again"})
	o := options(s)
	var repeats []bool // by one goroutine at a time: there is one destination
	o.Render = func(sent model.Notification) email.Content {
		repeats = append(repeats, sent.Repeat)
		return ofReport(sent)
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
	sent := notification(0, kind)
	if kind == model.NotifyReport {
		sent = reportNotification()
	}
	sent.To = model.Destination{Channel: "email:oncall"}
	if _, err := db.Commit(t.Context(), model.Change{Notifications: []model.Notification{sent}}); err != nil {
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
	failed := func(f model.SendFailure, more uint64) func() bool {
		from := d.Stats().Failures[f]
		return func() bool { return d.Stats().Failures[f] >= from+more }
	}
	until("greylisted", failed(model.SendNotSent, 2))
	// The recipient stays refused: a try that is past the greeting by now must not succeed.
	s.change(map[string]string{"greeting": "421 busy", "RCPT oncall@example.com": "450 4.2.0 come again"})
	until("busy", failed(model.SendNotSent, 2))
	s.change(map[string]string{"AUTH": "535 no"})
	until("refused", failed(model.SendRefused, 2))
	s.change(map[string]string{"DATA": "451 4.3.0 try later"})
	until("not taken", failed(model.SendNotSent, 2))
	s.change(map[string]string{"body": "452 4.3.1 no room"})
	until("not kept", failed(model.SendNotSent, 1))
	s.change(map[string]string{"body": "drop"})
	until("lost", failed(model.SendAmbiguous, 1))
	s.change(map[string]string{"body": "hang"})
	until("hanging", failed(model.SendAmbiguous, 1))
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
	if kind == model.NotifyReport {
		whole(t, read(t, mails[len(mails)-1]), true)
	}
	if last := len(repeats) - 1; len(mails) < 2 || !repeats[last] || repeats[0] {
		t.Errorf("%d mails, marked as repeats: %v", len(mails), repeats)
	}
}
