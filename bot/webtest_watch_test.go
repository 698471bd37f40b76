package bot_test

import (
	"context"
	"runtime"
	"strings"
	"testing"

	"opsbot/model"
	"opsbot/sandbox/botapi"
)

// TestAWatchIsStopped: its owner and operators can stop a watch, viewers cannot. If something is worse, a message says so.
func TestAWatchIsStopped(t *testing.T) {
	for _, who := range []int64{viewer, operator} {
		w := newWorld(t, options{language: "en"})
		pauses := 0
		w.pausing = func(ctx context.Context) {
			switch pauses++; pauses {
			case 6: // it has something to compare with
				w.engine.set("acme/store@web1", model.StatusFail, reasons["503"])
			case 8:
				w.pressStop(unmapped, 1) // who is a viewer there
			case 9:
				w.pressStop(who, 2)
				<-ctx.Done()
			}
		}
		_, err := w.server.Post(botapi.Post{From: viewer, Chat: opsChat, Text: "/webtest acme watch 1h"})
		w.ok(err)
		for range 3 {
			w.wait()
		}
		if pauses != 9 {
			t.Errorf("%d rounds", pauses)
		}
		all := w.server.Messages(opsChat)
		card, notified := all[1], all[len(all)-1]
		if !strings.Contains(card.Text, "watch finished: 1 newly failing") || !strings.Contains(card.Text, "acme/store on web1 — HTTP 503") || len(card.Buttons) != 1 {
			t.Errorf("the card: %s", card.Text)
		}
		if notified.ReplyTo != card.ID || !strings.Contains(notified.Text, "1 newly failing") {
			t.Errorf("told: %+v", notified)
		}
	}
}

// pressStop presses the button under the message that goes on, once it is there, and waits for so many answers to presses.
func (w *world) pressStop(user int64, answers int) {
	for {
		for _, m := range w.server.Messages(opsChat) {
			if !m.FromBot || len(m.Buttons) == 0 || m.Buttons[0][0].Text != "Stop" {
				continue
			}
			_, err := w.server.Press(user, opsChat, m.ID, m.Buttons[0][0].Data)
			w.ok(err)
			for len(w.server.Answers(0)) < answers {
				runtime.Gosched()
			}
			return
		}
		runtime.Gosched()
	}
}

// TestAWatchTooShortToCompare: that nothing could be compared is not that nothing got worse.
func TestAWatchTooShortToCompare(t *testing.T) {
	w := newWorld(t, options{language: "en"})
	w.engine.set("acme/store@web1", model.StatusFail, reasons["503"])
	pauses := 0
	w.pausing = func(ctx context.Context) {
		if pauses++; pauses == 2 {
			w.pressStop(viewer, 1)
			<-ctx.Done()
		}
	}
	_, err := w.server.Post(botapi.Post{From: viewer, Chat: opsChat, Text: "/webtest acme watch 1h"})
	w.ok(err)
	w.wait()
	w.wait()
	all := w.server.Messages(opsChat)
	for _, m := range all[1:] {
		if !strings.Contains(m.Text, "🔴 acme, watch finished: too short to compare") {
			t.Errorf("it says %q", m.Text)
		}
	}
	if len(all) != 3 {
		t.Errorf("%d messages: what fails is told", len(all))
	}
}
