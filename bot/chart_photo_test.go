package bot_test

import (
	"testing"
	"time"

	"opsbot/sandbox/botapi"
)

// A picture that Telegram does not take as one comes as a file, with the same words and buttons.
func TestChartAsAFile(t *testing.T) {
	w := newWorld(t, options{language: "ru"})
	for range 3 {
		w.runScheduled("main-db")
		w.clock.Advance(time.Minute)
	}
	w.server.Break(botapi.Fault{Kind: botapi.FaultBadRequest, Method: "sendPhoto", To: "Bad Request: IMAGE_PROCESS_FAILED"})
	w.say(botapi.Post{From: viewer, Chat: opsChat, Text: "/chart main-db 1h"})
	m := w.ours(opsChat, 1, true)
	if m.File == nil || m.File.Kind != "document" || m.File.Name != "chart.png" || len(m.Buttons) != 1 || m.ReplyTo == 0 {
		t.Fatalf("got %+v", m)
	}
	d := w.drawn[0]
	if d.Title != "main-db, 1 ч" || d.Unmeasured != "нет данных" || d.Duration(1500*time.Microsecond) != "1,5 мс" || d.Duration(time.Second) != "1 с" || d.Date(epoch) != "1 марта" || d.Zone != time.UTC {
		t.Errorf("the drawing says %+v, %s, %s", d, d.Duration(1500*time.Microsecond), d.Date(epoch))
	}
}
