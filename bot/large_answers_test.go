package bot_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"opsbot/alerts"
	"opsbot/model"
	"opsbot/sandbox/botapi"
)

// Five thousand incidents are one card, an answer that fits, and a document with all of them.
func TestFiveThousandIncidents(t *testing.T) {
	var names []string
	for i := range 5000 {
		names = append(names, fmt.Sprintf("check-%04d <&_*🔥>", i))
	}
	w := newWorld(t, options{language: "ru", fleet: fleetOf(nil, names...)})
	w.manager.SetRules(alerts.Rules{Storm: alerts.Storm{Over: 10, Within: 30 * time.Second}})
	var broken []model.Result
	for _, name := range names {
		w.engine.set(model.CheckID(name), model.StatusFail, reasons["refused"])
		broken = append(broken, w.engine.see(model.CheckID(name)))
	}
	w.ok(w.manager.Handle(w.ctx, broken...))
	w.happen(0)
	if n := len(w.server.Calls("sendMessage")); n != 1 {
		t.Fatalf("%d messages for one storm", n)
	}
	if card := w.ours(opsChat, 1, false).Text; !strings.Contains(card, "Сразу 5000 инцидентов") || !strings.Contains(card, "не работают 5000 проверок") {
		t.Errorf("the card reads:\n%s", card)
	}
	w.say(botapi.Post{From: viewer, Chat: opsChat, Text: "/incidents"})
	answer := w.ours(opsChat, 1, false)
	w.pressNamed(viewer, answer, "Файлом")
	var file string
	for _, m := range w.server.Messages(opsChat) {
		if m.File != nil {
			file = string(m.File.Content)
		}
	}
	if !strings.Contains(answer.Text, "Открыто 5000 инцидентов") || !strings.Contains(answer.Text, " из 5001") || len(strings.Split(answer.Text, "\n")) > 13 {
		t.Errorf("the answer reads:\n%s", answer.Text)
	}
	if n := strings.Count(file, "check-"); n != 5000 || !strings.Contains(file, names[4999]) {
		t.Errorf("the document names %d of 5000", n)
	}
}

// Thousands of open events, with names and texts of any kind, are an answer that fits and a document with all of them.
func TestThousandsOfEvents(t *testing.T) {
	w := newWorld(t, options{language: "ru"})
	events := make([]model.Event, 3000)
	for i := range events {
		name := fmt.Sprintf("db-%04d <&_*🔥>", i)
		events[i] = model.Event{
			EventKey: model.EventKey{Source: "<b>prom", ID: name}, Names: []string{name}, Service: "DiskFull", Title: "<b>" + strings.Repeat("🔥&", 200),
			Severity: model.SeverityCritical, OpenedAt: w.clock.Now(), SeenAt: w.clock.Now(), Acked: true, AckedBy: "</code>",
		}
	}
	w.ok(w.manager.HandleEvents(w.ctx, events...))
	w.say(botapi.Post{From: operator, Chat: opsChat, Text: "/events"})
	answer := w.ours(opsChat, 1, false)
	w.pressNamed(operator, answer, "Файлом")
	var file string
	for _, m := range w.server.Messages(opsChat) {
		if m.File != nil {
			file = string(m.File.Content)
		}
	}
	if !strings.Contains(answer.Text, "Открыто 3000 событий") || !strings.Contains(answer.Text, " из 3000") || len(answer.Buttons) == 0 {
		t.Errorf("the answer reads:\n%s", answer.Text)
	}
	if n := strings.Count(file, "db-"); n != 3000 || strings.Count(file, events[2999].Ref()) != 1 {
		t.Errorf("the document names %d of 3000", n)
	}
}

// Lines that are long, and markup, of many logs make an answer that parses and fits, with something of each, and a document.
func TestLogsOfHostileLines(t *testing.T) {
	endpoints := make([]string, 6)
	for i := range endpoints {
		endpoints[i] = fmt.Sprintf("acme/reports@web%d", i+1)
	}
	w := newWorld(t, options{language: "en", fleet: fleetOf(endpoints)})
	question := "/logs"
	for i := range endpoints {
		host := fmt.Sprintf("web%d", i+1)
		question += " " + host
		w.logs.write(w, host, "access", 90, `10.0.0.1 - - [{at}] "GET /{n} HTTP/1.1" 502 1 "<b>&lt;</blockquote>🔥" "`+strings.Repeat("<&🔥_*", 900)+`" `+"\x1b[31m\u202e")
	}
	w.say(botapi.Post{From: operator, Chat: opsChat, Text: question})
	answer, file := "", ""
	for _, m := range w.server.Messages(opsChat) {
		if m.File != nil {
			file = string(m.File.Content)
		}
		if strings.Contains(m.Text, "web1, web2") {
			answer = m.Text
		}
	}
	for i := range endpoints {
		if head := fmt.Sprintf("web%d · access — 90 lines", i+1); !strings.Contains(answer, head) || !strings.Contains(file, head) {
			t.Errorf("nothing of web%d:\n%s", i+1, answer)
		}
	}
	if strings.ContainsAny(answer+file, "\x1b\u202e") || strings.Count(answer, "10.0.0.1 - - [") < len(endpoints) || !strings.Contains(answer, "90 × 502 GET /…") {
		t.Errorf("the answer reads:\n%s", answer)
	}
	if n := len(w.server.Calls("sendDocument")); n != 1 {
		t.Errorf("%d documents", n)
	}
}
