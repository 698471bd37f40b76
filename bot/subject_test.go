package bot_test

import (
	"strings"
	"testing"

	"opsbot/model"
	"opsbot/sandbox/botapi"
)

// Where nothing is there, nothing is said to be well.
func TestEmptyIsSaidAsEmpty(t *testing.T) {
	for _, language := range []string{"en", "ru"} {
		for user, who := range map[int64]string{admin: "an admin", anna: "somebody limited"} {
			w := newWorld(t, options{language: language, fleet: fleetOf(nil)})
			for _, line := range append([]string{"/impact", "/status", "/clients status"}, bare...) {
				if line == "/users" || line == "/audit" {
					continue
				}
				w.say(botapi.Post{From: user, Chat: user, Text: line})
				got := w.ours(user, 1, false)
				for _, well := range []string{"🟢", "All clear", "all ok", "All checks ok", "Всё работает", "Всё в порядке"} {
					if strings.Contains(got.Text, well) {
						t.Errorf("%s: %s is answered %q", who, line, got.Text)
					}
				}
			}
		}
	}
}

// TestRepliesMeanTheCard replies to the cards of each kind of incident with each command: what it takes is what the card is about.
func TestRepliesMeanTheCard(t *testing.T) {
	for _, c := range []struct {
		kind  model.IncidentKind
		order string
		want  map[string]string // what the answer must contain
		not   string
	}{
		{model.IncidentCheck, "!break main-db timeout", map[string]string{
			"/why": "main-db", "/check": "main-db: failed", "/chart": "main-db", "/history": "main-db", "/mute 1h": "main-db", "/status": "main-db", "/recheck": "1 check", "/ack": "acknowledged",
			"/logs": "No readable logs", "/inform": "Which host", "/report": "Which client", "/unmute": "is not muted", "/webtest": "has no web services", "/whatif": "Which host",
		}, "beta"},
		{model.IncidentService, "!break acme/store@web2 503", map[string]string{
			"/why": "acme/store", "/check": "acme/store@web2", "/chart": "acme store", "/history": "acme store", "/mute 1h": "acme store", "/status": "acme store",
			"/webtest": "acme", "/whatif": "web2", "/inform": "web2", "/logs": "web2", "/report 1d": "acme", "/unmute": "is not muted",
		}, "support"},
		{model.IncidentHost, "!break acme/reports@web1 acme/store@web1 refused", map[string]string{
			"/why": "web1", "/check": "Which check", "/chart": "web1", "/history": "web1", "/mute 1h": "web1", "/status": "web1", "/webtest": "web1", "/whatif": "web1", "/inform": "web1",
			"/logs": "web1", "/report 1d": "acme",
		}, "beta"},
	} {
		for line, want := range c.want {
			if underRace && len(line)%3 > 0 {
				continue
			}
			t.Run(string(c.kind)+line, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, options{language: "en"})
				w.do(c.order)
				card := w.ours(opsChat, 1, true)
				w.say(botapi.Post{From: operator, Chat: opsChat, Text: line, ReplyTo: card.ID})
				got := w.ours(opsChat, 1, false)
				if !strings.Contains(got.Text, want) || strings.Contains(got.Text, c.not) {
					t.Errorf("in reply to the card: %q, want %q", got.Text, want)
				}
				w.say(botapi.Post{From: operator, Chat: opsChat, Text: "/unmute"}) // of what it muted
				w.say(botapi.Post{From: operator, Chat: opsChat, Text: "/incidents 1"})
				view := w.ours(opsChat, 1, true)
				w.say(botapi.Post{From: operator, Chat: opsChat, Text: line, ReplyTo: view.ID})
				if again := w.ours(opsChat, 1, false); !strings.Contains(again.Text, want) {
					t.Errorf("in reply to its view: %q, want %q", again.Text, want)
				}
			})
		}
	}
}

// Somebody limited to acme replies to the card of a host that carries others too, and to one that is none of acme's business.
func TestRepliesStayWithinTheirClients(t *testing.T) {
	w := newWorld(t, options{language: "en"})
	w.do("!break beta/reports@web2 acme/reports@web2 acme/store@web2")
	shared := w.ours(opsChat, 1, true)
	w.do("!break beta/support@web3")
	foreign := w.ours(opsChat, 1, true)
	for _, card := range []botapi.Message{shared, foreign} {
		for _, line := range []string{"/why", "/check", "/chart", "/history", "/status", "/webtest", "/whatif", "/inform", "/logs", "/report", "/unmute", "/extend 1h", "/recheck"} {
			w.say(botapi.Post{From: anna, Chat: opsChat, Text: line, ReplyTo: card.ID})
			got := w.ours(opsChat, 1, false)
			labels := ""
			for _, row := range got.Buttons {
				for _, b := range row {
					labels += " " + b.Text
				}
			}
			if strings.Contains(got.Text+labels, "beta") || strings.Contains(got.Text+labels, "web3") {
				t.Errorf("%s in reply to %q: %q%s", line, card.Text, got.Text, labels)
			}
		}
	}
}
