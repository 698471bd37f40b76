package alerts_test

import (
	"slices"
	"testing"
	"time"

	"opsbot/alerts"
	"opsbot/model"
)

func everyDayAt(hour int) func(time.Time) time.Time {
	return func(after time.Time) time.Time {
		day := after.UTC().Truncate(model.Day).Add(time.Duration(hour) * time.Hour)
		if !day.After(after) {
			day = day.Add(model.Day)
		}
		return day
	}
}

// digests are the digests of a day that were written since the last time.
func (w *world) digests() []model.Notification {
	var all []model.Notification
	for _, t := range w.store.notifications {
		if t.ID > w.read && t.Kind == model.NotifyDaily {
			all = append(all, t)
		}
	}
	w.read = w.store.last
	return all
}

func (w *world) expires(id string, in time.Duration) time.Time {
	w.t.Helper()
	end := w.at.Add(in)
	if err := w.manager.Handle(w.t.Context(), model.Result{Check: model.CheckID(id), Status: model.StatusOK, At: w.at, Expires: end}); err != nil {
		w.t.Fatal(err)
	}
	return end
}

func TestDigestOfTheDay(t *testing.T) {
	w := newWorld(t, "main-db", "disk", "a/web@h1", "b/web@h1")
	w.routing.Chats = append(w.routing.Chats, model.Chat{ID: 2, Scope: model.ScopeOf([]string{"b"})})
	w.manager.SetRouting(w.routing)
	w.rules = alerts.Rules{Daily: everyDayAt(9), HealthIssues: func() []model.Reason { return nil }}
	w.manager.SetRules(w.rules)
	w.wait(3 * model.Day)
	if d := w.digests(); d != nil {
		t.Fatalf("a digest of nothing: %+v", d)
	}

	w.fail("main-db")
	end := w.expires("a/web@h1", 20*model.Day)
	w.expires("b/web@h1", 90*model.Day)
	w.digests()
	w.wait(model.Day)
	w.restart()
	d := w.digests()
	if len(d) != 1 || d[0].To.Chat != 1 || !d[0].Silent || len(d[0].Snapshot.Open) != 1 {
		t.Fatalf("got %+v", d)
	}
	if c := d[0].Snapshot.Daily.Certificates; len(c) != 1 || !c[0].At.Equal(end) || !slices.Equal(c[0].Checks, []model.CheckID{"a/web@h1"}) {
		t.Errorf("certificates: %+v", c)
	}
	w.wait(time.Hour)
	w.restart()
	if d := w.digests(); d != nil {
		t.Errorf("the same day twice: %+v", d)
	}
	w.heal("main-db")
	w.digests()

	// Alone, a certificate is worth a digest 30 and 14 days before its end, and each day of the last week.
	days := 0
	for w.at.Before(end.Add(-36 * time.Hour)) {
		w.wait(model.Day)
		days += len(w.digests())
	}
	if days != 1+6 {
		t.Errorf("%d digests before the end of a certificate", days)
	}
}

func TestPlannedWindow(t *testing.T) {
	w := newWorld(t, "main-db", "disk")
	w.rules.Windows = []model.MaintenanceWindow{{
		Name: "backup", Selector: model.Selector{Checks: []model.CheckID{"main-db"}}, Length: time.Hour, Reason: "dump", Next: everyDayAt(12),
	}}
	w.manager.SetRules(w.rules)
	w.fail("main-db")
	w.expect("1 opened check:main-db critical")
	w.heal("main-db")
	w.said()
	w.wait(2*time.Hour + time.Minute) // 12:01
	w.fail("main-db", "disk")
	w.expect("1 opened check:disk critical")
	if m := w.manager.Mutes(); len(m) != 1 || m[0].Window != "backup" || m[0].Reason != "dump" {
		t.Fatalf("mutes: %+v", m)
	}
	w.restart()
	if m := w.manager.Mutes(); len(m) != 1 {
		t.Errorf("after a restart: %+v", m)
	}
	w.wait(time.Hour)
	if got := w.said(); !slices.Contains(got, "1 mute_ended +check:main-db") {
		t.Errorf("said %q at the window's end", got)
	}
	w.wait(model.Day)
	m := w.manager.Mutes()
	if len(m) != 0 {
		t.Fatalf("mutes at 13:01: %+v", m)
	}
	w.wait(23 * time.Hour) // 12:01
	m = w.manager.Mutes()
	if len(m) != 1 {
		t.Fatalf("mutes at 12:01: %+v", m)
	}
	if _, err := w.manager.EndMute(t.Context(), m[0].ID, false, model.AuditEntry{}); err != nil {
		t.Fatal(err)
	}
	w.restart()
	w.wait(time.Minute)
	if m := w.manager.Mutes(); len(m) != 0 {
		t.Errorf("a window that was lifted began again: %+v", m)
	}
}

func TestSound(t *testing.T) {
	quiet, _ := model.ParseActiveHours("11:00-12:00", time.UTC)
	w := newWorld(t, "main-db", "disk", "late")
	w.soften("disk")
	w.routing.Sound = alerts.Sound{Quiet: &quiet}
	w.manager.SetRouting(w.routing)
	w.fail("disk")
	w.wait(time.Hour) // 11:00
	w.heal("disk")
	w.fail("disk", "main-db")
	var silent []bool
	for _, tt := range w.store.notifications {
		if tt.Kind == model.NotifyOpened {
			silent = append(silent, tt.Silent)
		}
	}
	if !slices.Equal(silent, []bool{false, true, false}) {
		t.Errorf("silent: %v", silent)
	}
}
