package schedule

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestDaysOfCron are expressions of people, and the days that Debian's cron, or the words themselves, mean.
func TestDaysOfCron(t *testing.T) {
	for _, c := range []struct{ expression, want string }{
		{"0 22 */2 * 3", "12-09 12-23 01-13 01-27"}, // case 11: a step is a star, so that both have to fit
		{"0 22 1 * */2", "12-01 04-01 05-01"},       // Sun, Tue, Thu, Sat
		{"0 22 * * 3", "12-02 12-09"},
		{"0 2 1-7 * sun", "12-01 12-02 12-03"}, // cron's OR
		{"0 2 * * sun#1", "12-06 01-03 02-07"}, // case 16
		{"0 2 * * SUN#1", "12-06 01-03"},
		{"0 2 * * 0#1", "12-06 01-03"},
		{"0 2 * * 7#1", "12-06 01-03"},
		{"0 2 * * tue#2", "12-08 01-12"}, // patch day
		{"0 2 * * sun#5", "01-31 05-30"},
		{"0 2 * * sun#L", "12-27 01-31 02-28"},
		{"0 2 * * mon#1,mon#3", "12-07 12-21 01-04"},
		{"0 2 * * mon#1,sat", "12-05 12-07 12-12"},
		{"0 2 1 * mon#1", "12-01 12-07 01-01 01-04"},
		{"0 2 * 2 sun#1", "02-07"},
		{"0 0 * * 7", "12-06 12-13"},
		{"0 0 * * 6-7", "12-05 12-06 12-12"},
		{"0 0 * * sat-sun", "12-05 12-06 12-12"},
		{"0 0 * * 1-7/3", "12-03 12-06 12-07"}, // Mon, Thu, Sun
		{"0 0 * * 0-7", "12-01 12-02"},
		{"0 0 * * 5,7", "12-04 12-06"},
	} {
		table, err := Parse(c.expression, time.UTC)
		if err != nil {
			t.Errorf("%q: %v", c.expression, err)
			continue
		}
		at, got := time.Date(2026, 11, 30, 23, 0, 0, 0, time.UTC), []string{}
		for range strings.Fields(c.want) {
			at = table.Next(at)
			got = append(got, at.Format("01-02"))
		}
		if text := strings.Join(got, " "); text != c.want {
			t.Errorf("%q: %s, want %s", c.expression, text, c.want)
		}
	}
}

// dayPart is one part of a generated day field: its text, and what it means.
type dayPart struct {
	text string
	fit  func(day time.Time) bool
}

func monthPart(r *rapid.T) dayPart {
	from := rapid.IntRange(1, 31).Draw(r, "from")
	to, step := rapid.IntRange(from, 31).Draw(r, "to"), rapid.IntRange(1, 9).Draw(r, "step")
	return rapid.SampledFrom([]dayPart{
		{"*", func(time.Time) bool { return true }},
		{fmt.Sprintf("*/%d", step), func(d time.Time) bool { return (d.Day()-1)%step == 0 }},
		{fmt.Sprint(from), func(d time.Time) bool { return d.Day() == from }},
		{fmt.Sprintf("%d-%d/%d", from, to, step), func(d time.Time) bool { return d.Day() >= from && d.Day() <= to && (d.Day()-from)%step == 0 }},
	}).Draw(r, "day of month")
}

func weekPart(r *rapid.T) dayPart {
	from := rapid.IntRange(0, 7).Draw(r, "from")
	to, step, nth := rapid.IntRange(from, 7).Draw(r, "to"), rapid.IntRange(1, 3).Draw(r, "step"), rapid.IntRange(1, 5).Draw(r, "nth")
	is := func(d time.Time, n int) bool { return int(d.Weekday()) == n%7 }
	return rapid.SampledFrom([]dayPart{
		{"*", func(time.Time) bool { return true }},
		{fmt.Sprintf("*/%d", step), func(d time.Time) bool { return int(d.Weekday())%step == 0 }},
		{fmt.Sprint(from), func(d time.Time) bool { return is(d, from) }},
		{fmt.Sprintf("%d-%d/%d", from, to, step), func(d time.Time) bool {
			for n := from; n <= to; n += step {
				if is(d, n) {
					return true
				}
			}
			return false
		}},
		{fmt.Sprintf("%d#%d", from, nth), func(d time.Time) bool {
			return is(d, from) && d.AddDate(0, 0, -7*(nth-1)).Month() == d.Month() && d.AddDate(0, 0, -7*nth).Month() != d.Month()
		}},
		{fmt.Sprintf("%d#L", from), func(d time.Time) bool { return is(d, from) && d.AddDate(0, 0, 7).Month() != d.Month() }},
	}).Draw(r, "weekday")
}

// TestDaysAreTheModel looks at every day of some years, with the rule of Debian's cron for two day fields.
func TestDaysAreTheModel(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		month := rapid.SliceOfN(rapid.Custom(monthPart), 1, 2).Draw(r, "days")
		week := rapid.SliceOfN(rapid.Custom(weekPart), 1, 3).Draw(r, "weekdays")
		text := "0 12 " + texts(month) + " * " + texts(week)
		both := month[0].text[0] == '*' || week[0].text[0] == '*'
		table, err := Parse(text, time.UTC)
		if err != nil {
			return // 31 of no month
		}
		at := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
		for day := at; day.Year() < 2029; day = day.AddDate(0, 0, 1) {
			m, w := anyFits(month, day), anyFits(week, day)
			want := m && w || !both && (m || w)
			if got := table.Next(day).Before(day.AddDate(0, 0, 1)); got != want {
				r.Fatalf("%q on %s: %t, want %t", text, day.Format("Mon 2006-01-02"), got, want)
			}
		}
	})
}

func texts(parts []dayPart) string {
	var all []string
	for _, p := range parts {
		all = append(all, p.text)
	}
	return strings.Join(all, ",")
}

func anyFits(parts []dayPart, day time.Time) bool {
	return slices.ContainsFunc(parts, func(p dayPart) bool { return p.fit(day) })
}
