package app

import (
	"path/filepath"
	"testing"
	"time"

	"opsbot/store"
)

// TestTheReceiverKnowsItsOutages opens and closes the database as restarts do.
func TestTheReceiverKnowsItsOutages(t *testing.T) {
	path, start := filepath.Join(t.TempDir(), "opsbot.db"), time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)
	// run is one run of opsbot: it starts, receives until its end, and returns the outage before.
	run := func(from, until time.Duration) (outageFrom, outageUntil time.Duration) {
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
		for _, at := range []time.Duration{from, until} {
			if err := r.note(t.Context(), start.Add(at)); err != nil {
				t.Fatal(err)
			}
		}
		a, b := r.Away()
		if a.IsZero() != b.IsZero() {
			t.Fatalf("away from %v until %v", a, b)
		}
		if a.IsZero() {
			return 0, 0
		}
		return a.Sub(start), b.Sub(start)
	}
	const m = time.Minute
	for _, r := range []struct {
		name                                       string
		from, until, wantOutageFrom, wantOutageEnd time.Duration
	}{
		{"the first start", 0, 10 * m, 0, 0},
		{"a quick restart", 11 * m, 20 * m, 0, 0},
		{"an hour off", 80 * m, 90 * m, 20 * m, 80 * m},
		{"a quick restart keeps it in mind", 91 * m, 100 * m, 20 * m, 80 * m},
		{"the clock was set back", 50 * m, 60 * m, 20 * m, 80 * m},
		{"off again", 200 * m, 210 * m, 60 * m, 200 * m},
	} {
		if from, until := run(r.from, r.until); from != r.wantOutageFrom || until != r.wantOutageEnd {
			t.Errorf("%s: away from %v until %v, want %v until %v", r.name, from, until, r.wantOutageFrom, r.wantOutageEnd)
		}
	}
}
