package telegram_test

import (
	"html"
	"strings"
	"testing"
	"unicode/utf8"

	"opsbot/bot/telegram"
)

func TestParseCommand(t *testing.T) {
	tests := []struct {
		text string
		want telegram.Command
		ok   bool
	}{
		{"/status", telegram.Command{Name: "status"}, true},
		{"/Status clientA  reports", telegram.Command{Name: "status", Args: "clientA  reports"}, true},
		{"/mute@OpsBot 2h clientA — reason", telegram.Command{Name: "mute", Bot: "OpsBot", Args: "2h clientA — reason"}, true},
		{"/logs web1\nline two\n-- three", telegram.Command{Name: "logs", Args: "web1\nline two\n-- three"}, true},
		{"/x@bot\n", telegram.Command{Name: "x", Bot: "bot"}, true},
		{"/status\u00a0clientA", telegram.Command{Name: "status", Args: "clientA"}, true}, // case 13
		{"/status\u00a0", telegram.Command{Name: "status"}, true},
		{"/status\u200b", telegram.Command{Name: "status"}, true},
		{"/status@OpsBot\u202fclientA\u00a0\ufeffreports", telegram.Command{Name: "status", Bot: "OpsBot", Args: "clientA  reports"}, true},
		{"/mute 1\u00a0h\nclientA", telegram.Command{Name: "mute", Args: "1 h\nclientA"}, true},
		{"status", telegram.Command{}, false},
		{"/", telegram.Command{}, false},
		{"/ status", telegram.Command{}, false},
		{"//status", telegram.Command{}, false},
		{"/статус", telegram.Command{}, false},
		{"/etc/passwd", telegram.Command{}, false},
		{"\fack", telegram.Command{}, false},
		{"/" + strings.Repeat("x", 33), telegram.Command{}, false},
		{"/a@b@c d", telegram.Command{}, false},
		{"", telegram.Command{}, false},
	}
	for _, test := range tests {
		got, ok := telegram.ParseCommand(test.text)
		if got != test.want || ok != test.ok {
			t.Errorf("%q: got %+v %v, want %+v %v", test.text, got, ok, test.want, test.ok)
		}
	}
}

func TestCommandIsForUsOrForNobody(t *testing.T) {
	for bot, want := range map[string]bool{"": true, "OpsBot": true, "opsbot": true, "other_bot": false} {
		if got := (telegram.Command{Bot: bot}).For("opsbot"); got != want {
			t.Errorf("%q: got %v", bot, got)
		}
	}
}

func FuzzParseCommand(f *testing.F) {
	f.Add("/mute@bot 2h a -- b")
	f.Add("/\x00")
	f.Fuzz(func(t *testing.T, text string) {
		c, ok := telegram.ParseCommand(text)
		if ok && (c.Name == "" || len(c.Name) > 32 || strings.TrimSpace(c.Args) != c.Args || !strings.HasPrefix(text, "/")) {
			t.Errorf("%q: %+v", text, c)
		}
	})
}

func TestUnits(t *testing.T) {
	for text, want := range map[string]int{
		"": 0, "abc": 3, "<b>a</b>": 1, "a &lt; b": 5, "😀": 2, "я": 1, "a < b": 5, `<a href="x">l</a>`: 1, "&amp;lt;": 4, "5 <6": 4, "<": 1,
	} {
		if got := telegram.Units(text); got != want {
			t.Errorf("%q: got %d, want %d", text, got, want)
		}
	}
}

// Whatever a text is made of, escaped at the leaf it arrives as it was.
func TestAnyTextArrives(t *testing.T) {
	b := newBench(t)
	s := b.free()
	for _, in := range []string{
		`< > & " ' _ * [ ] ( ) ~ \ | # +`, "<b>not bold</b>", "&lt;", "&nbsp;&amp;", "שלום \u202e gnp.exe", "👨‍👩‍👧‍👦 👍🏽",
		strings.Repeat("<>&", 1365), "\t x \n y",
	} {
		must(s.Send(b.ctx, text(group, html.EscapeString(in))))(t)
		got := b.texts(group)
		want := strings.TrimSpace(in)
		if got[len(got)-1] != want {
			t.Errorf("got  %q\nwant %q", got[len(got)-1], want)
		}
	}
}

func FuzzUnits(f *testing.F) {
	f.Add("<b>x</b> &amp; <")
	f.Fuzz(func(t *testing.T, s string) {
		if utf8.ValidString(s) && telegram.Units(html.EscapeString(s)) < utf8.RuneCountInString(s) {
			t.Errorf("%q counts %d", s, telegram.Units(html.EscapeString(s)))
		}
	})
}

// What an inline bot made, and what has no sender, is told apart from what a person wrote.
func TestWhoWroteATextIsKnown(t *testing.T) {
	b := newBench(t)
	h, got := collect()
	b.poll(telegram.PollerOptions{Handler: h})
	b.server.Inject("message", []byte(`{"message_id":1,"date":1,"text":"/status","chat":{"id":7,"type":"private"},"from":{"id":7,"first_name":"x"},"via_bot":{"id":9,"is_bot":true,"first_name":"b"}}`))
	if in := receive(b, got); !in.ViaBot || in.User.ID != 7 {
		t.Errorf("via a bot: %+v", in)
	}
	b.server.Inject("message", []byte(`{"message_id":2,"date":1,"text":"/status","chat":{"id":-7,"type":"supergroup"}}`))
	if in := receive(b, got); in.ViaBot || in.User.ID != 0 {
		t.Errorf("without a sender: %+v", in)
	}
}

// The buttons under a message that is replied to arrive with the reply: those with data, of ours and of others alike, and not too many.
func TestAReplyHasTheButtonsOfItsMessage(t *testing.T) {
	many := strings.Repeat(`[{"text":"x","callback_data":"d"}],`, 40)
	for _, c := range []struct {
		markup string
		want   int
	}{
		{`{"inline_keyboard":[[{"text":"Ack","callback_data":"a1"},{"text":"site","url":"https://example.com"}],[{"text":"Why","callback_data":"b2"}]]}`, 2},
		{`{"inline_keyboard":[]}`, 0},
		{`{}`, 0},
		{`null`, 0},
		{`{"inline_keyboard":[` + strings.TrimSuffix(many, ",") + `]}`, 16},
	} {
		raw := `{"update_id":5,"message":{"message_id":9,"date":1,"text":"/ack","from":{"id":1,"first_name":"a"},"chat":{"id":-5,"type":"group"},
			"reply_to_message":{"message_id":4,"date":1,"from":{"id":2,"first_name":"b","is_bot":true},"chat":{"id":-5,"type":"group"},"text":"x","reply_markup":` + c.markup + `}}}`
		in, _, err := telegram.Decode([]byte(raw))
		if err != nil || in.ReplyTo != 4 || len(in.ReplyData) != c.want {
			t.Errorf("%.60s: reply to %d with %q, %v", c.markup, in.ReplyTo, in.ReplyData, err)
		}
	}
}
