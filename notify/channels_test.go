package notify_test

import (
	"testing"
	"time"

	"opsbot/model"
	"opsbot/notify"
)

// TestAChannelThatHangsHoldsUpNoOther: each configured mail list is a channel of its own.
func TestAChannelThatHangsHoldsUpNoOther(t *testing.T) {
	b := newBench(t)
	b.run(1)
	hangs, works := &place{}, &place{}
	hangs.mu.Lock() // its deliveries block until the end
	b.d.SetChannels(map[string]notify.Channel{"email:hangs": hangs, "email:works": works})
	for _, name := range []string{"email:hangs", "email:works"} {
		for incident := range model.IncidentID(3) {
			sent := newNotification(model.NotifyOpened, incident+1, 0)
			sent.To = model.Destination{Channel: name}
			b.put(sent)
		}
	}
	b.left(3)
	if got := works.said(); len(got) != 3 {
		t.Errorf("sent %q", got)
	}
	hangs.mu.Unlock()
	b.drained()
	if got := hangs.said(); len(got) != 3 {
		t.Errorf("sent %q", got)
	}
}

// TestChannelsChangeWithoutARestart: waiting notifications use the new ones.
func TestChannelsChangeWithoutARestart(t *testing.T) {
	b := newBench(t)
	b.run(0)
	first, second := &place{}, &place{}
	sent := newNotification(model.NotifyOpened, 1, 0)
	sent.To = model.Destination{Channel: "email:new"}
	b.d.SetChannels(map[string]notify.Channel{"email:new": first})
	b.put(sent)
	b.drained()
	b.d.SetChannels(map[string]notify.Channel{"email:new": second})
	b.put(sent)
	b.drained()
	b.d.SetChannels(nil)
	b.put(sent)
	b.drained()
	q, err := b.db.Queue(t.Context(), time.Now())
	if len(first.said()) != 1 || len(second.said()) != 1 || q.Dead != 1 || err != nil {
		t.Errorf("%q, %q, %+v, %v", first.said(), second.said(), q, err)
	}
}
