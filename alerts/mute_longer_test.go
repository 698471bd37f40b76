package alerts_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"opsbot/model"
)

// TestASecondMuteNeverShortens mutes one incident in many ways, extends and ends mutes, and lets time pass: the card says the latest
// end of those that cover it, no further mute brings that forward, nothing is notified before, and nobody is warned of an end that
// another mute outlasts.
func TestASecondMuteNeverShortens(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		w := newWorld(t, "main-db", "other")
		w.fail("main-db")
		w.said()
		var mutes []model.Mute
		until := func() (last time.Time) {
			for _, m := range mutes {
				if m.Active(w.at) && m.Until.After(last) {
					last = m.Until
				}
			}
			return last
		}
		shown := func() time.Time {
			in, _ := w.manager.Incident(1)
			return in.MutedUntil
		}
		for range rapid.IntRange(1, 20).Draw(r, "steps") {
			length := time.Duration(rapid.IntRange(1, 100).Draw(r, "minutes")) * time.Minute
			switch rapid.SampledFrom([]string{"incident", "selector", "everything", "elsewhere", "extend", "end", "wait", "restart"}).Draw(r, "what") {
			case "incident":
				m := w.mute(length, model.Mute{Chat: 1, Incident: 1})
				if m.Active(w.at) && slices.ContainsFunc(mutes, func(o model.Mute) bool { return o.Incident == 1 && o.ID != m.ID && o.Active(w.at) }) {
					r.Fatalf("two mutes of one incident: %+v and %+v", mutes, m)
				}
				mutes = slices.DeleteFunc(mutes, func(o model.Mute) bool { return o.ID == m.ID }) // the same one, for longer
				mutes = append(mutes, m)
			case "selector":
				mutes = append(mutes, w.mute(length, model.Mute{Chat: 1, Selector: picks("main-db", "other")}))
			case "everything":
				mutes = append(mutes, w.mute(length, model.Mute{Chat: 1, Here: true}))
			case "elsewhere":
				before := shown()
				w.mute(length, model.Mute{Chat: 1, Selector: picks("other")})
				if !shown().Equal(before) {
					r.Fatalf("a mute of another check moved the end to %v", shown())
				}
			case "extend":
				for i := range mutes {
					if mutes[i].Active(w.at) {
						m, err := w.manager.ExtendMute(context.Background(), mutes[i].ID, mutes[i].Until.Add(length), model.AuditEntry{})
						if err != nil {
							r.Fatal(err)
						}
						mutes[i] = m
						break
					}
				}
			case "end":
				for i := range mutes {
					if mutes[i].Active(w.at) {
						m, err := w.manager.EndMute(context.Background(), mutes[i].ID, true, model.AuditEntry{})
						if err != nil {
							r.Fatal(err)
						}
						mutes[i] = m
						break
					}
				}
			case "wait":
				w.wait(length)
			case "restart":
				w.restart()
			}
			if got, want := shown(), until(); !got.Equal(want) {
				r.Fatalf("muted until %v, want %v, by %+v", got, want, mutes)
			}
			w.checkMuteMessages(r, mutes)
		}
	})
}

// mutesAll reports whether one mute of TestASecondMuteNeverShortens mutes all that another does: the same, the same way.
func mutesAll(m, other *model.Mute) bool {
	return m.Here && other.Here || m.Incident != 0 && other.Incident != 0 || len(m.Selector.Checks) > 0 && len(other.Selector.Checks) > 0
}

// checkMuteMessages holds what was said of mutes to when it was said: the end while nothing mutes any more, a warning while no other
// mute outlasts it.
func (w *world) checkMuteMessages(r *rapid.T, mutes []model.Mute) {
	for _, n := range w.store.notifications {
		if n.ID <= w.read {
			continue
		}
		about := slices.DeleteFunc(slices.Clone(mutes), func(m model.Mute) bool { return m.From.After(n.Created) || !m.InForce().To.After(n.Created) })
		switch {
		case n.Kind == model.NotifyMuteEnded && len(about) > 0:
			r.Fatalf("at %v the end of mute %d is announced; in force: %+v", n.Created, n.Snapshot.Mute.ID, about)
		case n.Kind == model.NotifyMuteEnding && slices.ContainsFunc(about, func(m model.Mute) bool { return m.Until.After(n.Snapshot.Mute.Until) && mutesAll(&m, n.Snapshot.Mute) }):
			r.Fatalf("at %v the end of mute %d is warned of; in force: %+v", n.Created, n.Snapshot.Mute.ID, about)
		case n.Kind == model.NotifyReminder, n.Kind == model.NotifyOpened, n.Kind == model.NotifyRaised:
			r.Fatalf("said %s", strings.Join(w.said(), "; "))
		}
	}
	w.read = w.store.last
}

// TestASecondMuteCoversNoLess mutes an event group while its service is down, and again while a part of that has recovered: whatever fails again,
// there is no reminder of what was muted first.
func TestASecondMuteCoversNoLess(t *testing.T) {
	all := []string{"a/web@h1", "a/web@h2"}
	rapid.Check(t, func(r *rapid.T) {
		w := &truth{world: newWorld(t, all...), broken: map[string]bool{all[1]: true}}
		w.rules.Remind = []time.Duration{10 * time.Minute}
		w.restart()
		w.reports(true, "h1")
		w.run(all...)
		w.answers(time.Minute)
		muted := model.Mute{Chat: 1, Incident: 1, Until: w.at.Add(24 * time.Hour)}
		w.addMute(muted)
		last := w.store.last
		for range rapid.IntRange(1, 8).Draw(r, "steps") {
			if id := rapid.SampledFrom(append(all, "")).Draw(r, "which"); id == "" {
				muted.Until = w.at.Add(time.Duration(rapid.IntRange(1, 100).Draw(r, "minutes")) * time.Minute)
				w.addMute(muted)
			} else {
				w.broken[id] = !w.broken[id]
				w.run(id)
			}
			w.answers(10 * time.Minute)
		}
		for _, n := range w.store.notifications {
			if n.ID > last && n.Kind == model.NotifyReminder && n.Incident == muted.Incident {
				r.Fatalf("a reminder of what is muted: %q", w.said())
			}
		}
	})
}
