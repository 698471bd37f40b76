package bot_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/ops"
	"opsbot/sandbox/botapi"
)

// changing are the commands that change something, with what has to be before, and the button that does the same; "" is none.
func changing() map[string]changingRow {
	return map[string]changingRow{
		ops.ActionAck:         {line: "/ack 1", button: "Ack"},
		ops.ActionUnack:       {before: []string{"admin@ops: /ack 1"}, line: "/unack 1", button: "Un-ack"},
		ops.ActionMute:        {line: "/mute 1h main-db -- update", before: []string{"admin@ops presses 2"}, button: "1 h"},
		ops.ActionUnmute:      {before: []string{"admin@ops: /mute 1h main-db"}, line: "/unmute 1", button: "Undo"},
		ops.ActionExtend:      {before: []string{"admin@ops: /mute 1h main-db"}, line: "/extend 1 1h"},
		ops.ActionMaintenance: {line: "/maintenance 22:00 2h main-db", audited: "mute"},
		ops.ActionClose:       {before: []string{"!event icinga web1"}, line: "/events close icinga/web1"},
		ops.ActionTakeover:    {before: []string{"!oncall primary"}, line: "/takeover vera 1h"},
		ops.ActionHandback:    {before: []string{"!oncall primary", "admin@ops: /takeover vera 1h"}, line: "/handback 1", button: "Undo"},
		ops.ActionPage:        {before: []string{"!oncall primary", "admin@ops: /page boris the shop is slow"}, line: "/page anna the shop is slow", button: "📟 boris anyway"},
		ops.ActionEscalate:    {before: []string{"!oncall primary", "!escalate", "!wait 5s"}, line: "/escalate 1", button: "⏫ Next now"},
		ops.ActionCover:       {before: []string{"!oncall primary"}, line: "/cover anna vera"},
		ops.ActionCoverTake: {
			before: []string{"!oncall primary", "admin@ops: /cover anna vera"}, line: "/cover take 1 vera",
		},
		ops.ActionCoverRefuse: {before: []string{"!oncall primary", "admin@ops: /cover anna boris"}, line: "/cover refuse 1 boris"},
		ops.ActionCoverWithdraw: {
			before: []string{"!oncall primary", "admin@ops: /cover anna vera"}, line: "/cover withdraw 1", button: "Not needed",
		},
		ops.ActionNote:  {before: []string{"!break acme/store@web1 503", "admin@ops replies 1: /note client: a cable was faulty"}, line: "/note 1 cable replaced", button: "Confirm"},
		ops.ActionReset: {before: []string{"!heal licence"}, line: "/reset licence", button: "Reset"},
	}
}

// changingRow is a command, the lines before it, its button, and how the audit log calls it if not by its name.
type changingRow struct {
	before                []string
	line, button, audited string
}

// changeable is all that people can change about alerts.
func (w *world) changeable() string {
	var acks []model.Ack
	var notes []model.Note
	for _, in := range w.manager.OpenIncidents(model.Scope{}) {
		acks, notes = append(acks, in.Acks...), append(notes, in.Notes...)
	}
	body, err := json.Marshal([]any{w.manager.Mutes(), acks, notes, len(w.manager.OpenIncidents(model.Scope{})), len(w.manager.Events(model.Scope{})), w.takeovers(), w.paging(), w.covers()})
	w.ok(err)
	return string(body)
}

// after hands the last update on as a new run of the program does.
func (w *world) afterRestart(change func(in *restarted)) {
	in := w.last
	in.Interrupted, in.Age = true, 10*time.Second
	r := restarted{Resumed: in.Resumed, Age: in.Age, Shown: in.Shown}
	if change != nil {
		change(&r)
	}
	in.Resumed, in.Age, in.Shown = r.Resumed, r.Age, r.Shown
	w.clock.Advance(time.Second)
	w.bot.Handle(w.ctx, in)
}

// restarted is what the journal knows of an interrupted update.
type restarted struct {
	Resumed bool
	Age     time.Duration
	Shown   int
}

// asked are the ways to ask for a change: by a command, and by a button.
func (w *world) ask(line, button string) {
	w.Helper()
	if button == "" {
		w.post(admin, opsChat, line)
		w.wait()
		return
	}
	w.deliver()
	for _, m := range w.server.Messages(opsChat) {
		for _, row := range m.Buttons {
			for _, b := range row {
				if b.Text == button {
					_, err := w.server.Press(admin, opsChat, m.ID, b.Data)
					w.ok(err)
					w.wait()
					return
				}
			}
		}
	}
	w.Fatalf("no button %q:\n%s", button, w.everything())
}

// said is what was shown last, in a message or over the chat, since a picture was taken.
func (w *world) said(before picture) string { return strings.Join(w.since(before), "\n") }

// Whatever changes something, killed before: it was not done, that is said, and asking again does it. Killed after: it was done,
// once, and that is said.
func TestAChangeIsDoneOrSaidToBeUndone(t *testing.T) {
	rows := changing()
	for _, a := range ops.Table() {
		row, known := rows[a.Name]
		if !known {
			if ops.Changes(a.Name) {
				t.Errorf("%s has no row", a.Name)
			}
			continue
		}
		ways := []string{""}
		if row.button != "" {
			ways = append(ways, row.button)
		}
		for _, button := range ways {
			t.Run(a.Name+" "+button, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, options{language: "en"})
				w.order([]string{"break", "main-db", "licence"})
				w.deliver()
				for _, line := range row.before {
					w.do(line)
				}
				state := w.changeable()

				w.killed = true
				w.ask(row.line, button)
				w.killed = false
				seen := w.picture()
				w.afterRestart(nil)
				if got := w.said(seen); !strings.Contains(got, "Nothing was changed") || w.changeable() != state {
					t.Fatalf("killed before: it says %q; %s, was %s", got, w.changeable(), state)
				}

				w.clock.Advance(time.Second)
				if button == "" {
					w.ask("", "Send again")
				} else {
					w.ask("", button)
				}
				now := w.changeable()
				if now == state {
					t.Fatalf("asked again: nothing was done\n%s", w.everything())
				}
				seen = w.picture()
				w.afterRestart(nil)
				if got := w.said(seen); !strings.Contains(got, "✅ "+cmp.Or(row.audited, a.Name)) || w.changeable() != now {
					t.Errorf("killed after: it says %q; %s, was %s", got, w.changeable(), now)
				}
			})
		}
	}
}

// A button for one press, killed after it was used up and before it did anything, works again; one that did something does not.
func TestAQuestionThatWasInterrupted(t *testing.T) {
	w := newWorld(t, options{language: "en"})
	w.say(botapi.Post{From: admin, Chat: opsChat, Text: "/mute 1h all"})
	w.do("admin@ops: /mute 1h")
	w.killed = true
	w.ask("", "Mute")
	w.killed = false
	b, _, err := w.db.Button(w.ctx, w.last.Data)
	w.ok(err)
	b.Used = w.last.Update
	w.ok(w.db.PutButtons(w.ctx, map[string]model.Button{w.last.Data: b}))
	w.afterRestart(nil)
	before := len(w.manager.Mutes())
	w.ask("", "Mute")
	if n := len(w.manager.Mutes()); n != before+1 {
		t.Fatalf("pressed again: %d mutes, was %d\n%s", n, before, w.everything())
	}
	id := w.last.Message
	w.afterRestart(nil)
	for _, m := range w.server.Messages(opsChat) {
		if m.ID == id && (!strings.Contains(m.Text, "✅ mute") || len(m.Buttons) > 0) {
			t.Errorf("the question reads %q", m.Text)
		}
	}
	if n := len(w.manager.Mutes()); n != before+1 {
		t.Errorf("after the restart: %d mutes", n)
	}
}

// What only reads is run again while it is fresh, once, in the message that showed how far it was, if there was one.
func TestAReadThatWasInterrupted(t *testing.T) {
	for _, c := range []struct {
		name  string
		how   func(*restarted)
		shown bool
		says  []string
		not   string
	}{
		{"fresh", nil, false, []string{"role:", "(may be a repeat)"}, "restarted"},
		{"old", func(r *restarted) { r.Age = 10 * time.Minute }, false, []string{"restarted while it ran /whoami", "[1 Send again]"}, "role:"},
		{"interrupted twice", func(r *restarted) { r.Resumed = true }, false, []string{"restarted while it ran /whoami", "(may be a repeat)"}, "role:"},
		{"fresh with a message", nil, true, []string{"(edit, reply)", "role:"}, "repeat"},
		{"old with a message", func(r *restarted) { r.Age = time.Hour }, true, []string{"(edit, reply)", "restarted while it ran /whoami"}, "repeat"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, options{language: "en"})
			w.killed = true
			w.ask("/whoami", "")
			shown := 0
			if c.shown {
				w.killed = false
				w.say(botapi.Post{From: viewer, Chat: viewer, Text: "x"}) // the words do not matter
				w.killed = true
				w.ask("/whoami", "")
				in := w.last
				w.killed = false
				w.say(botapi.Post{From: admin, Chat: opsChat, Text: "/help"})
				w.last, shown = in, w.ours(opsChat, 1, false).ID
			}
			w.killed = false
			seen := w.picture()
			w.afterRestart(func(r *restarted) {
				r.Shown = shown
				if c.how != nil {
					c.how(r)
				}
			})
			got := w.said(seen)
			for _, part := range c.says {
				if !strings.Contains(got, part) {
					t.Errorf("it says %q, wanted %q", got, part)
				}
			}
			if strings.Contains(got, c.not) {
				t.Errorf("it says %q, not wanted: %q", got, c.not)
			}
		})
	}
}

// A web test that a kill left at "Testing…" ends in the same message; a watch goes on there.
func TestAProgressThatWasInterrupted(t *testing.T) {
	for _, line := range []string{"/webtest all", "/webtest acme watch 2m"} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, options{language: "en"})
			w.say(botapi.Post{From: operator, Chat: opsChat, Text: line})
			first := w.last
			progress := w.ours(opsChat, 1, false)
			n := len(w.server.Messages(opsChat))
			w.last = first
			w.afterRestart(func(r *restarted) { r.Shown = progress.ID })
			if got := w.server.Messages(opsChat); len(got) != n || got[progress.ID-1].Edits <= progress.Edits {
				t.Errorf("%d messages, want %d; %+v\n%s", len(got), n, got[progress.ID-1], w.everything())
			}
		})
	}
}

// What an earlier version was in is not said to be undone: nobody can tell.
func TestWhatAnEarlierVersionWasIn(t *testing.T) {
	for _, button := range []string{"", "Ack"} {
		w := newWorld(t, options{language: "en"})
		w.order([]string{"break", "main-db"})
		w.killed = true
		w.ask("/ack 1", button)
		w.killed = false
		in, seen := w.last, w.picture()
		in.Interrupted, in.Untold = true, true
		w.bot.Handle(w.ctx, in)
		if got := w.said(seen); !strings.Contains(got, "carried out is unknown") || strings.Contains(got, "Nothing was changed") {
			t.Errorf("%q says %q", button, got)
		}
	}
}

// What is interrupted belongs to the person who asked: others see nothing of it, and those without rights get nothing.
func TestWhatWasInterruptedNeedsRights(t *testing.T) {
	w := newWorld(t, options{language: "en"})
	w.killed = true
	w.ask("/mute 1h main-db", "")
	w.killed = false
	in := w.last
	in.Interrupted, in.User.ID, in.Chat.ID = true, unmapped, elsewhere
	w.bot.Handle(w.ctx, in)
	if n := len(w.server.Messages(elsewhere)); n != 0 {
		t.Errorf("%d messages for a stranger", n)
	}
	for i, text := range []string{"hello", "/mute@other 1h main-db"} {
		in := w.last
		in.Interrupted, in.Text, in.Update = true, text, 1000+i
		before := len(w.server.Messages(opsChat))
		w.bot.Handle(w.ctx, in)
		if n := len(w.server.Messages(opsChat)) - before; n != 0 {
			t.Errorf("%d answers to %q", n, fmt.Sprint(text))
		}
	}
}

// Letting in, killed before: nobody was let in, that is said, and asking again does it. Killed after: it was done, once, and that is said.
func TestLettingInThatWasInterrupted(t *testing.T) {
	w := newWorld(t, options{language: "en"})
	killed := func(do func(), action, says string) {
		t.Helper()
		w.killed = true
		do()
		w.killed = false
		seen := w.picture()
		w.afterRestart(nil)
		if got := w.said(seen); !strings.Contains(got, says) || len(w.audited(action)) > 0 != (says == "Welcome") {
			t.Fatalf("%s, killed before: it says %q", action, got)
		}
		if says != "Welcome" { // which ran again, since it had done nothing
			w.clock.Advance(time.Second)
			do()
		}
		seen = w.picture()
		w.afterRestart(nil)
		if got := w.said(seen); !strings.Contains(got, "✅ "+action) || len(w.audited(action)) != 1 {
			t.Errorf("%s, killed after: it says %q, %d lines of audit", action, got, len(w.audited(action)))
		}
	}
	killed(func() { w.do("admin: /invite operator acme") }, "invite", "Nothing was changed")
	killed(func() { w.do("stranger: /start {invite}") }, "join", "Welcome")
	killed(func() { w.do("admin: /users remove 4") }, "put_out", "Nothing was changed")
	w.do("admin@elsewhere: /status")
	w.do("admin@elsewhere presses 1")
	killed(func() { w.do("admin@elsewhere presses 1") }, "let_in", "again")
	if a, known := w.people.Actor(ops.Who{User: 99, Chat: elsewhere}); !known || a.Role != model.RoleViewer {
		t.Errorf("a member of the group is %+v, %v", a, known)
	}
}

// TestRightsThatWereInterrupted: what somebody may do is changed, or said not to be.
func TestRightsThatWereInterrupted(t *testing.T) {
	w := newWorld(t, options{language: "en"})
	w.do("admin: /invite viewer")
	w.do("stranger: /start {invite}")
	w.killed = true
	w.say(botapi.Post{From: admin, Chat: admin, Text: "/users 4 role operator"})
	w.killed = false
	seen := w.picture()
	w.afterRestart(nil)
	if got := w.said(seen); !strings.Contains(got, "Nothing was changed") {
		t.Errorf("killed before: it says %q", got)
	}
	w.do("admin: /users 4 role operator")
	seen = w.picture()
	w.afterRestart(nil)
	if got := w.said(seen); !strings.Contains(got, "✅ rights 4 Stranger: operator all") {
		t.Errorf("killed after: it says %q", got)
	}
}
