package schedule

import (
	"strings"
	"testing"
	"time"
)

func TestValidate(t *testing.T) {
	good := []string{"*/5 * * * *", "0 3 * * mon-fri", "@every 30s", "@every 1h30m", "@hourly", "@daily", "0 0 29 2 *", "15,45 8-18 * * 1-5", "*/59 * * * *", "@every\u00a030s", "0\u00a03 *\u202f* *",
		"0 0 * * 7", "0 0 * * 5-7", "0 0 * * fri-sun", "0 2 * * sun#1", "0 2 * * 7#5", "0 2 * * mon#L,wed", "0 0 29 2 sun#5", "0 0 29 2 */6"}
	for _, e := range good {
		if err := Validate(e); err != nil {
			t.Errorf("%q: %v", e, err)
		}
	}
	bad := map[string]string{
		"*/90 * * * *":                 `field=(config.schedule.minute)`,
		"0 */25 * * *":                 `step="25" field=(config.schedule.hour)`,
		"0 0 * * 8":                    "config.schedule.said",
		"0 0 * * 7-8":                  "config.schedule.said",
		"0 0 * * 7-5":                  "config.schedule.said",
		"0 0 * * */8":                  `step="8" field=(config.schedule.weekday)`,
		"0 0 * * sun#6":                `config.schedule.nth got="0 0 * * sun#6" key="schedule" part="sun#6"`,
		"0 0 * * sun#0":                "config.schedule.nth",
		"0 0 * * 8#1":                  "config.schedule.nth",
		"0 0 * * sun#":                 "config.schedule.nth",
		"0 0 * * #1":                   "config.schedule.nth",
		"0 0 1#1 * *":                  "config.schedule.said",
		"0 0 30 2 *":                   "config.schedule.never",
		"TZ=UTC":                       "config.schedule.zone",
		"CRON_TZ=Asia/Tokyo * * * * *": "config.schedule.zone",
		"* * * *":                      `config.schedule.fields got="* * * *" key="schedule" n="4"`,
		"61 * * * *":                   `config.schedule.said got="61 * * * *" key="schedule" said="end of range`,
		"@every 100ms":                 "config.schedule.every",
		"@every 1.5h":                  "config.schedule.every",
		"@every":                       "config.schedule",
		"@sometimes":                   "config.schedule",
		"":                             `n="0"`,
		"a b c d e":                    "config.schedule.said",
	}
	for e, want := range bad {
		if err := Validate(e); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", e, err, want)
		}
	}
}

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// A daily job runs once a day through both clock changes; an hourly one never skips an hour.
func TestClockChanges(t *testing.T) {
	cases := []struct {
		name, zone, expression string
		from                   string
		want                   []string
	}{
		{"the skipped hour runs after it", "Europe/Berlin", "30 2 * * *", "2026-03-28 12:00", []string{"2026-03-29T03:30:00+02:00", "2026-03-30T02:30:00+02:00"}},
		{"the hour that comes twice runs once", "Europe/Berlin", "30 2 * * *", "2026-10-24 12:00", []string{"2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"}},
		{"an hour after the change is as written", "Europe/Berlin", "0 5 * * *", "2026-03-28 12:00", []string{"2026-03-29T05:00:00+02:00", "2026-03-30T05:00:00+02:00"}},
		{"every half hour goes through both", "Europe/Berlin", "*/30 * * * *", "2026-10-25 01:40", []string{
			"2026-10-25T02:00:00+02:00", "2026-10-25T02:30:00+02:00", "2026-10-25T02:00:00+01:00", "2026-10-25T02:30:00+01:00", "2026-10-25T03:00:00+01:00",
		}},
		{"a range of hours goes through both, case 12", "Europe/Berlin", "*/10 0-23 * * *", "2026-10-25 01:45", []string{
			"2026-10-25T01:50:00+02:00", "2026-10-25T02:00:00+02:00", "2026-10-25T02:10:00+02:00", "2026-10-25T02:20:00+02:00", "2026-10-25T02:30:00+02:00",
			"2026-10-25T02:40:00+02:00", "2026-10-25T02:50:00+02:00", "2026-10-25T02:00:00+01:00", "2026-10-25T02:10:00+01:00",
		}},
		{"every hour of a range goes through both", "Europe/Berlin", "0 0-6 * * *", "2026-10-25 01:45", []string{"2026-10-25T02:00:00+02:00", "2026-10-25T02:00:00+01:00", "2026-10-25T03:00:00+01:00"}},
		{"so do hours one by one", "Europe/Berlin", "0 1,2,3 * * *", "2026-10-25 01:45", []string{"2026-10-25T02:00:00+02:00", "2026-10-25T02:00:00+01:00", "2026-10-25T03:00:00+01:00"}},
		{"hours apart are times of day", "Europe/Berlin", "0 2,14 * * *", "2026-10-25 01:45", []string{"2026-10-25T02:00:00+02:00", "2026-10-25T14:00:00+01:00"}},
		{"a range that ends in the skipped hour", "Europe/Berlin", "*/30 1-2 * * *", "2026-03-29 01:10", []string{
			"2026-03-29T01:30:00+01:00", "2026-03-29T03:00:00+02:00", "2026-03-29T03:30:00+02:00", "2026-03-30T01:00:00+02:00",
		}},
		{"midnight that does not exist", "America/Santiago", "0 0 * * *", "2026-09-05 12:00", []string{"2026-09-06T01:00:00-03:00", "2026-09-07T00:00:00-03:00"}},
		{"America changes at another hour", "America/New_York", "30 2 * * *", "2026-03-07 12:00", []string{"2026-03-08T03:30:00-04:00", "2026-03-09T02:30:00-04:00"}},
		{"America in autumn", "America/New_York", "30 1 * * *", "2026-10-31 12:00", []string{"2026-11-01T01:30:00-04:00", "2026-11-02T01:30:00-05:00"}},
		{"Moscow has no changes", "Europe/Moscow", "30 2 * * *", "2026-03-28 12:00", []string{"2026-03-29T02:30:00+03:00", "2026-03-30T02:30:00+03:00"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			z := zone(t, c.zone)
			table, err := parse(c.expression, z)
			if err != nil {
				t.Fatal(err)
			}
			at, err := time.ParseInLocation("2006-01-02 15:04", c.from, z)
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range c.want {
				at = table.Next(at)
				if got := at.In(z).Format(time.RFC3339); got != want {
					t.Fatalf("got %s, want %s", got, want)
				}
			}
		})
	}
}

func TestEveryIsAnchoredToTheEpoch(t *testing.T) {
	table, err := parse("@every 7m", time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	a := table.Next(time.Unix(1_000_000_000, 5))
	if a.Unix()%(7*60) != 0 || !table.Next(time.Unix(1_000_000_001, 0)).Equal(a) || !table.Next(a).Equal(a.Add(7*time.Minute)) {
		t.Errorf("got %v", a)
	}
}

func FuzzValidate(f *testing.F) {
	for _, seed := range []string{"*/5 * * * *", "@every 1m", "TZ=UTC", "0 0 30 2 *", "CRON_TZ= * * * * *", "*/0 * * * *"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, expression string) {
		table, err := parse(expression, time.UTC)
		if err != nil {
			return
		}
		now := time.Now()
		if next := table.Next(now); !next.After(now) {
			t.Errorf("%q: next is %v", expression, next)
		}
	})
}
