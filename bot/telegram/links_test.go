package telegram_test

import (
	"strings"
	"testing"

	"opsbot/bot/telegram"
	"opsbot/sandbox/botapi"
)

// A link that Telegram refuses costs no message: it goes once more with the link as text, and keeps its other buttons; so does an edit.
func TestLinksThatTelegramRefuses(t *testing.T) {
	b := newBench(t)
	s := b.free()
	o := text(group, "<b>down</b>")
	o.Buttons = [][]telegram.Button{{{Text: "Ack", Data: "x"}}, {{Text: "Runbook", URL: "https://wiki.corp/a?b=1&c=2"}}}
	b.server.Break(botapi.Fault{Kind: botapi.FaultBadRequest, To: "Bad Request: BUTTON_URL_INVALID", Method: "sendMessage", Times: 1})
	receipt := must(s.Send(b.ctx, o))(t)
	check := func(how string) {
		t.Helper()
		m := b.server.Messages(group)
		if len(m) != 1 || m[0].Text != "down\nRunbook: https://wiki.corp/a?b=1&c=2" || len(m[0].Buttons) != 1 || m[0].Buttons[0][0].Text != "Ack" {
			t.Fatalf("%s: %+v", how, m)
		}
	}
	check("sent")
	b.server.Break(botapi.Fault{Kind: botapi.FaultBadRequest, To: "Bad Request: BUTTON_URL_INVALID", Method: "editMessageText", Times: 1})
	if err := s.Edit(b.ctx, receipt.Message, o); err != nil && !strings.Contains(err.Error(), "not modified") {
		t.Fatal(err)
	}
	check("edited")
	// What it takes is sent as it is.
	must(s.Send(b.ctx, o))(t)
	if m := b.server.Messages(group); len(m) != 2 || len(m[1].Buttons) != 2 || m[1].Text != "down" {
		t.Errorf("a link that is taken: %+v", m)
	}
}
