package bot_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"opsbot/bot/telegram"
	"opsbot/model"
	"opsbot/sandbox/botapi"
)

// texted is a message as the poller hands it over.
func texted(user model.UserID, chat model.ChatID, text string) telegram.Incoming {
	in := telegram.Incoming{Kind: telegram.KindText, Text: text, Message: 1, User: telegram.User{ID: user, Language: "en"}}
	in.Chat = telegram.Chat{ID: chat, Type: "supergroup"}
	if int64(user) == int64(chat) {
		in.Chat.Type = "private"
	}
	return in
}

func TestWhatCameTooLateOrWasCutOffIsSaidAndNotRun(t *testing.T) {
	for _, c := range []struct {
		name     string
		in       telegram.Incoming
		mark     func(*telegram.Incoming)
		says     string
		silently bool
	}{
		{"late command", texted(operator, opsChat, "/mute 1h main-db"), late, "arrived too late", false},
		{"late words in private", texted(operator, operator, "hello"), late, "", true},
		{"cut off command", texted(operator, operator, "/mute 1h main-db"), cutOff, "restarted before it ran /mute 1h main-db. Nothing was changed", false},
		{"late command for another bot", texted(operator, opsChat, "/mute@other 1h main-db"), late, "", true},
		{"late code", texted(unmapped, unmapped, "/start ABC"), late, "You have no access", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, options{language: "en"})
			c.mark(&c.in)
			w.bot.Handle(w.ctx, c.in)
			messages := w.server.Messages(int64(c.in.Chat.ID))
			if c.silently {
				if len(messages) != 0 {
					t.Errorf("it answered %q", messages[0].Text)
				}
			} else if len(messages) != 1 || !strings.Contains(messages[0].Text, c.says) {
				t.Errorf("it answered %+v, wanted %q", messages, c.says)
			}
			if len(w.manager.Mutes()) != 0 {
				t.Error("it was run all the same")
			}
		})
	}
}

func late(in *telegram.Incoming)   { in.Late = true }
func cutOff(in *telegram.Incoming) { in.Interrupted = true }

// Whoever writes in the name of a chat or of somebody else, or is a bot, orders nothing, whatever rights they have.
func TestOrdersAreOnesOwn(t *testing.T) {
	w := newWorld(t, options{language: "en"})
	for name, change := range map[string]func(*telegram.Incoming){
		"a bot":                  func(in *telegram.Incoming) { in.User.Bot = true },
		"an anonymous admin":     func(in *telegram.Incoming) { in.SenderChat = opsChat },
		"forwarded":              func(in *telegram.Incoming) { in.Forwarded = true },
		"made by an inline bot":  func(in *telegram.Incoming) { in.ViaBot = true },
		"without a sender":       func(in *telegram.Incoming) { in.User.ID = 0 },
		"a channel":              func(in *telegram.Incoming) { in.Chat.Type = "channel" },
		"a member joined":        func(in *telegram.Incoming) { in.Kind = telegram.KindMember },
		"nobody's chat":          func(in *telegram.Incoming) { in.Chat.ID = 0 },
		"another's private chat": func(in *telegram.Incoming) { in.Chat = telegram.Chat{ID: 77, Type: "private"}; in.User.ID = 78 },
	} {
		in := texted(admin, opsChat, "/mute 1h main-db")
		change(&in)
		w.bot.Handle(w.ctx, in)
		if len(w.manager.Mutes()) != 0 {
			t.Fatalf("%s: it was obeyed", name)
		}
		if w.bot.Knows(in) {
			t.Errorf("%s: it has a place among orders", name)
		}
	}
	if n := len(w.server.Messages(opsChat)); n != 0 {
		t.Errorf("%d answers to what should be met with silence", n)
	}
	if !w.bot.Knows(texted(viewer, opsChat, "/status")) || w.bot.Knows(texted(unmapped, unmapped, "/status")) {
		t.Error("a member's order has no place, or a stranger's has one")
	}
}

// Unmapped cannot make the bot write without end: one audit line an hour for each of them.
func TestOutsidersCannotFillTheAuditLog(t *testing.T) {
	w := newWorld(t, options{language: "en"})
	for range 50 {
		w.bot.Handle(w.ctx, texted(unmapped, unmapped, "/start GUESSING"))
		w.bot.Handle(w.ctx, texted(unmapped, unmapped, "/status"))
	}
	lines, err := w.db.AuditSince(w.ctx, epoch, 1000)
	w.ok(err)
	if len(lines) != 1 || lines[0].Action != "refused" || lines[0].Actor.User != unmapped {
		t.Errorf("the audit log has %d lines: %+v", len(lines), lines)
	}
	if n := len(w.server.Messages(unmapped)); n != 1 {
		t.Errorf("%d answers, wanted one", n)
	}
}

// A long run does not hold up its chat, shows how far it is, is joined by whoever asks for the same, and both get the
// result.
func TestTwoAskForEverything(t *testing.T) {
	w := newWorld(t, options{language: "en"})
	w.engine.hold, w.engine.began = make(chan struct{}), make(chan struct{}, 1)
	w.post(operator, opsChat, "/webtest all")
	w.receive(w.engine.began)
	w.ok(w.clock.WaitTimer(w.ctx, 0, time.Second))
	w.clock.Advance(time.Second)
	w.saw(opsChat, "of 7, 0 failed")
	w.post(viewer, opsChat, "/whoami") // the chat goes on
	w.saw(opsChat, "Viktor")
	w.post(admin, admin, "/webtest all")
	w.engine.set("beta/support@web3", model.StatusFail, reasons["503"])
	close(w.engine.hold)
	for _, chat := range []int64{opsChat, admin} {
		if m := w.saw(chat, "1 of 2 clients down"); !strings.Contains(m.Text, "1 failed") {
			t.Errorf("chat %d reads %q", chat, m.Text)
		}
	}
	for range 3 {
		w.wait()
	}
	if lines := w.audited("webtest"); len(lines) != 2 {
		t.Errorf("%d lines of audit for two who asked: %+v", len(lines), lines)
	}
	for _, m := range w.server.Messages(opsChat) {
		if m.FromBot && strings.HasPrefix(m.Text, "⏳") {
			t.Errorf("the progress stands beside the result: %q", m.Text)
		}
	}
}

// A client may be called as a service or a check is: buttons still mean what they show.
func TestButtonsMeanWhatTheyShow(t *testing.T) {
	w := newWorld(t, options{language: "en", fleet: fleetOf([]string{"store/store@store", "acme/store@web1"}, "acme", "latch")})
	w.runScheduled("store/store@store", "acme/store@web1", "acme", "latch")
	for _, line := range []string{"/clients status 1", "/clients webtest 1"} {
		for n := range 2 {
			w.do("viewer: " + line)
			label := w.ours(viewer, 1, true).Buttons[0][n].Text
			w.do(fmt.Sprintf("viewer presses %d", n+1))
			if first, _, _ := strings.Cut(w.ours(viewer, 1, false).Text, "\n"); !strings.Contains(first, strings.Fields(label)[1]) || strings.Contains(first, "could be") {
				t.Errorf("%s: the button %q shows %q", line, label, first)
			}
		}
	}
	w.do("viewer: /check check:acme")
	w.do("viewer presses 1")
	if m := w.ours(viewer, 1, false); !strings.HasPrefix(m.Text, "🟢 acme: ok") || m.Edits != 1 {
		t.Errorf("again shows %q", m.Text)
	}
}

func (w *world) post(user, chat int64, text string) {
	w.Helper()
	_, err := w.server.Post(botapi.Post{From: user, Chat: chat, Text: text})
	w.ok(err)
}

func (w *world) receive(c <-chan struct{}) {
	w.Helper()
	select {
	case <-c:
	case <-w.ctx.Done():
		w.Fatal("nothing happened")
	}
}

// saw waits for a message of the bot.
func (w *world) saw(chat int64, part string) botapi.Message {
	w.Helper()
	m, err := w.server.WaitMessage(w.ctx, chat, func(m botapi.Message) bool { return m.FromBot && strings.Contains(m.Text, part) })
	if err != nil {
		w.Fatalf("no %q in %d: %v", part, chat, err)
	}
	return m
}

func (w *world) audited(action string) []model.AuditEntry {
	w.Helper()
	all, err := w.db.AuditSince(w.ctx, epoch, 1000)
	w.ok(err)
	var found []model.AuditEntry
	for _, line := range all {
		if line.Action == action {
			found = append(found, line)
		}
	}
	return found
}

// 2,000 clients with 4 services on 3 hosts each: a phone's screen, pages behind buttons.
func TestLargeFleetFitsAPhone(t *testing.T) {
	var all []string
	for c := range 2000 {
		for _, service := range []string{"reports", "support", "analytics", "store"} {
			for h := range 3 {
				all = append(all, fmt.Sprintf("client%04d/%s@c%04d-web%d", c, service, c, h+1))
			}
		}
	}
	w := newWorld(t, options{language: "en", fleet: fleetOf(all)})
	var seen []model.Result
	for i, id := range all {
		if i%12 < 5 && i/12%4 == 0 { // 500 clients are in trouble
			w.engine.set(model.CheckID(id), model.StatusFail, reasons["timeout"])
		}
		seen = append(seen, w.engine.see(model.CheckID(id)))
	}
	w.ok(w.manager.Handle(w.ctx, seen...))
	w.judge(0)
	for _, line := range []string{
		"/status", "/status reports", "/status client0000", "/status c0000-web1", "/clients status 200", "/webtest", "/mutes", "/more 3 reports",
		"/mute 1h reports", "/check reports", "/webtest all",
	} {
		w.bot.Handle(w.ctx, texted(operator, opsChat, line))
		m := w.ours(opsChat, 1, false)
		if lines := strings.Count(m.Text, "\n") + 1; lines > 24 {
			t.Errorf("%s: %d lines:\n%s", line, lines, m.Text)
		}
	}
	w.bot.Handle(w.ctx, texted(operator, opsChat, "/status"))
	if m := w.ours(opsChat, 1, false); !strings.HasPrefix(m.Text, "🔴 500 of 2000 clients down") {
		t.Errorf("the fleet reads:\n%s", m.Text)
	}
	w.bot.Handle(w.ctx, texted(operator, opsChat, "/clients status 2"))
	if m := w.ours(opsChat, 1, true); !strings.Contains(m.Text, "of 2000") || !strings.Contains(fmt.Sprint(m.Buttons), "‹ 1") || !strings.Contains(fmt.Sprint(m.Buttons), "+1984 more ›") {
		t.Errorf("the second page of the picker: %q %v", m.Text, m.Buttons)
	}
}
