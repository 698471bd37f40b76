package ops_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"opsbot/model"
	"opsbot/oncall"
)

// TestDutyReport: hours, nights of the schedule's own clock, weekends, takeovers and gaps; a table for spreadsheets.
func TestDutyReport(t *testing.T) {
	b := newBench(t)
	b.roster = threePeople(t)
	berlin := b.roster.People[1].Zone
	at := func(text string) time.Time {
		t.Helper()
		moment, err := time.ParseInLocation("2006-01-02 15:04", text, berlin)
		if err != nil {
			t.Fatal(err)
		}
		return moment
	}
	b.roster.People[0].Name = "=anna"
	s := b.roster.Schedules[0]
	s.Zone = berlin
	s.Layers = []oncall.Layer{oncall.Fixed{
		{Person: "=anna", From: at("2026-02-02 21:00"), To: at("2026-02-03 06:30")}, // a night, on Monday
		{Person: "=anna", From: at("2026-02-03 21:00"), To: at("2026-02-03 22:30")}, // half an hour of one
		{Person: "boris", From: at("2026-02-06 22:00"), To: at("2026-02-09 08:00")}, // three nights, Saturday and Sunday
	}}
	now := at("2026-03-01 12:00")
	r, err := b.actions.DutyReport(t.Context(), actor(model.RoleViewer), []string{"oncall", "2026-02"}, now)
	if err != nil || len(r.Schedules) != 1 || len(r.Schedules[0].People) != 2 {
		t.Fatal(r, err)
	}
	h := r.Schedules[0]
	if p := h.People[0]; p.Person != "boris" || p.All != 58*time.Hour || p.Nights != 3 || p.Weekend != 48*time.Hour || p.Night != 24*time.Hour || p.Shifts != 1 {
		t.Errorf("%+v", p)
	}
	if p := h.People[1]; p.All != 11*time.Hour || p.Nights != 1 || p.Night != 8*time.Hour+30*time.Minute || p.Weekend != 0 || p.Shifts != 2 {
		t.Errorf("%+v", p)
	}
	if h.Gap != 28*model.Day-69*time.Hour {
		t.Errorf("nobody: %s", h.Gap)
	}
	table := string(r.Table().Data)
	if !strings.Contains(table, "primary,'=anna,") || !strings.Contains(table, ",58.00,1,3,24.00,48.00,0") {
		t.Error(table)
	}
	if r, err = b.actions.DutyReport(t.Context(), model.Actor{Role: model.RoleAdmin, Scope: model.ScopeOf([]string{"acme"})}, []string{"oncall"}, now); err != nil || len(r.Schedules) > 0 {
		t.Errorf("a limited reader: %+v, %v", r, err)
	}
	if _, err = b.actions.DutyReport(t.Context(), actor(model.RoleViewer), []string{"oncall", "nights"}, now); model.CodeOf(err) != model.ErrNoSchedule {
		t.Errorf("an unknown schedule: %v", err)
	}
}

// TestDutyAddsUp: where one person is on call at a time, their hours and the gaps are all of the time, across clock changes too; no part is longer than
// the whole.
func TestDutyAddsUp(t *testing.T) {
	zones := []string{"UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"}
	rapid.Check(t, func(r *rapid.T) {
		b := newBench(t)
		zone, err := time.LoadLocation(rapid.SampledFrom(zones).Draw(r, "zone"))
		if err != nil {
			r.Fatal(err)
		}
		b.roster = threePeople(t)
		s := b.roster.Schedules[0]
		s.Zone = zone
		hours, err := model.ParseActiveHours(rapid.SampledFrom([]string{"Mon-Fri 09:00-17:00", "Mon-Sun 20:00-08:00", "Mon-Sun 00:00-24:00"}).Draw(r, "hours"), zone)
		if err != nil {
			r.Fatal(err)
		}
		s.Layers = []oncall.Layer{&oncall.Rotation{
			People: []string{"anna", "boris", "vera"}, Zone: zone, Hours: &hours, Every: oncall.Days(rapid.IntRange(1, 9).Draw(r, "every")),
			Start: oncall.Wall(epoch.AddDate(-1, 0, 0)),
		}}
		now := epoch.AddDate(0, rapid.IntRange(0, 11).Draw(r, "month"), 3).In(zone)
		report, err := b.actions.DutyReport(t.Context(), actor(model.RoleViewer), []string{"oncall"}, now)
		if err != nil {
			r.Fatal(err)
		}
		h := report.Schedules[0]
		all := h.Gap
		for _, p := range h.People {
			if all += p.All; p.Night > p.All || p.Weekend > p.All || p.Night < time.Duration(p.Nights)*time.Hour {
				r.Fatalf("%+v", p)
			}
		}
		if all != report.Length() {
			r.Fatalf("%s in all of %s", all, report.Length())
		}
	})
}
