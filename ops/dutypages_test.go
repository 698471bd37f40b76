package ops_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/ops"
)

// TestPagesOfTheDutyReport: pages by message, at the night of the person's own clock, and how often that woke them.
func TestPagesOfTheDutyReport(t *testing.T) {
	b := newBench(t)
	b.roster = threePeople(t)
	b.roster.People[0].Zone, b.roster.People[1].Zone = time.UTC, time.FixedZone("east", 8*3600)
	anna, boris := b.roster.People[0].Name, b.roster.People[1].Name
	page := func(person, way, at string, several int) {
		t.Helper()
		when, err := time.Parse("2006-01-02 15:04:05", at)
		if err != nil {
			t.Fatal(err)
		}
		b.sentPages = append(b.sentPages, model.SentPage{Person: person, Way: way, At: when, Several: several})
	}
	page(anna, "dm", "2026-01-31 23:50:00", 0)
	page(anna, "dm", "2026-02-01 00:10:00", 0) // awake since last month
	page(anna, "mention", "2026-02-01 00:12:00", 0)
	page(anna, "dm", "2026-02-01 03:00:00", 0)
	page(anna, "dm", "2026-02-01 03:00:00", 0) // of two escalations, which became one
	page(anna, "dm", "2026-02-02 21:59:59", 0)
	page(anna, "dm", "2026-02-03 22:00:00", 3) // one message of three
	page(anna, "dm", "2026-02-03 22:00:01", 3)
	page(anna, "dm", "2026-02-03 22:00:02", 3)
	page(anna, "dm", "2026-02-03 22:01:00", 3) // and another one
	page(anna, "dm", "2026-02-04 06:00:00", 0)
	page(boris, "gateway:voice", "2026-02-04 14:00:00", 0) // 22:00 there
	page(boris, "gateway:voice", "2026-02-04 23:00:00", 0) // 07:00 there
	page(boris, "gateway:voice", "2026-03-01 00:00:00", 0)
	now := time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)
	r, err := b.actions.DutyReport(t.Context(), actor(model.RoleViewer), []string{"oncall", "2026-02"}, now)
	if err != nil {
		t.Fatal(err)
	}
	want := []ops.PersonPages{{Person: anna, Pages: 7, Night: 5, Woken: 2}, {Person: boris, Pages: 2, Night: 1, Woken: 1}}
	if !slices.Equal(r.Paged, want) {
		t.Errorf("paged %+v, want %+v", r.Paged, want)
	}
	if table := string(r.Table().Data); !strings.Contains(table, ",pages,night_pages,woken") || !strings.Contains(table, ","+boris+",2026-02-01T00:00:00Z,2026-03-01T00:00:00Z,,,,,,,2,1,1") {
		t.Error(table)
	}
	if r, err = b.actions.DutyReport(t.Context(), model.Actor{Role: model.RoleAdmin, Scope: model.ScopeOf([]string{"acme"})}, []string{"oncall", "2026-02"}, now); err != nil || len(r.Paged) > 0 {
		t.Errorf("a limited reader: %+v, %v", r.Paged, err)
	}
	b.pagesFail = errors.New("disk")
	if _, err = b.actions.DutyReport(t.Context(), actor(model.RoleViewer), []string{"oncall", "2026-02"}, now); err == nil {
		t.Error("pages that cannot be read are none")
	}
}
