package store_test

import (
	"path/filepath"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/store"
)

// TestAnOpeningFollowsTheClock: when an incident opened is stored anew when the wall clock is set, and what ended is recalled by that.
func TestAnOpeningFollowsTheClock(t *testing.T) {
	now := time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	db, err := store.Open(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), "opsbot.db"), Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	in := model.Incident{ID: 1, Kind: model.IncidentCheck, Check: "main-db", OpenedAt: now.Add(time.Hour)}
	for _, opened := range []time.Time{now.Add(time.Hour), now.Add(-time.Hour)} {
		if in.OpenedAt = opened; opened.Before(now) {
			in.ClosedAt = now
		}
		if _, err := db.Commit(t.Context(), model.Change{Incidents: []model.Incident{in}}); err != nil {
			t.Fatal(err)
		}
	}
	m, err := db.Load(t.Context())
	if err != nil || len(m.Ended) != 1 || !m.Ended[0].OpenedAt.Equal(in.OpenedAt) {
		t.Errorf("recalled %+v, %v, want it opened at %v", m.Ended, err, in.OpenedAt)
	}
}
