package schedule

import (
	"testing"
	"time"
)

func TestMissed(t *testing.T) {
	at := func(text string) time.Time {
		v, err := time.Parse("2006-01-02 15:04", text)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, c := range []struct {
		name, expression, after, now string
		grace                        time.Duration
		want                         string // "" is none
	}{
		{"nothing yet", "0 6 * * *", "2026-03-01 06:00", "2026-03-02 05:59", 12 * time.Hour, ""},
		{"just now", "0 6 * * *", "2026-03-01 06:00", "2026-03-02 06:00", 12 * time.Hour, "2026-03-02 06:00"},
		{"a while ago", "0 6 * * *", "2026-03-01 06:00", "2026-03-02 17:59", 12 * time.Hour, "2026-03-02 06:00"},
		{"at the end of its grace", "0 6 * * *", "2026-03-01 06:00", "2026-03-02 18:00", 12 * time.Hour, "2026-03-02 06:00"},
		{"too long ago", "0 6 * * *", "2026-03-01 06:00", "2026-03-02 18:01", 12 * time.Hour, ""},
		{"of several missed the last", "0 6 * * *", "2026-02-01 06:00", "2026-03-02 07:00", 31 * 24 * time.Hour, "2026-03-02 06:00"},
		{"of every hour the last", "@every 1h", "2026-02-01 06:00", "2026-03-02 07:30", 31 * 24 * time.Hour, "2026-03-02 07:00"},
		{"of every hour too long ago", "@every 1h", "2026-02-01 06:00", "2026-03-02 07:30", 29 * time.Minute, ""},
		{"of every hour done already", "@every 1h", "2026-03-02 07:00", "2026-03-02 07:30", 12 * time.Hour, ""},
	} {
		table, err := Parse(c.expression, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		due, ok := Missed(table, at(c.after), at(c.now), c.grace)
		if ok != (c.want != "") || ok && !due.Equal(at(c.want)) {
			t.Errorf("%s: %s %t, want %q", c.name, due, ok, c.want)
		}
	}
}
