package botapi_test

import (
	"bytes"
	"encoding/json"
	"image"
	"image/png"
	"strconv"
	"strings"
	"testing"
	"time"

	"opsbot/sandbox/botapi"
)

func TestStrictness(t *testing.T) {
	b := newBench(t)
	id := strconv.Itoa(b.works("sendMessage", "chat_id", "-1001", "text", "hello"))
	b.post("from a person")
	to := []string{"chat_id", "-1001", "text"}
	send := func(more ...string) []string { return append(append([]string{}, to...), more...) }
	tests := []struct {
		method string
		params []string
		want   string // part of the description; "" if it must succeed
	}{
		{"sendMessage", send(strings.Repeat("😀", 2048)), ""},
		{"sendMessage", send(strings.Repeat("😀", 2048) + "x"), "message is too long"},
		{"sendMessage", send("<b>"+strings.Repeat("x", 4096)+"</b>", "parse_mode", "HTML"), ""},
		{"sendMessage", send(strings.Repeat("<b></b>", 4700)+"x", "parse_mode", "HTML"), "message is too long"},
		{"sendMessage", send(" \n "), "message text is empty"},
		{"sendMessage", send("<b></b>", "parse_mode", "HTML"), "message text is empty"},
		{"sendMessage", send("x", "parse_mode", "Markdown"), "unsupported parse_mode"},
		{"sendMessage", []string{"chat_id", "-9", "text", "x"}, "chat not found"},
		{"sendMessage", send("x", "message_thread_id", "7"), "message thread not found"},
		{"sendMessage", []string{"chat_id", "-1003", "text", "x", "message_thread_id", "1"}, "message thread not found"},
		{"sendMessage", []string{"chat_id", "-1003", "text", "x", "message_thread_id", "7"}, ""},
		{"sendMessage", send("x", "reply_to_message_id", "99"), "message to be replied not found"},
		{"sendMessage", send("x", "reply_to_message_id", "99", "allow_sending_without_reply", "true"), ""},
		{"sendMessage", send("x", "reply_parameters", `{"message_id":99}`), "message to be replied not found"},
		{"sendMessage", send("x", "reply_markup", "{"), "can't parse reply keyboard markup"},
		{"sendMessage", send("x", "reply_markup", `{"inline_keyboard":[[{"text":"b","callback_data":"`+strings.Repeat("x", 65)+`"}]]}`), "BUTTON_DATA_INVALID"},
		{"sendMessage", send("x", "reply_markup", `{"inline_keyboard":[[{"text":"b"}]]}`), "Text buttons are unallowed"},
		{"sendMessage", send("x", "reply_markup", `{"inline_keyboard":[[{"callback_data":"b"}]]}`), `Field "text"`},
		{"editMessageText", send("hello", "message_id", id), "message is not modified"},
		{"editMessageText", send("changed", "message_id", id), ""},
		{"editMessageText", send("x", "message_id", "99"), "message to edit not found"},
		{"editMessageText", send("x", "message_id", "2"), "message can't be edited"},
		{"editMessageCaption", []string{"chat_id", "-1001", "message_id", id, "caption", "x"}, "no caption"},
		{"editMessageReplyMarkup", []string{"chat_id", "-1001", "message_id", id}, "message is not modified"},
		{"deleteMessage", []string{"chat_id", "-1001", "message_id", "99"}, "message to delete not found"},
		{"sendChatAction", []string{"chat_id", "-1001", "action", "dance"}, "wrong parameter action"},
		{"sendDocument", []string{"chat_id", "-1001"}, "there is no document"},
		{"answerCallbackQuery", []string{"callback_query_id", "7"}, "query is too old"},
		{"setMyCommands", []string{"commands", `[{"command":"Status","description":"x"}]`}, "BOT_COMMAND_INVALID"},
		{"setMyCommands", []string{"commands", `[{"command":"status","description":""}]`}, "DESCRIPTION_INVALID"},
		{"setMyCommands", []string{"commands", `[]`, "scope", `{"type":"chat"}`}, "chat not found"},
		{"createForumTopic", []string{"chat_id", "-1001", "name", "x"}, "not a forum"},
		{"createForumTopic", []string{"chat_id", "-1003", "name", "x"}, ""},
		{"getChat", []string{"chat_id", "-1003"}, ""},
		{"getChatMember", []string{"chat_id", "-1003", "user_id", "42"}, ""},
		{"getChatMember", []string{"chat_id", "-1003", "user_id", "43"}, "user not found"},
		{"setChatMenuButton", nil, ""},
		{"getWebhookInfo", nil, ""},
		{"getFile", []string{"file_id", "x"}, "invalid file_id"},
	}
	for _, test := range tests {
		r := b.call(test.method, test.params...)
		if r.OK != (test.want == "") || !strings.Contains(r.Description, test.want) {
			t.Errorf("%s %.80q: got %.200s, want %q", test.method, test.params, r.Body, test.want)
		}
	}
}

func TestHTML(t *testing.T) {
	b := newBench(t)
	for _, test := range []struct{ html, text, fail string }{
		{html: "<b>a</b> <i>b</i> <u>c</u> <s>d</s> <code>e</code> <pre>f</pre>", text: "a b c d e f"},
		{html: `<a href="https://x">l</a> <blockquote expandable>q</blockquote> <tg-spoiler>s</tg-spoiler>`, text: "l q s"},
		{html: `<pre><code class="language-go">x</code></pre><span class="tg-spoiler">y</span>`, text: "xy"},
		{html: "&lt;&gt;&amp;&quot;&#39;&#x41; &nbsp; & a > b", text: `<>&"'A &nbsp; & a > b`},
		{html: "<b>a", fail: "Can't find end tag"},
		{html: "<b><i>a</b></i>", fail: "Unmatched end tag"},
		{html: "a</b>", fail: "Unexpected end tag"},
		{html: "<div>a</div>", fail: "Unsupported start tag"},
		{html: "<span>a</span>", fail: "Unsupported start tag"},
		{html: "a < b", fail: "Unclosed start tag"},
		{html: "<br>a", fail: "Unsupported start tag"},
	} {
		r := b.call("sendMessage", "chat_id", "-1001", "parse_mode", "HTML", "text", test.html)
		if test.fail != "" {
			if !strings.Contains(r.Description, "can't parse entities: "+test.fail) {
				t.Errorf("%s: got %s", test.html, r.Body)
			}
			continue
		}
		m := b.Messages(group)
		if !r.OK || m[len(m)-1].Text != test.text || m[len(m)-1].HTML != test.html {
			t.Errorf("%s: got %s", test.html, r.Body)
		}
	}
}

func TestSecondAnswerIsRefused(t *testing.T) {
	b := newBench(t)
	id := b.works("sendMessage", "chat_id", "-1001", "text", "x", "reply_markup", `{"inline_keyboard":[[{"text":"b","callback_data":"d"}]]}`)
	press, err := b.Press(alice, group, id, "d")
	if err != nil {
		t.Fatal(err)
	}
	b.works("answerCallbackQuery", "callback_query_id", press, "text", "done", "show_alert", "true")
	if r := b.call("answerCallbackQuery", "callback_query_id", press); r.Code != 400 {
		t.Errorf("got %s", r.Body)
	}
	if a := b.Answers(alice); len(a) != 1 || a[0].Text != "done" || !a[0].Alert || a[0].Message != id {
		t.Errorf("got %+v", a)
	}
}

func TestUploads(t *testing.T) {
	b := newBench(t)
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 3, 3))); err != nil {
		t.Fatal(err)
	}
	var wide bytes.Buffer
	if err := png.Encode(&wide, image.NewGray(image.Rect(0, 0, 10_000, 1))); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ method, field, content, want string }{
		{"sendDocument", "document", "hello", ""},
		{"sendDocument", "document", "", "file must be non-empty"},
		{"sendPhoto", "photo", picture.String(), ""},
		{"sendPhoto", "photo", "no picture", "IMAGE_PROCESS_FAILED"},
		{"sendPhoto", "photo", wide.String(), "PHOTO_INVALID_DIMENSIONS"},
		{"sendPhoto", "photo", strings.Repeat("x", 10<<20+1), "Too Large"},
	} {
		kind, body := form(t, map[string]string{"chat_id": "-1001", "caption": "c"}, map[string]string{test.field: test.content})
		r, err := b.raw(test.method, kind, body)
		if err != nil || r.OK != (test.want == "") || !strings.Contains(r.Description, test.want) {
			t.Errorf("%s of %d bytes: %v %s, want %q", test.method, len(test.content), err, r.Body, test.want)
		}
	}
	m := b.Messages(group)
	if len(m) != 2 || string(m[0].File.Content) != "hello" || m[0].Text != "c" || m[1].File.MIME != "image/png" {
		t.Errorf("got %+v", m)
	}
	b.works("getFile", "file_id", m[0].File.ID)
	b.works("sendDocument", "chat_id", "-1001", "document", m[0].File.ID)
	b.works("editMessageCaption", "chat_id", "-1001", "message_id", "1", "caption", "new")
}

func TestAlbum(t *testing.T) {
	b := newBench(t)
	media := func(n int) string {
		items := make([]map[string]string, n)
		for i := range items {
			items[i] = map[string]string{"type": "document", "media": "attach://f", "caption": strconv.Itoa(i)}
		}
		text, err := json.Marshal(items)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	for n, ok := range map[int]bool{1: false, 2: true, 11: false} {
		kind, body := form(t, map[string]string{"chat_id": "-1001", "media": media(n)}, map[string]string{"f": "x"})
		if r, err := b.raw("sendMediaGroup", kind, body); err != nil || r.OK != ok {
			t.Errorf("%d: %v %s", n, err, r.Body)
		}
	}
	if m := b.Messages(group); len(m) != 2 || m[0].Album == "" || m[0].Album != m[1].Album {
		t.Errorf("got %+v", m)
	}
}

func TestMembershipPinsAndDeletion(t *testing.T) {
	b := newBench(t)
	id := strconv.Itoa(b.works("sendMessage", "chat_id", "-1001", "text", "x"))
	b.works("pinChatMessage", "chat_id", "-1001", "message_id", id)
	if !b.Messages(group)[0].Pinned {
		t.Error("not pinned")
	}
	b.works("unpinChatMessage", "chat_id", "-1001")
	b.clock.Advance(49 * time.Hour)
	if r := b.call("deleteMessage", "chat_id", "-1001", "message_id", id); !strings.Contains(r.Description, "can't be deleted") {
		t.Errorf("after 48 hours: %s", r.Body)
	}
	if err := b.SetBot(alice, group, "kicked"); err != nil {
		t.Fatal(err)
	}
	if r := b.call("sendMessage", "chat_id", "-1001", "text", "x"); r.Code != 403 {
		t.Errorf("got %s", r.Body)
	}
	b.works("leaveChat", "chat_id", "-1003")
	if r := b.call("sendMessage", "chat_id", "-1003", "text", "x"); r.Code != 403 {
		t.Errorf("got %s", r.Body)
	}
}

func TestMigration(t *testing.T) {
	b := newBench(t)
	if err := b.Migrate(group, -100777); err != nil {
		t.Fatal(err)
	}
	if r := b.call("sendMessage", "chat_id", "-1001", "text", "x"); r.Parameters.MigrateTo != -100777 {
		t.Errorf("got %s", r.Body)
	}
	b.works("sendMessage", "chat_id", "-100777", "text", "x")
}

func TestCommandsByScopeAndLanguage(t *testing.T) {
	b := newBench(t)
	b.works("setMyCommands", "commands", `[{"command":"status","description":"x"}]`, "language_code", "ru", "scope", `{"type":"chat","chat_id":"-1001"}`)
	if got := b.Commands(botapi.Scope{Type: "chat", Chat: group}, "ru"); len(got) != 1 {
		t.Errorf("got %+v", got)
	}
	if r := b.call("getMyCommands"); string(r.Result) != "[]" {
		t.Errorf("the default list: %s", r.Body)
	}
	b.works("deleteMyCommands", "language_code", "ru", "scope", `{"type":"chat","chat_id":-1001}`)
	if got := b.Commands(botapi.Scope{Type: "chat", Chat: group}, "ru"); got != nil {
		t.Errorf("got %+v", got)
	}
}
