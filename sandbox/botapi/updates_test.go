package botapi_test

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"opsbot/sandbox/botapi"
)

func TestOffsetConfirms(t *testing.T) {
	b := newBench(t)
	b.post("a", "b", "c", "d")
	at := func(n int) string { return strconv.Itoa(5000 + n) }
	for _, step := range []struct {
		params []string
		want   []int
	}{
		{nil, []int{1, 2, 3, 4}},
		{nil, []int{1, 2, 3, 4}}, // not confirmed: once more
		{[]string{"limit", "2"}, []int{1, 2}},
		{[]string{"offset", at(2)}, []int{2, 3, 4}},
		{[]string{"offset", at(1)}, []int{2, 3, 4}}, // gone is gone
		{[]string{"offset", at(99)}, []int{2, 3, 4}},
		{[]string{"offset", "-1"}, []int{4}},
		{nil, []int{4}},
		{[]string{"offset", at(5)}, []int{}},
	} {
		if got := b.updates(step.params...); !slices.Equal(got, step.want) {
			t.Errorf("%q: got %v, want %v", step.params, got, step.want)
		}
	}
}

func TestPollWaitsUntilThereIsSomethingOrTheTimeoutEnds(t *testing.T) {
	b := newBench(t)
	got := make(chan []int, 1)
	hold := func() { got <- b.updates("timeout", "99") } // clamped to 50
	go hold()
	if err := b.clock.WaitTimer(b.ctx, 50*time.Second, 50*time.Second); err != nil {
		t.Fatal(err)
	}
	b.post("a")
	if ids := <-got; !slices.Equal(ids, []int{1}) {
		t.Errorf("got %v", ids)
	}
	b.updates("offset", "5002")
	b.clock.Advance(time.Minute)
	go hold()
	if err := b.clock.WaitTimer(b.ctx, 50*time.Second, 50*time.Second); err != nil {
		t.Fatal(err)
	}
	b.clock.Advance(50 * time.Second)
	if ids := <-got; len(ids) != 0 {
		t.Errorf("got %v", ids)
	}
}

func TestNewerPollerWins(t *testing.T) {
	b := newBench(t)
	older := make(chan reply, 1)
	go func() { older <- b.call("getUpdates", "timeout", "30") }()
	if err := b.clock.WaitTimer(b.ctx, 30*time.Second, 30*time.Second); err != nil {
		t.Fatal(err)
	}
	b.updates()
	if r := <-older; r.Code != 409 {
		t.Errorf("got %s", r.Body)
	}
	b.works("setWebhook", "url", "https://example.com")
	if r := b.call("getUpdates"); r.Code != 409 {
		t.Errorf("with a webhook: got %s", r.Body)
	}
	b.works("deleteWebhook")
	b.updates()
}

func TestUpdatesExpire(t *testing.T) {
	b := newBench(t)
	id := b.works("sendMessage", "chat_id", "-1001", "text", "x", "reply_markup", `{"inline_keyboard":[[{"text":"b","callback_data":"d"}]]}`)
	b.post("a")
	press, err := b.Press(alice, group, id, "d")
	if err != nil {
		t.Fatal(err)
	}
	b.clock.Advance(149 * time.Second)
	if got := b.updates(); len(got) != 2 {
		t.Errorf("got %v", got)
	}
	b.clock.Advance(2 * time.Second)
	if got := b.updates(); !slices.Equal(got, []int{1}) {
		t.Errorf("a press lives 150 s: got %v", got)
	}
	if r := b.call("answerCallbackQuery", "callback_query_id", press); r.Code != 400 {
		t.Errorf("answered too late: %s", r.Body)
	}
	b.clock.Advance(24 * time.Hour)
	if got := b.updates(); len(got) != 0 {
		t.Errorf("a message lives a day: got %v", got)
	}
}

func TestAllowedUpdatesStay(t *testing.T) {
	b := newBench(t)
	b.updates("allowed_updates", `["callback_query"]`)
	b.post("a")
	if got := b.updates(); len(got) != 0 { // absent keeps the list
		t.Errorf("got %v", got)
	}
	b.updates("allowed_updates", `[]`)
	b.post("b")
	if got := b.updates(); len(got) != 1 {
		t.Errorf("got %v", got)
	}
}

func TestNobodyPressesWhatIsNotThere(t *testing.T) {
	b := newBench(t)
	id := b.works("sendMessage", "chat_id", "-1001", "text", "x", "reply_markup", `{"inline_keyboard":[[{"text":"b","callback_data":"d"}]]}`)
	for _, press := range []struct {
		chat    int64
		message int
		data    string
	}{{group, id, "other"}, {group, id + 1, "d"}, {forum, id, "d"}, {1, id, "d"}} {
		if _, err := b.Press(alice, press.chat, press.message, press.data); err == nil {
			t.Errorf("%+v was pressed", press)
		}
	}
	if _, err := b.Forge(alice, group, id, "forged"); err != nil {
		t.Error(err)
	}
	for _, p := range []botapi.Post{{From: alice, Chat: 1}, {From: 1, Chat: group}, {From: alice, Chat: forum, Topic: 99}} {
		if _, err := b.Post(p); err == nil {
			t.Errorf("%+v was posted", p)
		}
	}
}

func TestWaitChange(t *testing.T) {
	b := newBench(t)
	since := b.Version()
	seen := make(chan error, 1)
	go func() { _, err := b.WaitChange(b.ctx, since); seen <- err }()
	b.post("a")
	if err := <-seen; err != nil {
		t.Error(err)
	}
	b.Close()
	if _, err := b.WaitChange(b.ctx, b.Version()); err == nil {
		t.Error("waited on a closed server without an error")
	}
}
