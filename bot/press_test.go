package bot_test

import (
	"testing"

	"opsbot/model"
	"opsbot/sandbox/botapi"
)

// TestPressesInAChannel is case 19: the buttons of a card in a channel work for those who have rights of their own, and each press
// is answered, since its button waits for that. Readers of a channel have no rights, though the channel is listed.
func TestPressesInAChannel(t *testing.T) {
	w := newWorld(t, options{language: "en"})
	w.server.AddChat(botapi.Chat{ID: opsChat, Type: "channel", Title: "ops"})
	w.order([]string{"break", "main-db"})
	w.deliver()
	card := w.ours(opsChat, 1, true)
	ack := buttonNamed(t, card, "Ack")
	for _, c := range []struct {
		user  int64
		acked bool
	}{{unmapped, false}, {viewer, false}, {operator, true}} {
		before := len(w.server.Answers(c.user))
		_, err := w.server.Press(c.user, opsChat, card.ID, ack)
		w.ok(err)
		w.wait()
		if len(w.server.Answers(c.user)) != before+1 {
			t.Errorf("the press of %d is not answered", c.user)
		}
		if got := w.openAcks() > 0; got != c.acked {
			t.Errorf("after the press of %d: acknowledged is %t", c.user, got)
		}
	}
	sent := len(w.server.Messages(opsChat))
	w.post(operator, opsChat, "/status")
	if n := len(w.server.Messages(opsChat)); n > sent+1 {
		t.Error("a text in a channel is answered")
	}
}

func buttonNamed(t *testing.T, m botapi.Message, label string) string {
	t.Helper()
	for _, row := range m.Buttons {
		for _, b := range row {
			if b.Text == label {
				return b.Data
			}
		}
	}
	t.Fatalf("no button %q: %+v", label, m.Buttons)
	return ""
}

// pressNamed presses the button with a label under a message.
func (w *world) pressNamed(user int64, m botapi.Message, label string) {
	w.Helper()
	_, err := w.server.Press(user, m.Chat, m.ID, buttonNamed(w.T, m, label))
	w.ok(err)
	w.wait()
	w.deliver()
}

func (w *world) openAcks() (n int) {
	for _, in := range w.manager.OpenIncidents(model.Scope{}) {
		n += len(in.Acks)
	}
	return n
}
