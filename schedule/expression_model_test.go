package schedule

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"opsbot/model"
)

// fields are a generated expression; -1 is "*", step 0 none, and hours are a range if to is over hour.
type fields struct{ minute, step, hour, to, weekday int }

func (f *fields) text() string {
	star := func(n int) string {
		if n < 0 {
			return "*"
		}
		return fmt.Sprint(n)
	}
	minute, hour := star(f.minute), star(f.hour)
	if f.step > 0 {
		minute = fmt.Sprintf("*/%d", f.step)
	}
	if f.to > f.hour {
		hour = fmt.Sprintf("%d-%d", f.hour, f.to)
	}
	return fmt.Sprintf("%s %s * * %s", minute, hour, star(f.weekday))
}

func (f *fields) fit(wall time.Time) bool {
	minute := f.minute < 0 || wall.Minute() == f.minute
	if f.step > 0 {
		minute = wall.Minute()%f.step == 0
	}
	return minute && (f.hour < 0 || wall.Hour() >= f.hour && wall.Hour() <= max(f.hour, f.to)) && (f.weekday < 0 || int(wall.Weekday()) == f.weekday)
}

// repeats reports whether the expression means every so often, not a time of day.
func (f *fields) repeats() bool { return f.minute < 0 || f.step > 0 || f.to > f.hour }

// calendar is some days, filled in by looking at the clock every minute.
type calendar struct {
	minutes []minute             // all of them
	once    map[time.Time]minute // by wall clock time: the first of two, and an instant for skipped times
}

// minute is an instant, and what the wall clock shows then.
type minute struct{ at, wall time.Time }

func watch(zone *time.Location, middle time.Time) calendar {
	c, last := calendar{once: map[time.Time]minute{}}, time.Time{}
	for t := middle.AddDate(0, 0, -4); t.Before(middle.AddDate(0, 0, 4)); t = t.Add(time.Minute) {
		wall := asUTC(t.In(zone))
		c.minutes = append(c.minutes, minute{t, wall})
		if _, twice := c.once[wall]; !twice {
			c.once[wall] = minute{t, wall}
		}
		for gap := last.Add(time.Minute); !last.IsZero() && gap.Before(wall); gap = gap.Add(time.Minute) {
			c.once[gap] = minute{t.Add(-time.Minute).Add(gap.Sub(last)), gap}
		}
		last = wall
	}
	return c
}

// due returns all times of an expression. One that names an hour is due once for each wall clock time of the calendar,
// skipped ones too; one that repeats, or names no hour, is due whenever the clock shows the time.
func (c *calendar) due(f *fields) (all []time.Time) {
	if f.hour < 0 || f.repeats() {
		for _, m := range c.minutes {
			if f.fit(m.wall) {
				all = append(all, m.at)
			}
		}
	}
	if f.hour >= 0 {
		for _, m := range c.once {
			if f.fit(m.wall) {
				all = append(all, m.at)
			}
		}
	}
	slices.SortFunc(all, time.Time.Compare)
	return slices.CompactFunc(all, time.Time.Equal)
}

var nights = []struct{ zone, night string }{
	{"Europe/Berlin", "2026-03-29"},
	{"Europe/Berlin", "2026-10-25"},
	{"America/New_York", "2026-03-08"},
	{"America/New_York", "2026-11-01"},
	{"Europe/Moscow", "2026-03-29"},
	{"Europe/Moscow", "2010-10-31"},
	{"Europe/Moscow", "2014-10-26"},
}

// TestNextIsTheModel compares due times, and maintenance windows, with a calendar filled in minute by minute.
func TestNextIsTheModel(t *testing.T) {
	for _, n := range nights {
		t.Run(n.zone+" "+n.night, func(t *testing.T) {
			z := zone(t, n.zone)
			middle, err := time.ParseInLocation("2006-01-02", n.night, z)
			if err != nil {
				t.Fatal(err)
			}
			days := watch(z, middle)
			rapid.Check(t, func(r *rapid.T) { nextIsTheModel(r, &days, middle) })
		})
	}
}

func nextIsTheModel(r *rapid.T, days *calendar, middle time.Time) {
	zone := middle.Location()
	f := fields{minute: rapid.SampledFrom([]int{-1, 0, 15, 30, 59}).Draw(r, "minute"), hour: rapid.IntRange(-1, 5).Draw(r, "hour"), weekday: -1}
	f.step = rapid.SampledFrom([]int{0, 0, 5, 10, 20}).Draw(r, "step")
	if f.to = f.hour; f.hour >= 0 {
		f.to = f.hour + rapid.SampledFrom([]int{0, 0, 1, 2, 18}).Draw(r, "hours")
	}
	if rapid.IntRange(0, 3).Draw(r, "weekly") == 0 {
		f.weekday = int(middle.Weekday())
	}
	table, err := parse(f.text(), zone)
	if err != nil {
		r.Fatal(err)
	}
	due := days.due(&f)
	at := middle.Add(time.Duration(rapid.IntRange(0, 5*3600).Draw(r, "second")) * time.Second)
	for _, want := range due {
		if want.After(at) {
			if got := table.Next(at); !got.Equal(want) {
				r.Fatalf("%q after %s: %s, want %s", f.text(), at.In(zone), got.In(zone), want.In(zone))
			}
			break
		}
	}
	length := time.Duration(rapid.IntRange(1, 180).Draw(r, "minutes")) * time.Minute
	w := model.MaintenanceWindow{Length: length, Next: table.Next}
	holds := slices.ContainsFunc(due, func(from time.Time) bool { return !at.Before(from) && at.Before(from.Add(length)) })
	if from, got := w.Current(at); got != holds || (got && !slices.ContainsFunc(due, from.Equal)) {
		r.Fatalf("a window of %s at %q holds at %s: %t from %s, want %t", length, f.text(), at.In(zone), got, from.In(zone), holds)
	}
}
