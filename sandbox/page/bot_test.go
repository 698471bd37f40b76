package page_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"strings"
	"sync"
	"testing"

	"opsbot/sandbox"
)

// bot is a minimal bot on the local Bot API: enough to see what the page makes of it.
type bot struct {
	t    *testing.T
	base string
}

type object = map[string]any

// world starts a sandbox on ports of its own.
func world(t *testing.T) (*sandbox.Sandbox, bot) {
	t.Helper()
	s, err := sandbox.Start(t.Context(), sandbox.Options{PageAddr: "127.0.0.1:0", Dir: t.TempDir(), FreePorts: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s, bot{t: t, base: s.Bot.URL() + "/bot" + s.Bot.Token() + "/"}
}

func (b bot) ask(ctx context.Context, method string, params object) (json.RawMessage, error) {
	body, err := json.Marshal(params)
	if err != nil {
		return nil, err
	}
	return b.send(ctx, method, "application/json", bytes.NewReader(body))
}

func (b bot) send(ctx context.Context, method, kind string, body *bytes.Reader) (json.RawMessage, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, b.base+method, body)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", kind)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	var answer struct {
		OK          bool            `json:"ok"`
		Result      json.RawMessage `json:"result"`
		Description string          `json:"description"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return nil, err
	}
	if !answer.OK {
		return nil, fmt.Errorf("%s: %s", method, answer.Description)
	}
	return answer.Result, nil
}

// call calls a method that must succeed, and returns the id of its message.
func (b bot) call(method string, params object) int {
	b.t.Helper()
	result, err := b.ask(b.t.Context(), method, params)
	if err != nil {
		b.t.Fatal(err)
	}
	return messageID(result)
}

func messageID(result json.RawMessage) int {
	var m struct {
		ID int `json:"message_id"`
	}
	_ = json.Unmarshal(result, &m) // not every result is a message
	return m.ID
}

// say sends HTML with rows of buttons, each of whose data is its text.
func (b bot) say(chat int64, topic int, html string, rows ...[]string) int {
	b.t.Helper()
	return b.call("sendMessage", object{
		"chat_id": chat, "message_thread_id": topic, "text": html, "parse_mode": "HTML", "reply_markup": keyboard(rows),
	})
}

func (b bot) edit(chat int64, message int, html string, rows ...[]string) {
	b.t.Helper()
	b.call("editMessageText", object{
		"chat_id": chat, "message_id": message, "text": html, "parse_mode": "HTML", "reply_markup": keyboard(rows),
	})
}

func keyboard(rows [][]string) object {
	lines := [][]object{}
	for _, row := range rows {
		var line []object
		for _, text := range row {
			line = append(line, object{"text": text, "callback_data": text})
		}
		lines = append(lines, line)
	}
	return object{"inline_keyboard": lines}
}

// upload sends a file as "document" or "photo".
func (b bot) upload(chat int64, topic int, kind, name string, content []byte, caption string) {
	b.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for field, value := range map[string]string{"chat_id": fmt.Sprint(chat), "message_thread_id": fmt.Sprint(topic), "caption": caption} {
		if err := form.WriteField(field, value); err != nil {
			b.t.Fatal(err)
		}
	}
	part, err := form.CreateFormFile(kind, name)
	if err == nil {
		_, err = part.Write(content)
	}
	if err == nil {
		err = form.Close()
	}
	if err == nil {
		_, err = b.send(b.t.Context(), "send"+strings.ToUpper(kind[:1])+kind[1:], form.FormDataContentType(), bytes.NewReader(body.Bytes()))
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

// run answers until the test ends: "got <command>" to a command, "pressed <button>" to a press.
func (b bot) run() {
	ctx, stop := context.WithCancel(b.t.Context())
	var polling sync.WaitGroup
	b.t.Cleanup(func() {
		stop()
		polling.Wait()
	})
	polling.Go(func() {
		for offset := 0; ctx.Err() == nil; {
			result, err := b.ask(ctx, "getUpdates", object{"timeout": 20, "offset": offset})
			if err != nil {
				continue // the page makes Telegram unreachable
			}
			offset = b.answer(ctx, result, offset)
		}
	})
}

type update struct {
	ID      int      `json:"update_id"`
	Message *message `json:"message"`
	Press   *struct {
		ID      string  `json:"id"`
		Data    string  `json:"data"`
		Message message `json:"message"`
	} `json:"callback_query"`
}

type message struct {
	ID    int    `json:"message_id"`
	Topic int    `json:"message_thread_id"`
	Text  string `json:"text"`
	Chat  struct {
		ID int64 `json:"id"`
	} `json:"chat"`
}

func (b bot) answer(ctx context.Context, result json.RawMessage, offset int) int {
	var updates []update
	if err := json.Unmarshal(result, &updates); err != nil {
		b.t.Error(err)
	}
	for _, u := range updates {
		offset = u.ID + 1
		var err error
		switch {
		case u.Message != nil && strings.HasPrefix(u.Message.Text, "/"):
			_, err = b.ask(ctx, "sendMessage", object{
				"chat_id": u.Message.Chat.ID, "message_thread_id": u.Message.Topic, "text": "got " + u.Message.Text,
				"reply_parameters": object{"message_id": u.Message.ID},
			})
		case u.Press != nil:
			_, err = b.ask(ctx, "answerCallbackQuery", object{"callback_query_id": u.Press.ID, "text": "pressed " + u.Press.Data})
		}
		if err != nil && ctx.Err() == nil {
			b.t.Error(err)
		}
	}
	return offset
}
