package model_test

import (
	"testing"
	"time"

	"opsbot/model"
	"opsbot/test/clock"
)

func TestStepsOfAWallClock(t *testing.T) {
	begun := time.Now()
	at := func(elapsed, wall time.Duration) time.Time { return clock.Moved(begun.Add(elapsed), wall) }
	var w model.WallClock
	for i, c := range []struct{ elapsed, wall, want time.Duration }{
		{0, 0, 0},
		{time.Hour, 0, 0},
		{2 * time.Hour, -time.Hour, -time.Hour},
		{3 * time.Hour, -time.Hour, 0},
		{3 * time.Hour, time.Hour, 2 * time.Hour},
		{4 * time.Hour, time.Hour + 400*time.Millisecond, 0}, // slewed
		{5 * time.Hour, time.Hour + 800*time.Millisecond, 0},
		{6 * time.Hour, time.Hour + 1200*time.Millisecond, 1200 * time.Millisecond},
		{7 * time.Hour, time.Hour + 1300*time.Millisecond, 0},
		{7 * time.Hour, 0, -time.Hour - 1200*time.Millisecond},
	} {
		if got := w.Step(at(c.elapsed, c.wall)); got != c.want {
			t.Errorf("%d: step %v, want %v", i, got, c.want)
		}
	}
	var stored model.WallClock
	for i, jump := range []time.Duration{0, time.Hour, -time.Hour} {
		if got := stored.Step(begun.Round(0).Add(jump)); got != 0 {
			t.Errorf("%d: a step of %v in times of one clock", i, got)
		}
	}
}

func TestLengthsAcrossSteps(t *testing.T) {
	begun := time.Now()
	moved := clock.Moved(begun, -2*time.Hour) // the same moment, after the clock was set back
	until := begun.Add(30 * time.Minute)
	if got := model.Anchored(until, moved); got.Sub(begun) != 30*time.Minute || !got.Round(0).Equal(begun.Round(0).Add(-90*time.Minute)) {
		t.Errorf("in process: %v", got)
	}
	stored := begun.Round(0).Add(30 * time.Minute)
	if got := model.Anchored(stored, begun); got.Sub(begun) != 30*time.Minute || clock.Moved(begun, time.Hour).Sub(got) != -30*time.Minute {
		t.Errorf("stored: %v", got)
	}
	for _, c := range []struct{ left, most, want time.Duration }{
		{time.Minute, time.Hour, time.Minute}, {3 * time.Hour, time.Hour, time.Hour}, {-time.Hour, time.Hour, -time.Hour},
	} {
		if got := model.Within(begun.Round(0).Add(c.left), begun, c.most).Sub(begun); got != c.want {
			t.Errorf("%v left of %v at most: %v, want %v", c.left, c.most, got, c.want)
		}
	}
	if got := model.Since(begun.Add(time.Hour), begun).Sub(begun); got != 0 {
		t.Errorf("what has happened was %v", got)
	}
	if !model.Anchored(time.Time{}, begun).IsZero() || !model.Since(time.Time{}, begun).IsZero() {
		t.Error("never became a time")
	}
}

func TestLastRunAfterAStep(t *testing.T) {
	now := time.Now()
	for ahead, want := range map[time.Duration]time.Duration{-time.Hour: -time.Hour, time.Hour: time.Hour, 12 * time.Hour: 12 * time.Hour, 5 * model.Day: 0} {
		if got := model.LastRun(now.Round(0).Add(ahead), now, 12*time.Hour).Sub(now); got.Round(time.Second) != want {
			t.Errorf("%v ahead: %v, want %v", ahead, got, want)
		}
	}
}
