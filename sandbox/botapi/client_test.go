package botapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"opsbot/sandbox/botapi"
)

const (
	alice = 42
	group = -1001
	forum = -1003
	topic = 7
)

// bench is a server on a manual clock, and a minimal client.
type bench struct {
	*testing.T
	*botapi.Server
	clock *botapi.ManualClock
	ctx   context.Context
}

func newBench(t *testing.T) *bench {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	t.Cleanup(cancel)
	clock := botapi.NewManualClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	s, err := botapi.Start(botapi.Options{Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	s.AddUser(botapi.User{ID: alice, FirstName: "Alice"})
	s.AddChat(botapi.Chat{ID: group, Type: "supergroup", Title: "ops"})
	s.AddChat(botapi.Chat{ID: forum, Type: "supergroup", Title: "forum", Forum: true, Topics: []botapi.Topic{{ID: topic, Name: "night"}}})
	return &bench{T: t, Server: s, clock: clock, ctx: ctx}
}

// reply is an answer of the Bot API.
type reply struct {
	Status      int
	OK          bool            `json:"ok"`
	Result      json.RawMessage `json:"result"`
	Code        int             `json:"error_code"`
	Description string          `json:"description"`
	Parameters  struct {
		RetryAfter json.RawMessage `json:"retry_after"`
		MigrateTo  int64           `json:"migrate_to_chat_id"`
	} `json:"parameters"`
	Body string
}

func (b *bench) raw(method, kind string, body io.Reader) (reply, error) {
	b.Helper()
	req, err := http.NewRequestWithContext(b.ctx, http.MethodPost, b.URL()+"/bot"+b.Token()+"/"+method, body)
	if err != nil {
		b.Fatal(err)
	}
	req.Header.Set("Content-Type", kind)
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return reply{}, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	r := reply{Status: resp.StatusCode, Body: string(data)}
	_ = json.Unmarshal(data, &r) // faults answer with anything
	return r, err
}

// call sends the parameters ("name", "value", …) as JSON strings.
func (b *bench) call(method string, params ...string) reply {
	b.Helper()
	values := map[string]string{}
	for pair := range slices.Chunk(params, 2) {
		values[pair[0]] = pair[1]
	}
	body, err := json.Marshal(values)
	if err != nil {
		b.Fatal(err)
	}
	r, err := b.raw(method, "application/json", bytes.NewReader(body))
	if err != nil {
		b.Fatalf("%s: %v", method, err)
	}
	return r
}

// works is call, for calls that must work; it returns the message's id, if there is one.
func (b *bench) works(method string, params ...string) int {
	b.Helper()
	r := b.call(method, params...)
	if !r.OK {
		b.Fatalf("%s %q: %s", method, params, r.Body)
	}
	var m struct {
		ID int `json:"message_id"`
	}
	_ = json.Unmarshal(r.Result, &m) // some results are not messages
	return m.ID
}

// form is an upload.
func form(t testing.TB, params map[string]string, files map[string]string) (string, io.Reader) {
	t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for name, content := range files {
		part, err := w.CreateFormFile(name, name+".txt")
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(part, content) // into memory
	}
	for k, v := range params {
		if err := w.WriteField(k, v); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), &body
}

func (b *bench) updates(params ...string) []int {
	b.Helper()
	r := b.call("getUpdates", params...)
	var list []struct {
		ID int `json:"update_id"`
	}
	if err := json.Unmarshal(r.Result, &list); err != nil {
		b.Fatalf("%s: %v", r.Body, err)
	}
	ids := []int{}
	for _, u := range list {
		ids = append(ids, u.ID-5000)
	}
	return ids
}

func (b *bench) post(texts ...string) {
	b.Helper()
	for _, text := range texts {
		if _, err := b.Post(botapi.Post{From: alice, Chat: group, Text: text}); err != nil {
			b.Fatal(err)
		}
	}
}

func TestEveryWritingOfARequest(t *testing.T) {
	b := newBench(t)
	kind, body := form(t, map[string]string{"chat_id": "-1001", "text": "multipart"}, nil)
	for _, test := range []struct{ kind, body string }{
		{"application/json", `{"chat_id":"-1001","text":"strings"}`},
		{"application/json", `{"chat_id":-1001,"text":"numbers","reply_markup":{"inline_keyboard":[[{"text":"b","callback_data":"d"}]]}}`},
		{"application/x-www-form-urlencoded", url.Values{"chat_id": {"-1001"}, "text": {"form"}}.Encode()},
		{kind, body.(interface{ String() string }).String()},
	} {
		if r, err := b.raw("SENDmessage", test.kind, strings.NewReader(test.body)); err != nil || !r.OK {
			t.Errorf("%s: %v %s", test.kind, err, r.Body)
		}
	}
	if r, err := b.raw("getMe", "application/json", strings.NewReader("null")); err != nil || !r.OK {
		t.Errorf("null: %v %s", err, r.Body)
	}
	if r, err := b.raw("getMe", "application/json", strings.NewReader("{")); err != nil || r.Code != 400 {
		t.Errorf("broken: %v %s", err, r.Body)
	}
	var got []string
	for _, m := range b.Messages(group) {
		got = append(got, m.Text)
	}
	if strings.Join(got, " ") != "strings numbers form multipart" {
		t.Errorf("got %q", got)
	}
}

func TestWrongTokenAndMethod(t *testing.T) {
	b := newBench(t)
	for path, want := range map[string]int{
		"/bot1:wrong/getMe": 401, "/bot" + b.Token() + "/noSuchMethod": 404, "/x": 404, "/file/bot" + b.Token() + "/documents/none": 404,
	} {
		req, err := http.NewRequestWithContext(b.ctx, http.MethodGet, b.URL()+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close() // only the status counts
		if resp.StatusCode != want {
			t.Errorf("%s: got %d, want %d", path, resp.StatusCode, want)
		}
	}
	if c := b.Calls("getMe"); len(c) != 1 || c[0].Authorized {
		t.Errorf("got %+v", c)
	}
}
