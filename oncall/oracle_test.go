package oncall_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"pgregory.net/rapid"

	"opsbot/model"
	"opsbot/oncall"
)

// The oracle is a calendar filled in minute by minute: it walks the wall clock, and computes nothing.

// zones are all of the IANA database.
func zones(t testing.TB) []*time.Location {
	t.Helper()
	names, err := os.ReadFile("testdata/zones.txt")
	if err != nil {
		t.Fatal(err)
	}
	var all []*time.Location
	for _, name := range strings.Fields(string(names)) {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, zone)
	}
	return all
}

// clockChanges are the days of some years on which a zone's clock was or will be changed.
func clockChanges(zone *time.Location, from, to int) []time.Time {
	var all []time.Time
	day := time.Date(from, 1, 1, 0, 0, 0, 0, time.UTC)
	_, offset := day.In(zone).Zone()
	for ; day.Year() < to; day = day.AddDate(0, 0, 1) {
		if _, now := day.In(zone).Zone(); now != offset {
			all, offset = append(all, day.AddDate(0, 0, -1)), now
		}
	}
	return all
}

func wall(t time.Time, zone *time.Location) int64 {
	l := t.In(zone)
	return time.Date(l.Year(), l.Month(), l.Day(), l.Hour(), l.Minute(), 0, 0, time.UTC).Unix() / 60
}

// wallClock lists every minute of some days, in order, with what the wall clock shows then.
type wallClock struct {
	at          []time.Time
	shown       []int64
	first, last map[int64]int // the minutes that show something, by what they show
}

func watch(zone *time.Location, middle time.Time, days int) *wallClock {
	w := &wallClock{first: map[int64]int{}, last: map[int64]int{}}
	for t := middle.AddDate(0, 0, -days).UTC(); t.Before(middle.AddDate(0, 0, days)); t = t.Add(time.Minute) {
		shown := wall(t, zone)
		if _, before := w.first[shown]; !before {
			w.first[shown] = len(w.at)
		}
		w.last[shown] = len(w.at)
		w.at, w.shown = append(w.at, t), append(w.shown, shown)
	}
	return w
}

// when returns the first and the last instant at which the wall clock shows wanted; a skipped time is as much later as it lies behind
// the last time shown before it.
func (w *wallClock) when(wanted int64) (first, last time.Time) {
	if i, shown := w.first[wanted]; shown {
		return w.at[i], w.at[w.last[wanted]]
	}
	for before := wanted - 1; before >= w.shown[0]; before-- {
		if i, shown := w.last[before]; shown {
			first = w.at[i].Add(time.Duration(wanted-before) * time.Minute)
			return first, first
		}
	}
	return time.Time{}, time.Time{}
}

// calendar is who is on call in each minute of a clock.
type calendar [][]string

// fill puts a person into the minutes from a until before b.
func (c calendar) fill(w *wallClock, a, b time.Time, change func(people []string) []string) {
	for i := max(0, int(a.Sub(w.at[0])/time.Minute)); i < len(c) && w.at[i].Before(b); i++ {
		c[i] = change(c[i])
	}
}

// trial is a schedule, and the calendar that it must be.
type trial struct {
	zone     *time.Location
	middle   time.Time
	clock    *wallClock
	schedule *oncall.Schedule
	calendar calendar
}

const (
	watched = 12 // days on each side of a change
	asked   = 3
)

var crew = []string{"anna", "boris", "dmitri", "vera"}

func drawTrial(r *rapid.T, clock *wallClock, zone *time.Location, middle time.Time) *trial {
	c := &trial{zone: zone, middle: middle, clock: clock}
	c.calendar = make(calendar, len(c.clock.at))
	c.schedule = &oncall.Schedule{Name: "primary", Zone: zone}
	for range rapid.IntRange(1, 3).Draw(r, "layers") {
		layer, filled := c.drawLayer(r)
		c.schedule.Layers = append(c.schedule.Layers, layer)
		for i, people := range filled {
			if len(people) > 0 {
				c.calendar[i] = people
			}
		}
	}
	for i := range rapid.IntRange(0, 3).Draw(r, "overrides") {
		o := c.drawOverride(r, int64(i+1))
		c.schedule.Overrides = append(c.schedule.Overrides, o)
		c.calendar.fill(c.clock, o.From, o.To, func(people []string) []string { return overridden(people, o) })
	}
	return c
}

// overridden is the rule of overrides in other words than those of the product.
func overridden(people []string, o oncall.Override) []string {
	set := map[string]bool{}
	for _, p := range people {
		set[p] = true
	}
	switch {
	case o.Add:
	case o.Instead == "":
		set = map[string]bool{}
	case !set[o.Instead]:
		return people
	default:
		delete(set, o.Instead)
	}
	set[o.Person] = true
	var all []string
	for _, p := range crew {
		if set[p] {
			all = append(all, p)
		}
	}
	return all
}

func (c *trial) drawOverride(r *rapid.T, id int64) oncall.Override {
	o := oncall.Override{ID: id, Person: rapid.SampledFrom(crew).Draw(r, "by"), Add: rapid.Bool().Draw(r, "add")}
	if !o.Add && rapid.Bool().Draw(r, "instead") {
		o.Instead = rapid.SampledFrom(crew).Draw(r, "of")
	}
	o.From = c.drawMinute(r, "from", asked)
	o.To = o.From.Add(time.Duration(rapid.IntRange(1, 48*60).Draw(r, "length")) * time.Minute)
	return o
}

// drawMinute is a minute at most some days from the middle.
func (c *trial) drawMinute(r *rapid.T, what string, days int) time.Time {
	return c.middle.Add(time.Duration(rapid.IntRange(-days*24*60, days*24*60).Draw(r, what)) * time.Minute)
}

func (c *trial) drawLayer(r *rapid.T) (oncall.Layer, calendar) {
	if rapid.IntRange(0, 3).Draw(r, "fixed") == 0 {
		return c.drawFixed(r)
	}
	return c.drawRotation(r)
}

func (c *trial) drawFixed(r *rapid.T) (layer oncall.Fixed, filled calendar) {
	filled = make(calendar, len(c.clock.at))
	for range rapid.IntRange(0, 4).Draw(r, "shifts") {
		s := oncall.Shift{Person: rapid.SampledFrom(crew).Draw(r, "person"), From: c.drawMinute(r, "begins", asked+2)}
		s.To = s.From.Add(time.Duration(rapid.IntRange(0, 30*60).Draw(r, "length")) * time.Minute)
		layer = append(layer, s)
		filled.fill(c.clock, s.From, s.To, func(people []string) []string {
			return overridden(people, oncall.Override{Person: s.Person, Add: true})
		})
	}
	return layer, filled
}

func (c *trial) drawRotation(r *rapid.T) (oncall.Layer, calendar) {
	zone := c.zone
	start := time.Unix(wall(c.drawMinute(r, "start", 9).Truncate(15*time.Minute), zone)*60, 0).UTC()
	layer := &oncall.Rotation{
		People: rapid.SliceOfN(rapid.SampledFrom(crew), 1, 4).Draw(r, "people"),
		Start:  oncall.Wall(start), Zone: zone, Every: drawEvery(r),
	}
	filled := make(calendar, len(c.clock.at))
	turns := c.turns(start, layer.Every)
	for i, begin := range turns {
		end := c.clock.at[len(c.clock.at)-1].Add(time.Minute)
		if i+1 < len(turns) {
			end = turns[i+1]
		}
		filled.fill(c.clock, begin, end, func([]string) []string { return []string{layer.People[i%len(layer.People)]} })
	}
	if rapid.Bool().Draw(r, "with hours") {
		hours := drawHours(r)
		parsed, err := model.ParseActiveHours(hours.text(), zone)
		if err != nil {
			r.Fatal(err)
		}
		layer.Hours = &parsed
		open := hours.open(c.clock, c.middle)
		for i := range filled {
			if !open[i] {
				filled[i] = nil
			}
		}
	}
	return layer, filled
}

func drawEvery(r *rapid.T) oncall.Every {
	if rapid.Bool().Draw(r, "hourly") {
		return oncall.Hours(rapid.IntRange(1, 23).Draw(r, "hours"))
	}
	return oncall.Days(rapid.SampledFrom([]int{1, 2, 3, 7}).Draw(r, "days"))
}

// turns are when turns begin, as far as the clock was watched.
func (c *trial) turns(start time.Time, every oncall.Every) (all []time.Time) {
	begin, _ := c.clock.when(start.Unix() / 60)
	text := every.String()
	n := 0
	if _, err := fmt.Sscanf(text, "%d", &n); err != nil {
		return nil
	}
	end := c.clock.at[len(c.clock.at)-1]
	if strings.HasSuffix(text, "h") {
		for ; begin.Before(end); begin = begin.Add(time.Duration(n) * time.Hour) {
			all = append(all, begin)
		}
		return all
	}
	if strings.HasSuffix(text, "w") {
		n *= 7
	}
	for day := start; ; day = day.AddDate(0, 0, n) {
		if begin, _ = c.clock.when(day.Unix() / 60); !begin.Before(end.Add(-model.Day)) {
			return all
		}
		all = append(all, begin)
	}
}

// someHours is a generated window of active hours.
type someHours struct {
	days     [7]bool
	from, to int // minutes
}

func drawHours(r *rapid.T) (h someHours) {
	for range rapid.IntRange(1, 5).Draw(r, "days") {
		h.days[rapid.IntRange(0, 6).Draw(r, "day")] = true
	}
	h.from = 15 * rapid.IntRange(0, 95).Draw(r, "from")
	h.to = 15 * rapid.IntRange(0, 96).Draw(r, "to")
	return h
}

func (h *someHours) text() string {
	var days []string
	for d, on := range h.days {
		if on {
			days = append(days, [...]string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"}[d])
		}
	}
	return fmt.Sprintf("%s %02d:%02d-%02d:%02d", strings.Join(days, ","), h.from/60, h.from%60, h.to/60, h.to%60)
}

// open reports of each minute whether it is in a window. A day that the clock skipped has none.
func (h *someHours) open(w *wallClock, middle time.Time) []bool {
	all := make([]bool, len(w.at))
	for d := -watched + 2; d <= watched-2; d++ {
		day := time.Date(middle.Year(), middle.Month(), middle.Day()+d, 0, 0, 0, 0, time.UTC)
		if _, shown := w.first[day.Unix()/60+12*60]; !h.days[day.Weekday()] || !shown {
			continue
		}
		end := int64(h.to)
		if h.to <= h.from {
			end += 24 * 60
		}
		from, _ := w.when(day.Unix()/60 + int64(h.from))
		_, to := w.when(day.Unix()/60 + end)
		for i := max(0, int(from.Sub(w.at[0])/time.Minute)); i < len(all) && w.at[i].Before(to); i++ {
			all[i] = true
		}
	}
	return all
}
