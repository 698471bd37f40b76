package telegram_test

import (
	"errors"
	"testing"

	"opsbot/bot/telegram"
	"opsbot/model"
	"opsbot/sandbox/botapi"
)

// TestPins: a message is pinned without a sound, once; what is gone, what we may not do and what has to wait are told apart.
func TestPins(t *testing.T) {
	b := newBench(t)
	s := b.free()
	id := must(s.Send(b.ctx, text(group, "status")))(t).Message
	pinned := func(want int) {
		t.Helper()
		if got, err := s.Pinned(b.ctx, group); err != nil || got != want {
			t.Errorf("%d is pinned, %v; want %d", got, err, want)
		}
	}
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
	}
	pinned(0)
	ok(s.Pin(b.ctx, group, id))
	ok(s.Pin(b.ctx, group, id)) // again: nothing changes
	pinned(id)
	if err := s.Pin(b.ctx, group, 999); failure(err) != model.SendGone {
		t.Errorf("a message that is not there: %v", err)
	}
	ok(s.Unpin(b.ctx, group, 999))
	ok(s.Unpin(b.ctx, group, id))
	ok(s.Unpin(b.ctx, group, id))
	pinned(0)
	b.server.SetPins(group, false)
	for what, err := range map[string]error{"pin": s.Pin(b.ctx, group, id), "unpin": s.Unpin(b.ctx, group, id)} {
		if e, is := errors.AsType[*model.SendError](err); !is || e.Failure != model.SendDenied || e.Denial != model.DenialRights {
			t.Errorf("%s without the right: %v", what, err)
		}
	}
	b.server.Break(botapi.Fault{Kind: botapi.FaultFlood, Method: "pinChatMessage", RetryAfter: 30})
	for range 2 {
		if err := s.Pin(b.ctx, group, id); !errors.Is(err, telegram.ErrDropped) {
			t.Errorf("while the chat wants a pause: %v", err)
		}
	}
	if n := len(b.server.Calls("pinChatMessage")); n != 5 {
		t.Errorf("%d pins were sent, want 5: none before the end of the pause", n)
	}
}
