package app

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/store"
	"opsbot/test/clock"
)

// TestTheReceiverKnowsItsOutages opens and closes the database as restarts do.
func TestTheReceiverKnowsItsOutages(t *testing.T) {
	path, start := filepath.Join(t.TempDir(), "opsbot.db"), time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)
	// run is one run of opsbot: it starts, receives until its end, and returns the outages before.
	run := func(from, until time.Duration) (outages []time.Duration) {
		t.Helper()
		db, err := store.Open(t.Context(), store.Options{Path: path, Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = db.Close() }()
		r, err := loadHeartbeatReceiver(t.Context(), db, start.Add(from))
		if err != nil {
			t.Fatal(err)
		}
		for at := from; at <= until; at += receivedPace {
			if err := r.note(t.Context(), start.Add(at)); err != nil {
				t.Fatal(err)
			}
		}
		for _, o := range r.Outages() {
			outages = append(outages, o.From.Sub(start), o.To.Sub(start))
		}
		return outages
	}
	const m = time.Minute
	for _, r := range []struct {
		name        string
		from, until time.Duration
		want        []time.Duration
	}{
		{"the first start", 0, 10 * m, nil},
		{"a quick restart is an outage", 11 * m, 20 * m, []time.Duration{10 * m, 11 * m}},
		{"an hour off", 80 * m, 90 * m, []time.Duration{10 * m, 11 * m, 20 * m, 80 * m}},
		{"the clock was set back", 50 * m, 60 * m, []time.Duration{10 * m, 11 * m, 20 * m, 80 * m}},
		{"off again", 200 * m, 201 * m, []time.Duration{10 * m, 11 * m, 20 * m, 80 * m, 60 * m, 200 * m}},
		{"a crash after a minute prolongs it", 205 * m, 205 * m, []time.Duration{10 * m, 11 * m, 20 * m, 80 * m, 60 * m, 205 * m}},
		{"and again", 206 * m, 300 * m, []time.Duration{10 * m, 11 * m, 20 * m, 80 * m, 60 * m, 206 * m}},
	} {
		if got := run(r.from, r.until); !slices.Equal(got, r.want) {
			t.Errorf("%s: away %v, want %v", r.name, got, r.want)
		}
	}
}

// TestASleepingMachineIsAnOutage: opsbot was not restarted, but could receive nothing.
func TestASleepingMachineIsAnOutage(t *testing.T) {
	db, err := store.Open(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), "opsbot.db"), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	start := time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)
	r, err := loadHeartbeatReceiver(t.Context(), db, start)
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []time.Duration{0, receivedPace, longestPace, time.Hour, time.Hour + receivedPace, 0, receivedPace} { // then the clock is set back
		if err := r.note(t.Context(), start.Add(at)); err != nil {
			t.Fatal(err)
		}
	}
	want := []model.Span{{From: start.Add(longestPace), To: start.Add(time.Hour)}}
	if got := r.Outages(); !slices.Equal(got, want) {
		t.Errorf("outages %v, want %v", got, want)
	}
	again, err := loadHeartbeatReceiver(t.Context(), db, start.Add(receivedPace))
	if err != nil || !slices.Equal(again.Outages(), want) {
		t.Errorf("after a restart: %v, %v", again.Outages(), err)
	}
}

// TestTheOutageOfAnEarlierVersionIsRead: it was one, not a list.
func TestTheOutageOfAnEarlierVersionIsRead(t *testing.T) {
	all, err := readOutages(`{"from":"2026-11-22T03:00:00Z","until":"2026-11-22T04:00:00Z"}`)
	if err != nil || len(all) != 1 || all[0].To.Sub(all[0].From) != time.Hour {
		t.Errorf("%v, %v", all, err)
	}
	for i := range 3 * mostOutages {
		from := all[len(all)-1].To.Add(time.Hour)
		if all = addOutage(all, model.Span{From: from, To: from.Add(time.Hour)}); len(all) > mostOutages {
			t.Fatalf("%d outages are kept after %d more", len(all), i)
		}
	}
}

// TestHeartbeatsHaveElapsedTime: the times of a job are as far away after a step of the wall clock as before, and none is in the future
// because the clock was set back while opsbot did not run.
func TestHeartbeatsHaveElapsedTime(t *testing.T) {
	begun := time.Now()
	var elapsed, wall time.Duration
	now := func() time.Time { return clock.Moved(begun.Add(elapsed), wall) }
	path := filepath.Join(t.TempDir(), "opsbot.db")
	open := func() (*store.DB, *heartbeatReceiver) {
		t.Helper()
		db, err := store.Open(t.Context(), store.Options{Path: path, Now: now})
		if err != nil {
			t.Fatal(err)
		}
		r, err := loadHeartbeatReceiver(t.Context(), db, now())
		if err != nil {
			t.Fatal(err)
		}
		r.now = now
		return db, r
	}
	ago := func(r *heartbeatReceiver) time.Duration {
		t.Helper()
		h, err := r.Heartbeat(t.Context(), "job")
		if err != nil {
			t.Fatal(err)
		}
		return now().Sub(h.Lengths().Ended).Round(time.Second)
	}
	db, r := open()
	if err := db.SaveHeartbeat(t.Context(), "job", model.HeartbeatCall{At: now(), Event: model.HeartbeatFinish}); err != nil {
		t.Fatal(err)
	}
	_ = ago(r) // it is checked as soon as it comes
	elapsed = 20 * time.Minute
	for _, wall = range []time.Duration{-2 * time.Hour, 3 * time.Hour, 0} {
		if got := ago(r); got != elapsed {
			t.Errorf("after a step to %v the call was %v ago, want %v", wall, got, elapsed)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	wall = -5 * time.Hour
	db, r = open()
	defer func() { _ = db.Close() }()
	if got := ago(r); got != 0 {
		t.Errorf("after a restart with the clock set back the call was %v ago", got)
	}
}
