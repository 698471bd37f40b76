package botapi_test

import (
	"strings"
	"testing"
	"time"

	"opsbot/sandbox/botapi"
)

func TestFaults(t *testing.T) {
	html := "<html>"
	for _, test := range []struct {
		fault  botapi.Fault
		status int
		body   string
		cut    bool // the connection ends without an answer
	}{
		{fault: botapi.Fault{Kind: botapi.FaultFlood, RetryAfter: 7}, status: 429, body: `"retry_after":7`},
		{fault: botapi.Fault{Kind: botapi.FaultFloodString, RetryAfter: 7}, status: 429, body: `"retry_after":"7"`},
		{fault: botapi.Fault{Kind: botapi.FaultFloodMissing}, status: 429, body: `"error_code":429`},
		{fault: botapi.Fault{Kind: botapi.FaultServer}, status: 500, body: `"ok":false`},
		{fault: botapi.Fault{Kind: botapi.FaultHTML502}, status: 502, body: html},
		{fault: botapi.Fault{Kind: botapi.FaultHTML200}, status: 200, body: html},
		{fault: botapi.Fault{Kind: botapi.FaultEmpty}, status: 200},
		{fault: botapi.Fault{Kind: botapi.FaultCut}, status: 200, body: `{"ok":true`},
		{fault: botapi.Fault{Kind: botapi.FaultNull}, status: 200, body: `"result":null`},
		{fault: botapi.Fault{Kind: botapi.FaultReset}, cut: true},
		{fault: botapi.Fault{Kind: botapi.FaultRedirect, To: "https://x.invalid"}, status: 302},
		{fault: botapi.Fault{Kind: botapi.FaultUnauthorized}, status: 401, body: "Unauthorized"},
		{fault: botapi.Fault{Kind: botapi.FaultUnauthorized0}, status: 401},
		{fault: botapi.Fault{Kind: botapi.FaultForbidden}, status: 403, body: "blocked"},
		{fault: botapi.Fault{Kind: botapi.FaultConflict}, status: 409, body: "Conflict"},
		{fault: botapi.Fault{Kind: botapi.FaultMigrated, MigrateTo: -5}, status: 400, body: `"migrate_to_chat_id":-5`},
		{fault: botapi.Fault{Kind: botapi.FaultBadRequest, To: "nonsense"}, status: 400, body: "Bad Request: nonsense"},
		{fault: botapi.Fault{Kind: botapi.FaultEndless}, status: 200, body: "     "},
		{fault: botapi.Fault{Kind: botapi.FaultGzipBomb}, status: 200, body: "     "},
	} {
		t.Run(string(test.fault.Kind), func(t *testing.T) {
			for _, after := range []bool{false, true} {
				b := newBench(t)
				f := test.fault
				f.After, f.Method, f.Skip, f.Chat = after, "sendMessage", 1, group
				b.Break(f)
				b.works("getMe")
				b.works("sendMessage", "chat_id", "-1003", "text", "another chat")
				b.works("sendMessage", "chat_id", "-1001", "text", "before")
				r, err := b.raw("sendMessage", "application/json", strings.NewReader(`{"chat_id":-1001,"text":"hit"}`))
				if (err != nil) != test.cut || r.Status != test.status || !strings.Contains(r.Body, test.body) {
					t.Errorf("after=%v: got %v %d %.80s", after, err, r.Status, r.Body)
				}
				b.works("sendMessage", "chat_id", "-1001", "text", "healed")
				want := 2
				if after {
					want = 3
				}
				if n := len(b.Messages(group)); n != want {
					t.Errorf("after=%v: %d messages, want %d", after, n, want)
				}
				c := b.Calls("sendMessage")[2]
				if c.Fault != f.Kind || c.Executed != after || c.OK() {
					t.Errorf("journal: %+v", c)
				}
			}
		})
	}
}

func TestSlowIsDoneLater(t *testing.T) {
	b := newBench(t)
	b.Break(botapi.Fault{Kind: botapi.FaultSlow, Delay: 9 * time.Second})
	got := make(chan reply, 1)
	go func() { got <- b.call("sendMessage", "chat_id", "-1001", "text", "x") }()
	if err := b.clock.WaitTimer(b.ctx, 9*time.Second, 9*time.Second); err != nil {
		t.Fatal(err)
	}
	if len(b.Messages(group)) > 0 {
		t.Error("done at once")
	}
	b.clock.Advance(9 * time.Second)
	if r := <-got; !r.OK || len(b.Messages(group)) != 1 {
		t.Errorf("got %s", r.Body)
	}
}

func TestUnplugAndPlug(t *testing.T) {
	b := newBench(t)
	url := b.URL()
	b.Unplug()
	if _, err := b.raw("getMe", "application/json", strings.NewReader("null")); err == nil || b.Plugged() {
		t.Error("answers without being plugged in")
	}
	if err := b.Plug(); err != nil {
		t.Fatal(err)
	}
	b.works("getMe")
	if b.URL() != url {
		t.Errorf("moved from %s to %s", url, b.URL())
	}
}

func TestRateLimits(t *testing.T) {
	b := newBench(t)
	b.SetLimits(botapi.TelegramLimits())
	send := func(chat string) reply { return b.call("sendMessage", "chat_id", chat, "text", "x") }
	if r := send("-1001"); !r.OK {
		t.Fatal(r.Body)
	}
	if r := send("-1001"); r.Status != 429 || string(r.Parameters.RetryAfter) != "1" {
		t.Errorf("a second message in a second: %s", r.Body)
	}
	if r := send("42"); !r.OK {
		t.Errorf("another chat: %s", r.Body)
	}
	if c := b.Calls("sendMessage"); c[1].Early {
		t.Errorf("it was not asked to wait: %+v", c[1])
	}
	send("-1001")
	if c := b.Calls("sendMessage"); !c[3].Early {
		t.Errorf("it was asked to wait: %+v", c[3])
	}
	for i := range 19 {
		b.clock.Advance(time.Second)
		if r := send("-1001"); !r.OK {
			t.Fatalf("message %d of the minute: %s", i+2, r.Body)
		}
	}
	b.clock.Advance(time.Second)
	if r := send("-1001"); r.Status != 429 || string(r.Parameters.RetryAfter) != "40" {
		t.Errorf("message 21 of the minute: %s", r.Body)
	}
}

func TestJournalWaits(t *testing.T) {
	b := newBench(t)
	got := make(chan error, 3)
	go func() {
		_, err := b.WaitCall(b.ctx, func(c botapi.Call) bool { return c.Params["text"] == "x" })
		got <- err
	}()
	go func() { _, err := b.WaitCalls(b.ctx, "sendMessage", 2); got <- err }()
	go func() {
		_, err := b.WaitMessage(b.ctx, group, func(m botapi.Message) bool { return m.Text == "x" })
		got <- err
	}()
	b.works("sendMessage", "chat_id", "-1001", "text", "y")
	b.works("sendMessage", "chat_id", "-1001", "text", "x")
	for range 3 {
		if err := <-got; err != nil {
			t.Error(err)
		}
	}
}
