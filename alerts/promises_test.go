package alerts_test

import (
	"testing"
	"time"

	"opsbot/model"
)

// TestAChatThatIsGoneGetsNothingMore: neither a rise nor the end of what it was notified of, nor anything new, also after a restart.
func TestAChatThatIsGoneGetsNothingMore(t *testing.T) {
	w := newWorld(t, "main-db", "licence")
	w.routing.Chats = append(w.routing.Chats, model.Chat{ID: 2})
	w.manager.SetRouting(w.routing)
	w.fail("main-db")
	w.expect("1 opened check:main-db critical", "2 opened check:main-db critical")
	w.routing.Chats = w.routing.Chats[:1]
	w.manager.SetRouting(w.routing)
	w.fail("licence")
	w.expect("1 opened check:licence critical")
	w.restart()
	w.heal("main-db", "licence")
	w.expect("1 updated check:main-db critical closed", "1 resolved check:main-db critical closed",
		"1 updated check:licence critical closed", "1 resolved check:licence critical closed")
}

// TestTheEndOfAMuteElsewhere: the chat that made a mute gets its end; another one only when something is open of which it was never
// notified.
func TestTheEndOfAMuteElsewhere(t *testing.T) {
	for _, c := range []struct {
		name   string
		before []string // down before the mute, and notified
		during []string
		want   []string
	}{
		{"open since before", []string{"main-db"}, nil, []string{"1 mute_ended +check:main-db", "1 updated check:main-db critical", "2 updated check:main-db critical"}},
		{"opened meanwhile", nil, []string{"main-db"}, []string{"1 mute_ended +check:main-db", "2 mute_ended +check:main-db", "1 updated check:main-db critical", "2 updated check:main-db critical"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, "main-db")
			w.routing.Chats = append(w.routing.Chats, model.Chat{ID: 2})
			w.manager.SetRouting(w.routing)
			w.fail(c.before...)
			w.mute(2*time.Minute, model.Mute{Chat: 1, Selector: picks("main-db")})
			w.fail(c.during...)
			w.wait(110 * time.Second)
			w.said()
			w.wait(10 * time.Second)
			w.expect(c.want...)
		})
	}
}
