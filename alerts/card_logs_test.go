package alerts_test

import (
	"context"
	"testing"
	"time"

	"opsbot/model"
)

// TestLogsStandOnTheCard: as a silent edit, three lines at most, for those who see everything; across restarts.
func TestLogsStandOnTheCard(t *testing.T) {
	w := hosting(t)
	w.down("h1", "h2")
	w.recheckAll("h1", "h2")
	w.wait(time.Minute)
	id := w.group().ID
	note := func(groups ...model.LogGroup) {
		t.Helper()
		if err := w.manager.NoteLogs(context.Background(), id, groups); err != nil {
			t.Fatal(err)
		}
	}
	one := model.LogGroup{Text: "GET /", Status: 502, Count: 7}
	w.said()
	note(one)
	w.wait(10 * time.Second)
	if n := len(w.said()); n != 1 {
		t.Errorf("%d messages, want one edit", n)
	}
	note(one)
	w.wait(10 * time.Second)
	if n := len(w.said()); n != 0 {
		t.Errorf("%d messages for what stood there already", n)
	}
	w.restart()
	if got := w.group().Logs; len(got) != 1 || got[0] != one {
		t.Errorf("after a restart: %v", got)
	}
	note(one, one, one, one, one)
	if n := len(w.group().Logs); n != 3 {
		t.Errorf("%d lines on a card", n)
	}
	for _, in := range w.manager.OpenIncidents(model.ScopeOf([]string{"a"})) {
		if len(in.Logs) > 0 {
			t.Errorf("who sees client a reads %v", in.Logs)
		}
	}
	if err := w.manager.NoteLogs(context.Background(), 99, []model.LogGroup{one}); err != nil {
		t.Error(err)
	}
}
