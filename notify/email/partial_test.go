package email_test

import (
	"context"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/notify"
	"opsbot/notify/email"
	"opsbot/store"
)

// TestEveryRecipientGetsIt: of three one is greylisted and one is refused permanently. Accepted recipients get each mail once, and
// later mails do not wait for the greylisted one, who gets all of them in order; one notice reports the unknown recipient.
func TestEveryRecipientGetsIt(t *testing.T) {
	db, err := store.Open(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), "opsbot.db"), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	s := serve(t, false, map[string]string{"RCPT late@example.com": "451 come again", "RCPT gone@example.com": "550 no such user"})
	o := options(s)
	o.To, o.Render = []string{"late@example.com", "oncall@example.com", "gone@example.com"}, ofReport
	notices := make(chan model.Notification, 9)
	d := notify.New(notify.Options{
		Store: db, Channels: map[string]notify.Channel{"email:oncall": email.New(o), "console": console(notices)}, Now: time.Now,
		Notice: func(model.Destination) (model.Destination, bool) {
			return model.Destination{Channel: "console"}, true
		},
		FirstPause: time.Millisecond, LongestPause: 5 * time.Millisecond, SendTimeout: 30 * time.Second, StopTime: time.Second,
	})
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	defer func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	all := []model.Notification{reportNotification(), notification(0, model.NotifyOpened), notification(0, model.NotifyResolved)}
	for i := range all {
		all[i].To = model.Destination{Channel: "email:oncall"}
	}
	if _, err := db.Commit(t.Context(), model.Change{Notifications: all}); err != nil {
		t.Fatal(err)
	}
	d.Notify()
	until := func(what string, ready func() bool) {
		t.Helper()
		for deadline := time.Now().Add(10 * time.Second); !ready(); runtime.Gosched() {
			if time.Now().After(deadline) {
				t.Fatalf("never %s: %+v, %d mails", what, d.Stats(), len(s.got()))
			}
		}
	}
	until("tried again", func() bool { return len(s.got()) == 3 && d.Stats().Failures[model.SendNotSent] >= 3 })
	s.change(nil)
	until("delivered", func() bool {
		q, err := db.Queue(t.Context(), time.Now())
		return err == nil && q.Length == 0
	})
	got := map[string][]string{}
	for _, m := range s.got() {
		for _, to := range m.to {
			got[to] = append(got[to], read(t, m).Header.Get("Message-ID"))
		}
	}
	oncall, late := got["oncall@example.com"], got["late@example.com"]
	slices.Sort(oncall)
	slices.Sort(late)
	if len(oncall) != 3 || !slices.Equal(oncall, late) || len(got["gone@example.com"]) > 0 {
		t.Errorf("%q", got)
	}
	for _, m := range s.got() {
		if !slices.Equal(m.to, []string{"oncall@example.com"}) && !slices.Equal(m.to, []string{"late@example.com"}) {
			t.Errorf("a mail to %q", m.to)
		}
	}
	until("notices", func() bool { return len(notices) > 0 })
	n := <-notices
	if args := n.Snapshot.Notice.Args; len(notices) > 0 || args["address"] != "gone@example.com" || !strings.Contains(args["said"], "no such user") {
		t.Errorf("%v, and %d more", args, len(notices))
	}
}

// console is a channel that shows messages to a test.
type console chan model.Notification

func (c console) Deliver(_ context.Context, t model.Notification, _ model.Card) (model.Receipt, error) {
	c <- t
	return model.Receipt{}, nil
}
