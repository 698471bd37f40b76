package notify_test

import (
	"testing"

	"opsbot/model"
)

// Deliveries to chats that used up their rate limit hold their slots for long. However many there are, critical ones
// get through, and the others wait until a slot is free.
func TestAStormLeavesPlacesToWhatIsCritical(t *testing.T) {
	b := newBench(t)
	b.run(8)
	for id := model.ChatID(1); id <= 20; id++ {
		b.put(newNotification(model.NotifyOpened, 1, id))
	}
	var deferred []*delivery
	for range 6 { // a quarter of the slots is left
		deferred = append(deferred, b.next())
	}
	for id := model.ChatID(101); id <= 102; id++ {
		urgent := newNotification(model.NotifyOpened, 1, id)
		urgent.Severity = model.SeverityCritical
		b.put(urgent)
		d := b.next()
		if d.To.Chat != id {
			t.Fatalf("%v went before what is critical", d.To)
		}
		deferred = append(deferred, d)
	}
	b.d.WaitQueued(t, "telegram", 14)
	for i, d := range deferred {
		d.take(i + 1)
	}
	for range 14 {
		b.next().take(1)
	}
	b.drained()
}
