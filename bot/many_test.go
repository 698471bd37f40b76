package bot_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"opsbot"
	"opsbot/alerts"
	"opsbot/sandbox/botapi"
)

// Five thousand incidents are one card, an answer that fits, and a document with all of them.
func TestFiveThousandIncidents(t *testing.T) {
	var names []string
	for i := range 5000 {
		names = append(names, fmt.Sprintf("check-%04d <&_*🔥>", i))
	}
	w := newWorld(t, options{language: "ru", fleet: fleetOf(nil, names...)})
	w.book.SetRules(alerts.Rules{Storm: alerts.Storm{Over: 10, Within: 30 * time.Second}})
	var broken []opsbot.Result
	for _, name := range names {
		w.engine.set(opsbot.CheckID(name), opsbot.StatusFail, reasons["refused"])
		broken = append(broken, w.engine.see(opsbot.CheckID(name)))
	}
	w.ok(w.book.Handle(w.ctx, broken...))
	w.happen(0)
	if n := len(w.server.Calls("sendMessage")); n != 1 {
		t.Fatalf("%d messages for one storm", n)
	}
	if card := w.ours(opsChat, 1, false).Text; !strings.Contains(card, "5000 инцидентов разом") || !strings.Contains(card, "не работают 5000 проверок") {
		t.Errorf("the card reads:\n%s", card)
	}
	w.say(botapi.Post{From: viewer, Chat: opsChat, Text: "/incidents"})
	var file string
	for _, m := range w.server.Messages(opsChat) {
		if m.File != nil {
			file = string(m.File.Content)
		}
	}
	answer := w.ours(opsChat, 2, false).Text
	if !strings.Contains(answer, "Не закрыт 5001 инцидент") || !strings.Contains(answer, "ещё 4991") || len(strings.Split(answer, "\n")) > 13 {
		t.Errorf("the answer reads:\n%s", answer)
	}
	if n := strings.Count(file, "check-"); n != 5000 || !strings.Contains(file, names[4999]) {
		t.Errorf("the document names %d of 5000", n)
	}
}
