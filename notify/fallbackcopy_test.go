package notify_test

import (
	"slices"
	"testing"
	"time"

	"opsbot/model"
)

// TestWhatHasNoFallbackDelaysNothing: reminders are not copied, however many of them wait in front.
func TestWhatHasNoFallbackDelaysNothing(t *testing.T) {
	inFallbackWorld(t, func(w *fallbackCopies) {
		w.chat.set(model.SendNotSent)
		var waiting []model.Notification
		for i := range 250 {
			waiting = append(waiting, critical(model.NotifyReminder, model.IncidentID(10+i)))
		}
		w.put(append(waiting, critical(model.NotifyOpened, 2))...)
		w.settled("a first try", func() bool { return w.chat.tried() == 1 })
		w.pass(7 * time.Minute)
		w.settled("a fallback copy", func() bool { return len(w.mail.said()) > 0 })
		if got := w.mail.said(); !slices.Equal(got, []string{"opened2*"}) {
			t.Errorf("the mailbox received %q", got)
		}
	})
}

// TestTheEndFollowsItsBeginning: the end goes to the fallback that got the beginning, even if there is another by then.
func TestTheEndFollowsItsBeginning(t *testing.T) {
	inFallbackWorld(t, func(w *fallbackCopies) {
		w.chat.set(model.SendNotSent)
		w.put(critical(model.NotifyOpened, 1))
		w.settled("a first try", func() bool { return w.chat.tried() == 1 })
		w.pass(6 * time.Minute)
		w.settled("a fallback copy", func() bool { return len(w.mail.said()) > 0 })
		w.stop()
		w.fallback = []model.Destination{chat(2)}
		w.start()
		w.put(critical(model.NotifyResolved, 1))
		w.pass(2 * time.Minute)
		w.settled("the end", func() bool { return len(w.mail.said()) > 1 })
		if got := w.mail.said(); !slices.Equal(got, []string{"opened1*", "resolved1*"}) {
			t.Errorf("the mailbox received %q", got)
		}
	})
}
