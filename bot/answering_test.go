package bot_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"opsbot/bot/telegram"
	"opsbot/model"
	"opsbot/sandbox/botapi"
)

// movedOps is the new id of the ops chat, in the fault that moves it.
const movedOps = -1009

// answerFault is one way in which Telegram meets an answer.
type answerFault struct {
	botapi.Fault
	name    string
	refused bool // the connection, instead of Fault
}

// answerFaults are all ways, before the call has its effect and after.
func answerFaults() (all []answerFault) {
	all = append(all, answerFault{name: "connection refused", refused: true})
	add := func(f botapi.Fault, name string) { all = append(all, answerFault{Fault: f, name: name}) }
	for _, kind := range []botapi.FaultKind{
		botapi.FaultServer, botapi.FaultHTML502, botapi.FaultHTML200, botapi.FaultEmpty, botapi.FaultCut, botapi.FaultNull,
		botapi.FaultReset, botapi.FaultHang,
	} {
		add(botapi.Fault{Kind: kind}, string(kind)+" before")
		add(botapi.Fault{Kind: kind, After: true}, string(kind)+" after")
		add(botapi.Fault{Kind: kind, Times: 3}, string(kind)+" three times")
	}
	add(botapi.Fault{Kind: botapi.FaultFlood, RetryAfter: 5}, "429 for 5 s")
	add(botapi.Fault{Kind: botapi.FaultFloodString, RetryAfter: 5}, "429 as a string")
	add(botapi.Fault{Kind: botapi.FaultFloodMissing}, "429 without a number")
	add(botapi.Fault{Kind: botapi.FaultUnauthorized, Times: 2}, "401 twice")
	add(botapi.Fault{Kind: botapi.FaultBadRequest, To: "Bad Request: message to edit not found"}, "message to edit not found")
	add(botapi.Fault{Kind: botapi.FaultBadRequest, To: "Bad Request: message to be replied not found"}, "message to be replied not found")
	add(botapi.Fault{Kind: botapi.FaultBadRequest, To: "Bad Request: chat not found", Times: -1}, "chat not found")
	add(botapi.Fault{Kind: botapi.FaultForbidden, Times: -1}, "403")
	add(botapi.Fault{Kind: botapi.FaultMigrated, MigrateTo: movedOps, Times: -1}, "migrated")
	return all
}

// answerKind is one kind of answer: what is done to get it, which calls may fail, and what the person reads in the end.
type answerKind struct {
	name  string
	calls []string
	ask   func(w *world)
	reads string
	file  bool // it is a document
	toast bool // it is over the chat
}

func answerKinds() []answerKind {
	say := func(who int64, text string) func(*world) {
		return func(w *world) { w.post(who, opsChat, text) }
	}
	return []answerKind{
		{name: "plain", calls: []string{"sendMessage"}, ask: say(viewer, "/whoami"), reads: "Viktor"},
		{name: "error", calls: []string{"sendMessage"}, ask: say(operator, "/mute 1h nosuch"), reads: "nosuch"},
		{name: "list", calls: []string{"sendMessage"}, ask: say(admin, "/audit"), reads: "40 "},
		{name: "document", calls: []string{"sendDocument"}, ask: say(admin, "/more all /audit"), reads: "target-39", file: true},
		{name: "photo", calls: []string{"sendPhoto"}, ask: say(viewer, "/chart acme"), reads: "acme", file: true},
		{name: "progress", calls: []string{"sendMessage"}, ask: slowly(operator, "/webtest all"), reads: "7 ok"},
		{name: "end of progress", calls: []string{"editMessageText"}, ask: slowly(operator, "/webtest all"), reads: "7 ok"},
		{name: "press that edits", calls: []string{"editMessageText"}, ask: pressed("Mute"), reads: "Muted until"},
		{name: "press", calls: []string{"answerCallbackQuery"}, ask: pressed("Mute"), reads: "Muted until"},
		{name: "press that shows nothing else", calls: []string{"answerCallbackQuery"}, ask: pressed("Ack"), reads: "Acknowledged", toast: true},
	}
}

// slowly asks for a run that lasts until its progress message is on its way. One that found nobody at the other end is not sent again, and no call: then
// the run goes on without.
func slowly(who int64, text string) func(*world) {
	return func(w *world) {
		all := w.server.Calls()
		last, release := all[len(all)-1].Seq, w.engine.holdRuns()
		defer release()
		w.post(who, opsChat, text)
		ctx, cancel := context.WithTimeout(w.ctx, 10*time.Second)
		defer cancel()
		_, err := w.server.WaitCall(ctx, func(c botapi.Call) bool { return c.Seq > last && c.Method == "sendmessage" })
		if w.ctx.Err() != nil {
			w.ok(err)
		}
	}
}

// pressed presses a button of the last message that has one so named, as the operator.
func pressed(label string) func(*world) {
	return func(w *world) {
		for _, m := range slices.Backward(w.server.Messages(opsChat)) {
			for _, b := range slices.Concat(m.Buttons...) {
				if b.Text == label {
					_, err := w.server.Press(operator, opsChat, m.ID, b.Data)
					w.ok(err)
					return
				}
			}
		}
		w.Fatalf("no button %q", label)
	}
}

// Whatever Telegram answers, the person gets the answer: once, or with a mark on all but the first. What a group does not take
// arrives in private.
func TestEveryFaultAtEveryAnswer(t *testing.T) {
	for at, kind := range answerKinds() {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			w := answerWorld(t)
			for i, fault := range answerFaults() {
				if underRace && (i+at)%6 != 0 {
					continue
				}
				w.clock.Advance(time.Minute)
				w.say(botapi.Post{From: operator, Chat: opsChat, Text: "/mute 1h"})
				seen := w.picture()
				w.fault(kind, fault)
				kind.ask(w)
				w.wait()
				w.server.Heal()
				w.taken = nil
				w.answeredOnce(fault.name, kind, seen)
			}
		})
	}
}

// answerWorld has an incident, a long audit log, some history, and a clock that goes on while somebody waits for a little.
func answerWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, options{
		language: "en", timeouts: telegram.Timeouts{Text: 400 * time.Millisecond, Upload: 400 * time.Millisecond}, within: 3 * time.Minute,
	})
	w.server.AddChat(botapi.Chat{ID: movedOps, Type: "supergroup", Title: "ops"})
	w.order(strings.Fields("watch 10m acme/reports@web1"))
	w.order([]string{"break", "main-db"})
	w.deliver()
	for i := range 40 {
		w.ok(w.db.Audit(w.ctx, model.AuditEntry{At: w.clock.Now(), Action: "check", Target: fmt.Sprintf("target-%d", i), Result: "ok"}))
	}
	ctx, cancel := context.WithCancel(w.ctx)
	var running sync.WaitGroup
	running.Go(func() {
		for w.clock.WaitTimer(ctx, 0, 5*time.Second) == nil {
			_ = w.server.Plug() // it is tried again
			w.clock.Advance(time.Second)
		}
	})
	w.Cleanup(func() { // before the poller ends, which gives its handlers some time
		cancel()
		running.Wait()
	})
	return w
}

// fault breaks the calls of an answer as soon as its update is taken.
func (w *world) fault(kind answerKind, f answerFault) {
	w.taken = func() {
		if f.refused {
			w.server.Unplug()
			return
		}
		for _, method := range kind.calls {
			one := f.Fault
			one.Method = method
			if one.Times < 0 && method != "answerCallbackQuery" {
				one.Chat = opsChat
			}
			w.server.Break(one)
		}
	}
}

// answeredOnce looks at what people read since then.
func (w *world) answeredOnce(fault string, kind answerKind, seen picture) {
	w.Helper()
	var found []string
	for _, chat := range append(w.everywhere(), movedOps) {
		for _, m := range w.server.Messages(chat) {
			edits, known := seen.edits[chat][m.ID]
			if chat == movedOps {
				known, edits = m.Date.Before(w.clock.Now().Add(-30*time.Second)), m.Edits
			}
			if m.FromBot && (!known || m.Edits != edits) && kind.isIn(&m) {
				found = append(found, m.Text)
			}
		}
	}
	for _, a := range w.server.Answers(0)[seen.answers:] {
		if kind.toast && strings.Contains(a.Text, kind.reads) {
			found = append(found, a.Text)
		}
	}
	if len(found) == 0 {
		w.Errorf("%s: no answer:\n%s", fault, w.everything())
		return
	}
	for _, text := range found[1:] {
		if !strings.Contains(text, "(may be a repeat)") {
			w.Errorf("%s: %d answers, one is not marked as a repeat: %q\n%s", fault, len(found), text, w.everything())
		}
	}
}

// isIn reports whether a message is such an answer.
func (k *answerKind) isIn(m *botapi.Message) bool {
	if !k.file {
		return strings.Contains(m.Text, k.reads)
	}
	return m.File != nil && strings.Contains(m.Text+string(m.File.Content), k.reads)
}

// everything is what the chats show, the last of it.
func (w *world) everything() string {
	var b strings.Builder
	for _, chat := range append(w.everywhere(), movedOps) {
		all := w.server.Messages(chat)
		for _, m := range all[max(0, len(all)-5):] {
			fmt.Fprintf(&b, "%d #%d (bot %t, %d edits): %.120q\n", chat, m.ID, m.FromBot, m.Edits, m.Text)
		}
	}
	return b.String()
}

// An answer that Telegram asked to wait for says how late it is; one that nobody takes is given up after a while, and is in the log
// with whom it was for; the chat goes on after it.
func TestAnswersThatWaitLong(t *testing.T) {
	w := newWorld(t, options{language: "en"})
	var log strings.Builder
	w.log.SetOutput(&log)
	defer w.clock.Run(10*time.Second, 30*time.Minute)()
	w.server.Break(botapi.Fault{Kind: botapi.FaultFlood, Method: "sendMessage", RetryAfter: 1200})
	w.bot.Handle(w.ctx, texted(viewer, viewer, "/whoami"))
	late := regexp.MustCompile(`⏱ ([7-9]|1[0-2]) min( [1-5]0 s)? late`) // the clock runs on, by 10 s, while a call is under way, however long that is
	if m := w.ours(viewer, 1, false); !strings.Contains(m.Text, "id 3") || !late.MatchString(m.Text) {
		t.Errorf("after a wait of 20 minutes, half of which the chat may have taken something: %q", m.Text)
	}

	w.server.Break(botapi.Fault{Kind: botapi.FaultServer, Method: "sendMessage", Chat: viewer, Times: -1})
	before := len(w.server.Calls("sendMessage"))
	w.bot.Handle(w.ctx, texted(viewer, viewer, "/whoami"))
	if n := len(w.server.Calls("sendMessage")) - before; n < 10 || n > 60 {
		t.Errorf("%d tries in 15 minutes", n)
	}
	if text := log.String(); !strings.Contains(text, "an answer was given up") || !strings.Contains(text, "user=3") {
		t.Errorf("the log reads %q", text)
	}
	w.server.Heal()
	w.bot.Handle(w.ctx, texted(viewer, viewer, "/help"))
	if m := w.ours(viewer, 1, false); !strings.Contains(m.Text, "/status") {
		t.Errorf("after it: %q", m.Text)
	}
}

// What nobody takes, the group nor the person, is in the log.
func TestAnswersForNobody(t *testing.T) {
	w := newWorld(t, options{language: "en"})
	var log strings.Builder
	w.log.SetOutput(&log)
	w.server.Break(botapi.Fault{Kind: botapi.FaultForbidden, Method: "sendMessage", Times: -1})
	w.say(botapi.Post{From: viewer, Chat: opsChat, Text: "/whoami"})
	if n := len(w.server.Calls("sendMessage")); n != 2 {
		t.Errorf("%d tries, want the group and the person", n)
	}
	if text := log.String(); !strings.Contains(text, "an answer was given up") {
		t.Errorf("the log reads %q", text)
	}
}
