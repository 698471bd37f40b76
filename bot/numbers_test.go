package bot_test

import (
	"slices"
	"strings"
	"testing"

	"opsbot/model"
	"opsbot/sandbox/botapi"
)

// saidIn is the last message of the bot in a chat.
func (w *world) saidIn(chat int64) botapi.Message { return w.ours(chat, 1, false) }

// ackers are who acknowledged an open incident, by its key.
func (w *world) ackers(key string) (names []string) {
	for _, in := range w.manager.OpenIncidents(model.Scope{}) {
		if in.Key() == key {
			for _, a := range in.Acks {
				names = append(names, a.Name)
			}
		}
	}
	return names
}

// TestANumberIsThatOfThePlace: everybody in a chat limited to acme calls acme's second incident #2, which is #4 for who sees everything; a reply, a
// button and a number name the same incident, and a number that acme's chat does not have is none, although there is an incident stored by it.
func TestANumberIsThatOfThePlace(t *testing.T) {
	w := newWorld(t, options{language: "en"})
	w.do("!heal " + strings.Join(endpoints, " ") + " main-db licence")
	for _, order := range []string{"break acme/store@web2 503", "break main-db", "break beta/support@web3 503", "break acme/reports@web1 503"} {
		w.do("!" + order)
	}
	const second = "service:acme/reports"
	if card := w.saidIn(acmeChat); !strings.Contains(card.Text, "acme at risk: reports") || !strings.Contains(card.Text, "#2") {
		t.Fatalf("acme's chat reads %q", card.Text)
	}
	if card := w.saidIn(opsChat); !strings.Contains(card.Text, "#4") {
		t.Fatalf("the ops chat reads %q", card.Text)
	}
	for _, c := range []struct{ line, by string }{
		{"anna: /ack 2", "Anna Acme"},
		{"anna@acme: /ack #2", "Anna Acme"},
		{"admin@acme: /ack 2", "Ada Admin"},
		{"operator: /ack 4", "Olga Operator"},
		{"anna@ops: /ack 4", "Anna Acme"},
		{"anna@acme replies 1: /ack", "Anna Acme"},
		{"anna@acme presses 1", "Anna Acme"},
	} {
		if strings.Contains(c.line, "acme replies") || strings.Contains(c.line, "presses") {
			w.do("!wait 1m")
			w.do("!heal acme/reports@web1")
			w.do("!break acme/reports@web1 503") // a card of its own, which is the last message: acme's third
		}
		w.do(c.line)
		if got := w.ackers(second); !slices.Equal(got, []string{c.by}) {
			t.Errorf("after %q it is acknowledged by %v: %q", c.line, got, w.saidIn(acmeChat).Text)
		}
		for _, in := range w.manager.OpenIncidents(model.Scope{}) {
			if _, err := w.manager.Unack(w.ctx, in.ID, model.Scope{}, model.AuditEntry{}); model.CodeOf(err) == model.ErrAckedForMore {
				t.Error(err)
			}
		}
	}
	for _, line := range []string{"anna: /ack 6", "admin@acme: /ack 6", "anna: /incidents 6"} { // it is acme's fourth by now
		w.do(line)
		if got := w.ackers(second); len(got) > 0 {
			t.Errorf("%q acknowledges what others call #6: %v", line, got)
		}
	}
	if got := w.saidIn(anna).Text; !strings.HasPrefix(got, "No open incident #6.") {
		t.Errorf("what is not hers is answered with %q", got)
	}
}
