package alerts_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"opsbot/alerts"
	"opsbot/model"
)

// deed is something that happens to a world, and by how much the wall clock is set before it.
type deed struct {
	name string
	do   func(*world)
	step time.Duration
}

// deeds draws what happens: failures, waits, mutes, kills, events.
func deeds(r *rapid.T) []deed {
	var all []deed
	for range rapid.IntRange(5, 60).Draw(r, "deeds") {
		d := someDeed(r)
		if rapid.Bool().Draw(r, "steps") {
			d.step = time.Duration(rapid.SampledFrom([]int{-7200, 7200, -5, 5, -100000, 90000}).Draw(r, "step")) * time.Second
		}
		all = append(all, d)
	}
	return all
}

func someDeed(r *rapid.T) deed {
	switch rapid.IntRange(0, 8).Draw(r, "deed") {
	case 0, 1, 2:
		id := rapid.SampledFrom(zoo).Draw(r, "check")
		status := rapid.SampledFrom([]model.Status{model.StatusOK, model.StatusFail, model.StatusFail, model.StatusUnknown}).Draw(r, "status")
		return deed{name: fmt.Sprint(id, " ", status), do: func(w *world) { w.result(id, status) }}
	case 3:
		return deed{name: "answers", do: func(w *world) { w.answer() }}
	case 4:
		length := model.Duration(time.Duration(rapid.IntRange(1, 90).Draw(r, "m")) * time.Minute)
		return deed{name: "mute", do: func(w *world) {
			m := model.Mute{Chat: 1, Selector: model.Selector{Clients: []string{"a"}}, From: w.now(), Until: w.now().Add(time.Duration(length)), Lasts: length}
			_, _, _ = w.manager.Mute(context.Background(), m, model.AuditEntry{})
		}}
	case 5, 6:
		return deed{name: "kill", do: func(w *world) { w.restart() }}
	default:
		d := time.Duration(rapid.IntRange(1, 1500).Draw(r, "s")) * time.Second
		return deed{name: fmt.Sprint("wait ", d), do: func(w *world) { w.wait(d) }}
	}
}

// TestLengthsGoOnWhateverTheWallClockDoes lets the same happen to two worlds, in one of which the wall clock is set again and again, by
// seconds and by days: both notify of the same, at the same elapsed time. Without moments (hours, cron) nothing depends on the wall clock.
func TestLengthsGoOnWhateverTheWallClockDoes(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		rules := alerts.Rules{Remind: []time.Duration{10 * time.Minute, time.Hour}}
		all := deeds(r)
		steady, end := sentBy(t, rules, all, false)
		stepped, _ := sentBy(t, rules, all, true)
		isReminderAt := func(n sent, end time.Time) bool {
			return strings.Contains(n.what, "reminder") && n.at.Sub(end).Abs() <= slack
		}
		for range 3 { // where both have sent the same reminders
			if slices.ContainsFunc(steady, func(n sent) bool { return isReminderAt(n, end) }) {
				end = end.Add(2*slack + time.Second)
			}
		}
		isLate := func(n sent) bool { return n.at.After(end) && strings.Contains(n.what, "reminder") }
		steady, stepped = slices.DeleteFunc(steady, isLate), slices.DeleteFunc(stepped, isLate)
		if diff := gocmp.Diff(steady, stepped, gocmp.Comparer(sameSent)); diff != "" {
			for _, d := range all {
				r.Logf("%s (step %v)", d.name, d.step)
			}
			r.Errorf("what is notified, without steps (-) and with (+):\n%s", diff)
		}
	})
}

// sent is what was notified, and when in elapsed time.
type sent struct {
	at   time.Time
	what string
}

// slack is a verification: across a kill it is not exact when a check that is fine was last seen.
const slack = 10*time.Second + alerts.VerifyGrace

func sameSent(a, b sent) bool { return a.what == b.what && a.at.Sub(b.at).Abs() <= slack }

// sentBy is what a world notifies of, each with its elapsed time, and when it ends; some reminders come later.
func sentBy(t *testing.T, rules alerts.Rules, all []deed, steps bool) ([]sent, time.Time) {
	w := newWorld(t, zoo...)
	w.clocks, w.rules = true, rules
	w.restart()
	noted := &log{w: w, seen: map[int64]bool{}}
	w.store.committed = noted.note
	for _, d := range all {
		if steps && d.step != 0 {
			w.wall += d.step
		}
		if d.step != 0 {
			w.tick()
		}
		d.do(w)
	}
	end := w.at.Add(3 * time.Hour)
	w.wait(3*time.Hour + 9*slack)
	slices.SortFunc(noted.all, func(a, b sent) int { return cmp.Or(cmp.Compare(a.what, b.what), a.at.Compare(b.at)) })
	return noted.all, end
}

// log notes what is written to the outbox, but for what waits there, which is written once more when its wait is over, and edits: cards
// say until when they are muted by the clock as it is set.
type log struct {
	w    *world
	seen map[int64]bool
	all  []sent
}

func (l *log) note(all []model.Notification) {
	for i := range all {
		n := &all[i]
		if n.NotBefore.IsZero() && n.Kind != model.NotifyUpdated && !l.seen[n.ID] {
			l.seen[n.ID] = true
			l.all = append(l.all, sent{l.w.at, describe(n)})
		}
	}
}

// TestAStepAndAKillInTheMiddleOfALength sets the wall clock while something lasts, kills opsbot once that was noticed, and expects what lasts
// to end when it would have: what is stored of it follows the clock.
func TestAStepAndAKillInTheMiddleOfALength(t *testing.T) {
	for _, step := range []time.Duration{-2 * time.Hour, 2 * time.Hour, -30 * time.Minute, 30 * time.Minute, -3 * model.Day} {
		for name, c := range map[string]struct {
			begin func(*world)
			lasts time.Duration
			ends  string
		}{
			"mute": {func(w *world) {
				m := model.Mute{Chat: 1, From: w.now(), Until: w.now().Add(time.Hour), Lasts: model.Duration(time.Hour)}
				_, _, _ = w.manager.Mute(t.Context(), m, model.AuditEntry{})
				w.fail("main-db")
			}, time.Hour, "1 mute_ended +check:main-db"},
			"reminder":     {func(w *world) { w.fail("main-db") }, time.Hour, "1 reminder check:main-db critical"},
			"long unknown": {func(w *world) { w.result("main-db", model.StatusUnknown) }, alerts.UnknownLimit, "1 opened check:main-db warning"},
			"flapping": {func(w *world) {
				for range 4 {
					w.fail("main-db")
					w.heal("main-db")
				}
			}, 20 * time.Minute, "1 resolved check:main-db critical closed"},
		} {
			t.Run(fmt.Sprint(name, step), func(t *testing.T) {
				w := newWorld(t, zoo...)
				w.clocks = true
				w.rules = alerts.Rules{Remind: []time.Duration{time.Hour}, Flapping: alerts.Flapping{Over: 3, Within: time.Hour, Quiet: 20 * time.Minute}}
				w.restart()
				c.begin(w)
				w.said()
				w.wait(c.lasts / 3)
				w.wall += step
				w.tick()
				w.restart()
				w.wait(c.lasts * 2 / 3 * 9 / 10)
				if said := w.said(); slices.Contains(said, c.ends) {
					t.Errorf("too early: %q", said)
				}
				w.wait(c.lasts / 5)
				if said := w.said(); !slices.Contains(said, c.ends) {
					t.Errorf("%q is not in %q", c.ends, said)
				}
			})
		}
	}
}

// TestMomentsComeOnceAcrossSteps: the daily summary and a maintenance window are at a time of day, on the clock as it is set. Neither comes
// twice because the clock was set back by hours, nor is left out because it was set forth over it, with a kill in between or without.
func TestMomentsComeOnceAcrossSteps(t *testing.T) {
	const h = time.Hour
	for name, c := range map[string]struct {
		before, step time.Duration // the world begins at 10:00; both are at 12:00
		kill         bool
		runs         time.Duration // after the step
		daily        int           // how often they come, the step included
		windows      int
	}{
		"no step":                       {3 * h, 0, false, 24 * h, 2, 2},
		"back, right after":             {2*h + 30*time.Minute, -h, false, 3 * h, 1, 1},
		"back, right after, and a kill": {2*h + 30*time.Minute, -h, true, 3 * h, 1, 1},
		"back before":                   {h, -h, false, 4 * h, 1, 1},
		"forth over it":                 {h, 2 * h, false, 3 * h, 1, 1},
		"forth over it, and a kill":     {h, 2 * h, true, 3 * h, 1, 1},
		"forth by days":                 {h, 5*24*h + 2*h, false, 3 * h, 1, 1},
		"back by days":                  {3 * h, -5 * 24 * h, false, 24 * h, 2, 2},
		"back by days, and a kill":      {3 * h, -5 * 24 * h, true, 24 * h, 2, 2},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, zoo...)
			noon := func(after time.Time) time.Time {
				at := after.UTC().Truncate(model.Day).Add(12 * h)
				if !at.After(after.Round(0)) {
					at = at.Add(model.Day)
				}
				return at
			}
			w.clocks = true
			w.rules = alerts.Rules{Daily: noon, Windows: []model.MaintenanceWindow{{
				Name: "backup", Selector: model.Selector{Clients: []string{"b"}}, Length: 90 * time.Minute, Next: noon,
			}}}
			w.restart()
			w.fail("main-db") // the summary is not empty
			w.said()
			w.wait(c.before)
			w.wall += c.step
			w.tick()
			if c.kill {
				w.restart()
			}
			w.wait(c.runs)
			daily := 0
			for _, line := range w.said() {
				if strings.HasPrefix(line, "1 daily") {
					daily++
				}
			}
			if windows := len(w.store.mutes); daily != c.daily || windows != c.windows {
				t.Errorf("%d summaries and %d windows, want %d and %d", daily, windows, c.daily, c.windows)
			}
		})
	}
}

// TestActiveHoursAreOnTheClockAsItIsSet: what waits for them is sent when they begin by the new clock, which may be now.
func TestActiveHoursAreOnTheClockAsItIsSet(t *testing.T) {
	for _, c := range []struct{ step, opens time.Duration }{ // the world begins at 10:00
		{0, 3 * time.Hour},
		{4 * time.Hour, 0},
		{-18 * time.Hour, 0},
		{time.Hour, 2 * time.Hour},
		{-9 * time.Hour, 12 * time.Hour},
		{26 * time.Hour, time.Hour},
	} {
		for _, kill := range []bool{false, true} {
			t.Run(fmt.Sprint(c.step, kill), func(t *testing.T) {
				w := newWorld(t, "disk")
				w.soften("disk")
				hours, err := model.ParseActiveHours("13:00-18:00", time.UTC)
				if err != nil {
					t.Fatal(err)
				}
				w.clocks, w.routing.Hours = true, &hours
				w.restart()
				w.fail("disk")
				w.said()
				w.wall += c.step
				w.tick()
				if kill {
					w.restart()
				}
				sent := func(d time.Duration) bool {
					w.wait(d)
					return slices.ContainsFunc(w.store.notifications, func(n model.Notification) bool { return n.NotBefore.IsZero() })
				}
				if c.opens > 0 && sent(c.opens-time.Minute) {
					t.Error("sent before they begin")
				}
				if !sent(2 * time.Minute) {
					t.Errorf("not sent when they begin; waits: %+v", w.store.notifications)
				}
			})
		}
	}
}

// TestAnExtendedMuteEndsAsItWasExtended: by a length it goes on in elapsed time, until a moment it ends then on the clock as it is set.
func TestAnExtendedMuteEndsAsItWasExtended(t *testing.T) {
	for name, c := range map[string]struct {
		until func(model.Mute) time.Time
		lasts time.Duration // elapsed, from the beginning
	}{
		"by a length":    {func(m model.Mute) time.Time { return m.Until.Add(time.Hour) }, 2 * time.Hour},
		"until a moment": {func(m model.Mute) time.Time { return m.From.Round(0).Add(90 * time.Minute) }, 30 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, zoo...)
			w.clocks = true
			w.restart()
			begun := w.at
			m := model.Mute{Chat: 1, From: w.now(), Until: w.now().Add(time.Hour), Lasts: model.Duration(time.Hour)}
			m, _, err := w.manager.Mute(t.Context(), m, model.AuditEntry{})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.manager.ExtendMute(t.Context(), m.ID, c.until(m), model.AuditEntry{}); err != nil {
				t.Fatal(err)
			}
			w.wall += time.Hour
			w.tick()
			w.restart()
			for len(w.manager.Mutes()) > 0 {
				w.wait(time.Minute)
			}
			if got := w.at.Sub(begun); (got - c.lasts).Abs() > time.Minute {
				t.Errorf("it lasted for %v, want %v", got, c.lasts)
			}
		})
	}
}
