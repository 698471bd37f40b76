package telegram_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"opsbot/bot/telegram"
	"opsbot/model"
	"opsbot/sandbox/botapi"
)

func TestSendShowsWhatWasMeant(t *testing.T) {
	b := newBench(t)
	s := b.free()
	first := must(s.Send(b.ctx, telegram.Outgoing{
		Chat: forum, Topic: topic, HTML: "<b>down</b> a &lt; b", Silent: true,
		Buttons: [][]telegram.Button{{{Text: "Mute", Data: "m1"}, {Text: "Open", URL: "https://example.com"}}},
	}))(t)
	must(s.Send(b.ctx, telegram.Outgoing{Chat: forum, Topic: 1, ReplyTo: first.Message, HTML: "second"}))(t)
	must(s.Send(b.ctx, telegram.Outgoing{Chat: forum, ReplyTo: 9999, HTML: "reply to nothing"}))(t)

	m := b.server.Messages(forum)
	if m[0].Text != "down a < b" || m[0].Topic != topic || !m[0].Silent || m[0].ID != first.Message {
		t.Errorf("first message: %+v", m[0])
	}
	if want := []botapi.Button{{Text: "Mute", Data: "m1"}, {Text: "Open", URL: "https://example.com"}}; !slices.Equal(m[0].Buttons[0], want) {
		t.Errorf("buttons: got %+v, want %+v", m[0].Buttons, want)
	}
	if m[1].Topic != 0 || m[1].ReplyTo != first.Message {
		t.Errorf("the general topic must be sent as none, and the reply kept: %+v", m[1])
	}
	if m[2].ReplyTo != 0 {
		t.Errorf("a reply to a message that is gone must be sent all the same: %+v", m[2])
	}
}

func TestEdit(t *testing.T) {
	b := newBench(t)
	s := b.free()
	o := telegram.Outgoing{Chat: group, HTML: "one", Buttons: [][]telegram.Button{{{Text: "x", Data: "x"}}}}
	id := must(s.Send(b.ctx, o))(t).Message
	for _, html := range []string{"two", "two", "a <nonsense> b"} { // the second is not a change
		o.HTML = html
		if err := s.Edit(b.ctx, id, o); err != nil {
			t.Fatalf("edit to %q: %v", html, err)
		}
	}
	m := b.server.Messages(group)[0]
	if m.Edits != 2 || m.Text != "a  b" || len(m.Buttons) != 1 {
		t.Errorf("got %+v", m)
	}
	if err := s.Edit(b.ctx, 4711, o); failure(err) != model.SendGone {
		t.Errorf("edit of a message that is not there: got %v, want gone", err)
	}
}

func TestDeleteTwiceIsSuccess(t *testing.T) {
	b := newBench(t)
	s := b.free()
	id := must(s.Send(b.ctx, text(group, "x")))(t).Message
	for range 2 {
		if err := s.Delete(b.ctx, group, id); err != nil {
			t.Fatal(err)
		}
	}
	if !b.server.Messages(group)[0].Deleted {
		t.Error("it is still there")
	}
}

func TestFiles(t *testing.T) {
	b := newBench(t)
	s := b.free()
	must(s.SendDocument(b.ctx, text(group, "<b>report</b>"), telegram.File{Name: "r.csv", Data: []byte("a,b\n")}))(t)
	must(s.SendPhoto(b.ctx, text(group, ""), telegram.File{Name: "p.png", Data: picture(t)}))(t)
	m := b.server.Messages(group)
	if m[0].File.Name != "r.csv" || string(m[0].File.Content) != "a,b\n" || m[0].Text != "report" {
		t.Errorf("document: %+v %+v", m[0], m[0].File)
	}
	if m[1].File.Kind != "photo" {
		t.Errorf("photo: %+v", m[1].File)
	}
}

// A document's bytes must be sent again after a refused try: telebot alone would upload nothing, and call it success.
func TestUploadSurvivesFloodAndDeadRoute(t *testing.T) {
	b := newBench(t)
	b.server.Break(botapi.Fault{Kind: botapi.FaultFlood, Method: "sendDocument", RetryAfter: 1})
	dead := must(botapi.Start(botapi.Options{}))(t)
	dead.Close()
	c := b.newClient(telegram.Options{APIURLs: []string{dead.URL(), b.server.URL()}})
	s := telegram.NewSender(c, telegram.SenderOptions{Limits: freely()})
	must(s.SendDocument(b.ctx, text(group, ""), telegram.File{Name: "r.txt", Data: []byte("content")}))(t)
	if m := b.server.Messages(group); string(m[0].File.Content) != "content" {
		t.Errorf("got %q", m[0].File.Content)
	}
}

func TestRefusedBeforeSending(t *testing.T) {
	b := newBench(t)
	s := b.free()
	long := strings.Repeat("😀", telegram.MaxText/2)
	button := func(data string) telegram.Outgoing {
		return telegram.Outgoing{Chat: group, HTML: "x", Buttons: [][]telegram.Button{{{Text: "b", Data: data}}}}
	}
	tests := []struct {
		name string
		send func() error
		what string // of the TooLongError; "" for another refusal
	}{
		{"text", func() error { _, err := s.Send(b.ctx, text(group, long+"x")); return err }, "text"},
		{"edit", func() error { return s.Edit(b.ctx, 1, text(group, long+"x")) }, "text"},
		{"raw", func() error { _, err := s.Send(b.ctx, text(group, strings.Repeat("<b></b>", 5000)+"x")); return err }, "raw text"},
		{"caption", func() error {
			_, err := s.SendDocument(b.ctx, text(group, long), telegram.File{Name: "x", Data: []byte("x")})
			return err
		}, "caption"},
		{"data", func() error { _, err := s.Send(b.ctx, button(strings.Repeat("x", 65))); return err }, "button data"},
		{"photo", func() error {
			_, err := s.SendPhoto(b.ctx, text(group, ""), telegram.File{Data: make([]byte, telegram.MaxPhoto+1)})
			return err
		}, "file"},
		{"empty file", func() error { _, err := s.SendDocument(b.ctx, text(group, ""), telegram.File{Name: "x"}); return err }, ""},
		{"empty text", func() error { _, err := s.Send(b.ctx, text(group, "<b> </b>")); return err }, ""},
		{"empty button", func() error { _, err := s.Send(b.ctx, button("")); return err }, ""},
	}
	for _, test := range tests {
		err := test.send()
		if failure(err) != model.SendBad {
			t.Errorf("%s: got %v, want bad_message", test.name, err)
		}
		if e, ok := errors.AsType[*telegram.TooLongError](err); ok != (test.what != "") || (ok && e.What != test.what) {
			t.Errorf("%s: got %v, want a TooLongError of %q", test.name, err, test.what)
		}
	}
	if calls := b.server.Calls(); len(calls) > 0 {
		t.Errorf("Telegram was asked: %+v", calls)
	}
	if _, err := s.Send(b.ctx, text(group, long)); err != nil {
		t.Errorf("exactly at the limit: %v", err)
	}
}

func TestBadMarkupGoesAsPlainText(t *testing.T) {
	b := newBench(t)
	s := b.free()
	o := telegram.Outgoing{Chat: group, HTML: "<b>down", Buttons: [][]telegram.Button{{{Text: "x", Data: "x"}}}}
	must(s.Send(b.ctx, o))(t)
	o.Plain = "down, in plain words"
	must(s.Send(b.ctx, o))(t)
	m := b.server.Messages(group)
	if m[0].Text != "down" || m[0].HTML != "" || len(m[0].Buttons) != 1 || m[1].Text != "down, in plain words" {
		t.Errorf("got %+v", m)
	}
}

func TestBadMessageGoesAsDocument(t *testing.T) {
	b := newBench(t)
	s := b.free()
	b.server.Break(botapi.Fault{Kind: botapi.FaultBadRequest, To: "Bad Request: never heard of it", Method: "sendMessage", Times: 2})
	must(s.Send(b.ctx, text(group, "<b>down</b>")))(t)
	m := b.server.Messages(group)
	if len(m) != 1 || string(m[0].File.Content) != "down" {
		t.Fatalf("got %+v", m)
	}
	// What Telegram says is about the message is; what it says in words that are not known may be about the chat.
	for said, want := range map[string]model.SendFailure{"Bad Request: can't parse entities": model.SendBad, "Bad Request: never heard of it": model.SendDenied} {
		b.server.Break(botapi.Fault{Kind: botapi.FaultBadRequest, To: said, Times: 3})
		if _, err := s.Send(b.ctx, text(group, "x")); failure(err) != want {
			t.Errorf("%s: got %v, want %s", said, err, want)
		}
	}
}

// Every refusal that sounds final is of the chat, and is told apart so far as a person has to do something else about it.
func TestWhatSoundsFinalIsOfTheChat(t *testing.T) {
	for _, refusal := range botapi.Refusals() {
		t.Run(refusal.Description, func(t *testing.T) {
			b := newBench(t)
			s := b.free()
			b.server.Break(botapi.Fault{Kind: botapi.FaultRefused, Refusal: refusal, Times: -1})
			for name, send := range map[string]func() error{
				"text": func() error { _, err := s.Send(b.ctx, text(group, "x")); return err },
				"file": func() error {
					_, err := s.SendDocument(b.ctx, text(group, ""), telegram.File{Name: "x.txt", Data: []byte("x")})
					return err
				},
				"edit": func() error { return s.Edit(b.ctx, 7, text(group, "x")) },
			} {
				var e *model.SendError
				if err := send(); !errors.As(err, &e) || e.Failure != model.SendDenied || e.Denial != model.Denial(refusal.Means) {
					t.Errorf("%s: got %v (%+v), want %s", name, err, e, refusal.Means)
				}
			}
			most := 3 // a text, a file, an edit; what is not known may be of the message, and is tried in other forms
			if refusal.Means == "unclear" {
				most = 6
			}
			if calls := len(b.server.Calls()); calls > most {
				t.Errorf("%d calls", calls)
			}
		})
	}
}

func TestAnswer(t *testing.T) {
	b := newBench(t)
	s := b.free()
	id := must(s.Send(b.ctx, telegram.Outgoing{Chat: group, HTML: "x", Buttons: [][]telegram.Button{{{Text: "b", Data: "d"}}}}))(t).Message
	press := must(b.server.Press(alice, group, id, "d"))(t)
	if err := s.Answer(b.ctx, press, strings.Repeat("я", 300), true); err != nil {
		t.Fatal(err)
	}
	a := b.server.Answers(alice)[0]
	if !a.Alert || len([]rune(a.Text)) != telegram.MaxAnswer {
		t.Errorf("got %+v", a)
	}
	if err := s.Answer(b.ctx, press, "", false); failure(err) != model.SendGone {
		t.Errorf("a second answer: got %v, want gone", err)
	}
}

func TestSetCommandsOnlyWhenChanged(t *testing.T) {
	b := newBench(t)
	s := b.free()
	list := []telegram.BotCommand{{Name: "status", Description: "What is down"}}
	scope := telegram.CommandScope{Type: "chat", Chat: group}
	for range 2 {
		if err := s.SetCommands(b.ctx, scope, "ru", list); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(b.server.Calls("setMyCommands")); n != 1 {
		t.Errorf("set %d times, want once", n)
	}
	at := botapi.Scope{Type: "chat", Chat: group}
	if got := b.server.Commands(at, "ru"); len(got) != 1 || got[0].Name != "status" {
		t.Errorf("got %+v", got)
	}
	if err := s.SetCommands(b.ctx, scope, "ru", nil); err != nil || b.server.Commands(at, "ru") != nil {
		t.Errorf("removing: %v, left %+v", err, b.server.Commands(at, "ru"))
	}
}

func TestChatAction(t *testing.T) {
	b := newBench(t)
	if err := b.free().ChatAction(b.ctx, forum, topic, "typing"); err != nil || len(b.server.Actions(forum)) != 1 {
		t.Errorf("got %v, %v", err, b.server.Actions(forum))
	}
}

func TestMigrationIsNotified(t *testing.T) {
	b := newBench(t)
	notified := make(chan [2]model.ChatID, 1)
	s := telegram.NewSender(b.client, telegram.SenderOptions{Limits: freely(), Migrated: func(from, to model.ChatID) {
		notified <- [2]model.ChatID{from, to}
	}})
	if err := b.server.Migrate(other, -100777); err != nil {
		t.Fatal(err)
	}
	_, err := s.Send(b.ctx, text(other, "x"))
	e, ok := errors.AsType[*model.SendError](err)
	if !ok || e.Failure != model.SendMigrated || e.MigratedTo != -100777 {
		t.Fatalf("got %v", err)
	}
	if got := receive(b, notified); got != [2]model.ChatID{other, -100777} {
		t.Errorf("told %v", got)
	}
	must(s.Send(b.ctx, text(e.MigratedTo, "x")))(t)
}

func TestCancelledWaitSendsNothing(t *testing.T) {
	b := newStillBench(t)
	s := telegram.NewSender(b.client, telegram.SenderOptions{})
	ctx, cancel := context.WithCancel(b.ctx)
	ended := make(chan error, 1)
	go func() { _, err := s.Send(ctx, text(group, "x")); ended <- err }()
	if err := b.clock.WaitTimers(b.ctx, 1); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := receive(b, ended); !errors.Is(err, context.Canceled) || failure(err) != model.SendNotSent {
		t.Errorf("got %v", err)
	}
	if calls := b.server.Calls(); len(calls) > 0 {
		t.Errorf("sent: %+v", calls)
	}
}

func failure(err error) model.SendFailure {
	if e, ok := errors.AsType[*model.SendError](err); ok {
		return e.Failure
	}
	return ""
}
