package bot_test

import (
	"strings"
	"testing"
	"time"

	"opsbot/sandbox/botapi"
)

// runs are the commands that have a progress message, each with how that begins.
var runs = map[string]string{
	"/webtest all":      "⏳ Testing:",
	"/webtest acme":     "⏳ Testing:",
	"/impact":           "👁 verifying",
	"/logs web1 access": "Reading the logs",
}

func runWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, options{language: "en"})
	w.order(strings.Fields("log web1 access 3 {at} GET / 500"))
	w.order(strings.Fields("event icinga web1"))
	w.deliver()
	return w
}

// A run that is over soon answers once: its chat's one message a second is left for the answer.
func TestAQuickRunAnswersOnce(t *testing.T) {
	for line := range runs {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			w := runWorld(t)
			sent, edited := len(w.server.Calls("sendMessage")), len(w.server.Calls("editMessageText"))
			w.say(botapi.Post{From: operator, Chat: operator, Text: line})
			if n := len(w.server.Calls("sendMessage")) - sent; n != 1 {
				t.Errorf("%d messages:\n%s", n, w.everything())
			}
			if n := len(w.server.Calls("editMessageText")) - edited; n != 0 {
				t.Errorf("%d edits", n)
			}
			if m := w.ours(operator, 1, false); strings.HasPrefix(m.Text, runs[line]) {
				t.Errorf("it reads %q", m.Text)
			}
		})
	}
}

// A run that lasts says so after 400 ms, and its answer takes the place of that.
func TestALongRunShowsHowFarItIs(t *testing.T) {
	for _, line := range []string{"/webtest all", "/webtest acme", "/impact"} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			w := runWorld(t)
			release := w.engine.holdRuns()
			w.post(operator, operator, line)
			w.ok(w.clock.WaitTimer(w.ctx, 400*time.Millisecond, 400*time.Millisecond))
			w.clock.Advance(399 * time.Millisecond)
			if n := len(w.server.Messages(operator)); n != 1 {
				t.Errorf("%d messages before that: %s", n, w.everything())
			}
			w.clock.Advance(time.Millisecond)
			progress := w.saw(operator, runs[line])
			release()
			w.wait()
			if m := w.ours(operator, 1, false); m.ID != progress.ID || m.Edits == 0 || strings.HasPrefix(m.Text, runs[line]) {
				t.Errorf("the answer is #%d, edited %d times: %q", m.ID, m.Edits, m.Text)
			}
		})
	}
}
