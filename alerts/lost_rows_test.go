package alerts_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"opsbot/model"
)

// TestALostStateEndsNoIncident has the stored state of a check be unreadable while its incident is open: nothing is said to be over before
// the check works, nothing is notified twice, and the end is notified.
func TestALostStateEndsNoIncident(t *testing.T) {
	for name, c := range map[string]struct {
		lost []string
		down func(w *world)
		open string
		end  string
	}{
		"a standalone check": {[]string{"main-db"}, func(w *world) { w.fail("main-db") }, "1 opened check:main-db critical", "1 resolved check:main-db critical closed"},
		"a host":             {[]string{"a/web@h1", "b/web@h1"}, func(w *world) { w.fail("a/web@h1"); w.verification("h1") }, "1 opened host:h1 critical", "1 resolved host:h1 critical closed"},
		"a part of a host":   {[]string{"a/web@h1"}, func(w *world) { w.fail("a/web@h1"); w.verification("h1") }, "1 opened host:h1 critical", "1 resolved host:h1 critical closed"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "main-db", "a/web@h1", "b/web@h1")
			c.down(w)
			w.answer()
			w.expect(c.open)
			for _, id := range c.lost {
				delete(w.store.m.Checks, model.CheckID(id))
			}
			w.restart()
			w.wait(time.Second)
			w.expect()
			c.down(w)
			w.answer()
			w.expect()
			w.at = w.at.Add(time.Minute)
			w.heal("main-db", "a/web@h1", "b/web@h1")
			w.expect(strings.Replace(c.end, "resolved", "updated", 1), c.end) // the card, and the message
			for _, id := range []string{"main-db", "a/web@h1", "b/web@h1"} {
				if st, _ := w.manager.State(model.CheckID(id)); st.Phase != model.PhaseOK {
					t.Errorf("%s is %v", id, st.Phase)
				}
			}
		})
	}
}

// TestALostParentInhibitsNothing has the stored storm be unreadable: what was part of it is notified, and its ends are.
func TestALostParentInhibitsNothing(t *testing.T) {
	var names []string
	for i := range 6 {
		names = append(names, fmt.Sprintf("check-%d", i))
	}
	w := newWorld(t, names...)
	w.rules.Storm.Over, w.rules.Storm.Within = 3, time.Minute
	w.restart()
	w.fail(names...)
	w.answer()
	w.wait(20 * time.Second)
	storm := w.storm()
	w.said()
	delete(w.store.open, storm.ID)
	w.restart()
	w.wait(time.Minute)
	opened := w.said()
	w.heal(names...)
	w.wait(time.Minute)
	over := w.said()
	if len(opened) == 0 || len(over) == 0 {
		t.Errorf("opened: %q, over: %q", opened, over)
	}
}
