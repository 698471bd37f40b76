package alerts_test

import (
	"testing"
	"time"

	"opsbot/model"
)

// night is a world at 22:00 whose chat is notified from 08:00 to 20:00, except of what is critical.
func night(t *testing.T, checks ...string) *world {
	t.Helper()
	w := newWorld(t, checks...)
	hours, err := model.ParseActiveHours("08:00-20:00", time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	w.routing.Hours = &hours
	w.manager.SetRouting(w.routing)
	w.wait(12 * time.Hour)
	return w
}

// soften makes standalone checks warnings, which wait for the hours.
func (w *world) soften(ids ...model.CheckID) {
	for _, id := range ids {
		c, _ := w.inv.Check(id)
		c.Severity = model.SeverityWarning
	}
}

func (w *world) morning() { w.wait(10*time.Hour + time.Second) }

func TestOutsideTheHoursOnlyTheCriticalIsNotified(t *testing.T) {
	w := night(t, "main-db", "disk")
	w.soften("disk")
	w.fail("main-db", "disk")
	w.expect("1 opened check:main-db critical", "1 opened check:disk warning held")
	w.heal("main-db")
	w.expect("1 updated check:main-db critical closed", "1 resolved check:main-db critical closed")
	w.morning()
	w.expect("1 opened check:disk warning")
	if n := len(w.store.load().Deferred); n != 0 {
		t.Errorf("%d rows are still held", n)
	}
}

func TestHoursOpenWithOneDigest(t *testing.T) {
	w := night(t, "disk", "disk2", "backup")
	w.soften("disk", "disk2", "backup")
	w.fail("disk", "disk2", "backup")
	w.heal("backup")
	w.said()
	w.restart()
	w.morning()
	w.expect("1 digest +check:disk +check:disk2 -check:backup")
	w.heal("disk")
	w.expect("1 updated check:disk warning closed", "1 resolved check:disk warning closed")
}

// What was notified within the hours and ended outside them is not said to have come and gone.
func TestHoursOpenWithTheEndsOfTheDayBefore(t *testing.T) {
	w := night(t, "disk", "disk2", "backup", "queue")
	w.soften("disk", "disk2", "backup", "queue")
	w.wait(12 * time.Hour)
	w.fail("disk")
	w.wait(time.Hour)
	w.fail("disk2")
	w.wait(time.Hour)
	w.fail("queue")
	w.wait(10 * time.Hour)
	w.said()
	w.fail("backup")
	w.heal("disk", "disk2", "backup")
	w.said()
	w.restart()
	w.morning()
	w.expect("1 digest =check:disk =check:disk2 -check:backup")
}

func TestHoursThatOpenedWhileStopped(t *testing.T) {
	w := night(t, "disk", "disk2")
	w.soften("disk", "disk2")
	w.fail("disk", "disk2")
	w.said()
	w.at = w.at.Add(13 * time.Hour)
	w.restart()
	w.expect("1 digest +check:disk +check:disk2")
}

func TestTheEndWaitsForTheHoursUnlessItsBeginningPassedThem(t *testing.T) {
	w := newWorld(t, "disk")
	w.soften("disk")
	w.fail("disk")
	hours, _ := model.ParseActiveHours("11:00-12:00", time.UTC)
	w.routing.Hours = &hours
	w.manager.SetRouting(w.routing)
	w.heal("disk")
	w.expect("1 opened check:disk warning", "1 updated check:disk warning closed", "1 resolved check:disk warning closed held")
	w.wait(time.Hour)
	w.expect("1 resolved check:disk warning closed")
}

func TestCameAndWentAtNightIsADigest(t *testing.T) {
	w := night(t, "disk")
	w.soften("disk")
	w.fail("disk")
	w.heal("disk")
	w.said()
	w.morning()
	w.expect("1 digest -check:disk")
}

func TestARiseToCriticalPassesTheHours(t *testing.T) {
	w := night(t, "a/web@h1", "a/web@h2", "a/shop@h1", "a/shop@h2")
	w.fail("a/web@h1")
	w.verification("h1", "a/shop@h1")
	w.wait(5 * time.Second)
	w.expect("1 opened service:a/web warning held")
	w.fail("a/web@h2")
	w.verification("h2", "a/shop@h2")
	w.wait(5 * time.Second)
	w.expect("1 opened service:a/web critical")
	w.heal("a/web@h1", "a/web@h2")
	w.expect("1 updated service:a/web warning", "1 updated service:a/web warning closed", "1 resolved service:a/web warning closed")
	w.morning()
	w.expect()
}

func TestAMuteAtNightEndsInTheMorning(t *testing.T) {
	w := night(t, "disk")
	w.soften("disk")
	w.mute(time.Hour, model.Mute{Chat: 1})
	w.fail("disk")
	w.wait(time.Hour)
	w.expect("1 mute_ending", "1 opened check:disk warning held")
	w.morning()
	w.expect("1 opened check:disk warning")
}

func TestHoursOfTheCheckWin(t *testing.T) {
	w := night(t, "disk", "disk2")
	w.soften("disk", "disk2")
	always, _ := model.ParseActiveHours("always", nil)
	c, _ := w.inv.Check("disk")
	c.Hours = &always
	w.fail("disk", "disk2")
	w.expect("1 opened check:disk warning", "1 opened check:disk2 warning held")
}

func TestWiderHoursReleaseWhatIsDeferred(t *testing.T) {
	w := night(t, "disk")
	w.soften("disk")
	w.fail("disk")
	w.said()
	w.routing.Hours = nil
	w.manager.SetRouting(w.routing)
	w.tick()
	w.expect("1 opened check:disk warning")
}

func TestClockChangesMoveTheOpening(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("no time zones here")
	}
	for _, day := range []time.Time{time.Date(2026, 3, 28, 22, 0, 0, 0, berlin), time.Date(2026, 10, 24, 22, 0, 0, 0, berlin)} {
		w := newWorld(t, "disk")
		w.soften("disk")
		hours, _ := model.ParseActiveHours("08:00-20:00", berlin)
		w.routing.Hours = &hours
		w.manager.SetRouting(w.routing)
		w.wait(day.Sub(w.at))
		w.fail("disk")
		w.said()
		opens := time.Date(day.Year(), day.Month(), day.Day()+1, 8, 0, 0, 0, berlin)
		w.wait(opens.Add(-time.Second).Sub(w.at))
		w.expect()
		w.wait(time.Second)
		w.expect("1 opened check:disk warning")
	}
}
