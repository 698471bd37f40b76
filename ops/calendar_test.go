package ops_test

import (
	"strings"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/oncall"
	"opsbot/oncall/calendar"
)

// secretOf is the secret of an address.
func secretOf(t *testing.T, url string) string {
	t.Helper()
	secret, ok := strings.CutSuffix(strings.TrimPrefix(url, "https://ops.example.com/calendar/"), ".ics")
	if !ok || strings.Contains(secret, "/") || len(secret) < 32 {
		t.Fatalf("the address is %q", url)
	}
	return secret
}

// TestACalendarHasASecretAddress: shown once, of the person who asked alone; another one ends it, and so does taking it back, losing access, and leaving.
func TestACalendarHasASecretAddress(t *testing.T) {
	b := newBench(t)
	b.roster = threePeople(t)
	ask := func(who model.Actor, words ...string) (string, time.Time, model.ErrorCode) {
		a, err := b.actions.Calendar(t.Context(), who, words)
		return a.URL, a.Since, model.CodeOf(err)
	}
	if _, _, code := ask(annaActs); code != model.ErrCalendarOff {
		t.Errorf("without a public address: %q", code)
	}
	b.public = "https://ops.example.com/"
	for name, one := range map[string]struct {
		who   model.Actor
		words []string
		want  model.ErrorCode
	}{
		"nobody":          {model.Actor{User: 99, Role: model.RoleAdmin}, nil, model.ErrNotOnCall},
		"limited":         {model.Actor{User: 7, Role: model.RoleAdmin, Scope: model.ScopeOf([]string{"acme"})}, nil, model.ErrNotOnCall},
		"without a role":  {model.Actor{User: 7}, nil, model.ErrForbidden},
		"there is none":   {annaActs, []string{"off"}, model.ErrNoCalendar},
		"some other word": {annaActs, []string{"old"}, model.ErrUnknownWord},
	} {
		if _, _, code := ask(one.who, one.words...); code != one.want {
			t.Errorf("%s: %q", name, code)
		}
	}
	url, _, _ := ask(annaActs)
	first := secretOf(t, url)
	if url, since, code := ask(annaActs); url != "" || since.IsZero() || code != "" && code != model.CodeOf(nil) {
		t.Errorf("asked again: %q %v %q", url, since, code)
	}
	reads := func(secret string) bool { _, ok := b.actions.CalendarOf(secret); return ok }
	if !reads(first) || reads("") || reads(first+"x") || reads(strings.ToUpper(first)) {
		t.Error("it is read by its secret alone")
	}
	url, _, _ = ask(annaActs, "new")
	second := secretOf(t, url)
	if reads(first) || !reads(second) {
		t.Error("a new one takes the place of the old one")
	}
	b.roster.People[0].Name = "lena" // whom the bench limits to a client
	if reads(second) {
		t.Error("of somebody who left")
	}
	b.roster.People[0].Name = "anna"
	ask(annaActs, "off")
	if reads(second) {
		t.Error("it was taken back")
	}
	for _, entry := range b.audit {
		if strings.Contains(entry.After+entry.Before+entry.Target, first) || strings.Contains(entry.After+entry.Before+entry.Target, second) {
			t.Errorf("the audit log has the secret: %+v", entry)
		}
	}
}

// TestACalendarHasTheFinalShifts: of all schedules, with takeovers, as another opsbot reads them.
func TestACalendarHasTheFinalShifts(t *testing.T) {
	b := newBench(t)
	b.roster, b.public = threePeople(t), "https://ops.example.com"
	nights := *b.roster.Schedules[0]
	nights.Name = "nights"
	b.roster.Schedules = append(b.roster.Schedules, &nights)
	b.covers1(borisActs, "anna primary tomorrow 10:00 2h")
	if _, err := b.actions.AnswerCover(t.Context(), annaActs, model.CoverTake, []string{"1"}); err != nil {
		t.Fatal(err)
	}
	a, err := b.actions.Calendar(t.Context(), borisActs, nil)
	if err != nil {
		t.Fatal(err)
	}
	ics, ok := b.actions.CalendarOf(secretOf(t, a.URL))
	if !ok {
		t.Fatal("it cannot be read")
	}
	cal, err := calendar.ReadICS(ics, calendar.Options{Zone: time.UTC, Person: func(name string) (string, bool) { return "boris", name == "boris" }})
	if err != nil || len(cal.Notes) > 0 {
		t.Fatal(err, cal.Notes)
	}
	day := epoch.Truncate(model.Day).Add(model.Day)
	read := oncall.Schedule{Name: "read", Layers: []oncall.Layer{cal}}
	for hours, want := range map[int]bool{-1: false, 9: true, 11: true, 13: true, 25: false} { // at 11 he is on call in the nights alone
		if got := len(read.At(day.Add(time.Duration(hours)*time.Hour))) > 0; got != want {
			t.Errorf("%d h: %v", hours, got)
		}
	}
	n := 0
	for _, s := range cal.Shifts(day, day.Add(model.Day)) {
		if s.From.Before(day.Add(11*time.Hour)) && s.To.After(day.Add(11*time.Hour)) {
			n++
		}
	}
	if n != 1 || !strings.Contains(string(ics), "On call - boris - nights") {
		t.Errorf("%d shifts at the time that anna covers:\n%s", n, ics)
	}
}
