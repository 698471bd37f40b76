package botapi_test

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestPinsAsTheRealServer: several messages can be pinned, getChat says the last one, and each can be unpinned by its number.
func TestPinsAsTheRealServer(t *testing.T) {
	b := newBench(t)
	var ids []string
	for range 3 {
		ids = append(ids, strconv.Itoa(b.works("sendMessage", "chat_id", "-1001", "text", "x")))
	}
	last := func() int {
		t.Helper()
		var chat struct {
			Pinned *struct {
				ID int `json:"message_id"`
			} `json:"pinned_message"`
		}
		if err := json.Unmarshal(b.call("getChat", "chat_id", "-1001").Result, &chat); err != nil {
			t.Fatal(err)
		}
		if chat.Pinned == nil {
			return 0
		}
		return chat.Pinned.ID
	}
	for i, want := range []int{0, 2, 1} { // in this order
		b.works("pinChatMessage", "chat_id", "-1001", "message_id", ids[want])
		if got := last(); got != number(ids[want]) {
			t.Errorf("after %d pins getChat says %d", i+1, got)
		}
	}
	if got := b.Pins(group); !slices.Equal(got, []int{number(ids[1]), number(ids[2]), number(ids[0])}) {
		t.Errorf("pinned are %v", got)
	}
	b.works("unpinChatMessage", "chat_id", "-1001", "message_id", ids[0])
	b.works("unpinChatMessage", "chat_id", "-1001") // the last one
	if got := last(); got != number(ids[2]) {
		t.Errorf("left is %d", got)
	}
	b.works("deleteMessage", "chat_id", "-1001", "message_id", ids[2])
	if got := last(); got != 0 || len(b.Pins(group)) != 0 {
		t.Errorf("a deleted message is pinned: %d", got)
	}
	for what, r := range map[string]string{
		"to pin not found":   b.call("pinChatMessage", "chat_id", "-1001", "message_id", ids[2]).Description,
		"to unpin not found": b.call("unpinChatMessage", "chat_id", "-1001", "message_id", ids[1]).Description,
	} {
		if !strings.Contains(r, what) {
			t.Errorf("%q, want %q", r, what)
		}
	}
	b.SetPins(group, false)
	if r := b.call("pinChatMessage", "chat_id", "-1001", "message_id", ids[0]); !strings.Contains(r.Description, "not enough rights to manage pinned messages") {
		t.Errorf("without the right: %s", r.Body)
	}
}

func number(text string) int {
	n, _ := strconv.Atoi(text)
	return n
}
