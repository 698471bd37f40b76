package bot_test

import (
	"strings"
	"testing"

	"opsbot/model"
	"opsbot/ops"
)

// On a disk that is full every command that only reads is answered as ever, and each that changes something says that nothing
// was changed, and why. So do buttons.
func TestCommandsOnAFullDisk(t *testing.T) {
	w := newWorld(t, options{language: "en", pages: 160})
	w.order([]string{"break", "main-db"})
	w.deliver()
	w.order(strings.Fields("watch 10m acme/reports@web1"))
	var full error
	for n := 0; full == nil && n < 20_000; n++ {
		full = w.db.Audit(w.ctx, model.AuditEntry{At: w.clock.Now(), Action: "check", Target: strings.Repeat("x", 500), Result: "ok"})
	}
	if model.CodeOf(full) != model.ErrStore {
		t.Fatalf("the disk takes everything: %v", full)
	}
	before, state := len(w.server.Messages(opsChat)), w.changeable()
	for i, line := range []string{
		"/status", "/status sources", "/incidents", "/mutes", "/check main-db", "/webtest acme", "/history", "/why main-db", "/whatif web1", "/impact",
		"/unmapped", "/chart acme", "/report acme", "/audit", "/users", "/whoami", "/help", "/clients", "/sources", "/recheck 1", "/logs web1",
		"/events", "/ack 1", "/unack 1", "/mute 1h main-db", "/unmute 1", "/extend 1 1h", "/maintenance 22:00 2h main-db", "/reset licence",
	} {
		in := texted(admin, opsChat, line)
		in.Update, in.Unkept = 100+i, full
		w.bot.Handle(w.ctx, in)
		all := w.server.Messages(opsChat)[before:]
		before += len(all)
		if len(all) == 0 {
			t.Errorf("%s: no answer", line)
			continue
		}
		name, _, _ := strings.Cut(line[1:], " ")
		refused := strings.Contains(all[0].Text, "Nothing was changed: the database rejects writes (the disk is full)")
		if refused != (ops.Changes(name) && line != "/events") || !refused && strings.Contains(all[0].Text, "rejects writes") {
			t.Errorf("%s: %q", line, all[0].Text)
		}
	}
	if got := w.changeable(); got != state {
		t.Errorf("something was changed: %s, was %s", got, state)
	}
	w.pressOnAFullDisk(full)
}

func (w *world) pressOnAFullDisk(full error) {
	w.Helper()
	w.killed = true // what follows handles it
	_, err := w.server.Press(admin, opsChat, 1, buttonNamed(w.T, w.server.Messages(opsChat)[0], "Ack"))
	w.ok(err)
	w.wait()
	in, seen := w.last, w.picture()
	in.Unkept = full
	w.bot.Handle(w.ctx, in)
	if got := w.said(seen); !strings.Contains(got, "box for admin: Nothing was changed") || w.openAcks() > 0 {
		w.Errorf("a press: %q, %d acks", got, w.openAcks())
	}
}
