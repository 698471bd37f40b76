package schedule

import (
	"strings"
	"time"

	"opsbot/model"
)

// minEvery is the shortest interval of "@every": below it the scheduler's tick would matter.
const minEvery = time.Second

// Validate returns why an expression cannot be scheduled; its errors are *model.ValueError and say what is allowed.
func Validate(expression string) error {
	_, err := parse(expression, time.UTC)
	return err
}

// EitherDay reports whether an expression has both a day of month and a day of week, one of which is enough: whoever means the first
// Sunday of a month does not expect that.
func EitherDay(expression string) bool {
	fields := strings.Fields(expression)
	return len(fields) == len(fieldLimits) && !isStar(fields[dayField]) && !isStar(fields[weekdayField])
}

// Timetable is a parsed expression: the times at which something is due.
type Timetable interface {
	// Next is the first due time after t; zero if there is none.
	Next(t time.Time) time.Time
}

// Parse parses an expression in a time zone; its errors are those of Validate.
func Parse(expression string, zone *time.Location) (Timetable, error) { return parse(expression, zone) }

// parse parses an expression in a time zone. cron's parser panics on some inputs, accepts steps that are wider than their
// field, and finds no time for some dates: all of that is an error here.
func parse(expression string, zone *time.Location) (table Timetable, err error) {
	bad := func(what model.Sentence) error {
		return &model.ValueError{What: what.With("key", "schedule").With("got", expression)}
	}
	defer func() {
		if p := recover(); p != nil {
			table, err = nil, bad(model.Say("config.schedule"))
		}
	}()
	text := strings.TrimSpace(model.PlainSpaces(expression))
	if every, ok := strings.CutPrefix(text, "@every "); ok {
		d, err := model.ParseDuration(every)
		if err != nil || time.Duration(d) < minEvery {
			return nil, bad(model.Say("config.schedule.every"))
		}
		return everyTable(d), nil
	}
	if strings.Contains(text, "TZ=") {
		return nil, bad(model.Say("config.schedule.zone"))
	}
	if wrong, ok := wrongFields(text); ok {
		return nil, bad(wrong)
	}
	spec, err := parseFields(text)
	if err != nil {
		return nil, bad(model.Say("config.schedule.said", "said", strings.ToLower(err.Error())))
	}
	clock := newClockTable(spec, text, zone)
	if clock.Next(time.Now()).IsZero() {
		return nil, bad(model.Say("config.schedule.never"))
	}
	return clock, nil
}

// everyTable is "@every": anchored to the epoch, so that a restart does not move it.
type everyTable time.Duration

// Next implements Timetable.
func (e everyTable) Next(t time.Time) time.Time {
	d := time.Duration(e)
	return time.Unix(0, t.UnixNano()/int64(d)*int64(d)).Add(d)
}

// clockTable is a cron expression on the wall clock of a zone, across clock changes. Where cron would skip 02:30 in spring, it
// is due as much later. In autumn, when 02:30 comes twice, a named time is due once, and what repeats (every ten minutes,
// every hour from 1 to 5) goes by real time, so that neither change leaves an hour without checks.
type clockTable struct {
	spec    days
	zone    *time.Location
	named   bool // the hour field names hours
	repeats bool // within or over consecutive hours
}

func newClockTable(spec days, text string, zone *time.Location) clockTable {
	c := clockTable{spec: spec, zone: zone}
	c.named = text == "@daily" || text == "@midnight" || text == "@weekly" || text == "@monthly" || text == "@yearly" || text == "@annually"
	if fields := strings.Fields(text); len(fields) == len(fieldLimits) {
		c.named = !isStar(fields[hourField])
		c.repeats = strings.ContainsAny(fields[minuteField], "*?/") || strings.ContainsAny(fields[hourField], "-/") || c.consecutive()
	}
	return c
}

// consecutive reports whether the hours name one and the next.
func (c *clockTable) consecutive() bool { return c.spec.spec.Hour&(c.spec.spec.Hour>>1)&(1<<24-1) != 0 }

// Next implements Timetable.
func (c clockTable) Next(t time.Time) time.Time {
	if !c.named {
		return c.spec.Next(t.In(c.zone))
	}
	once := c.nextOnce(t)
	if !c.repeats {
		return once
	}
	if real := c.spec.Next(t.In(c.zone)); !real.IsZero() && real.Before(once) {
		return real
	}
	return once
}

// nextOnce is the next time at which the wall clock shows a time for the first time, or has just skipped it.
func (c clockTable) nextOnce(t time.Time) time.Time {
	// The wall clock as if it had no changes: its fields, read as UTC. Where it was just set forward, the skipped times are
	// due now, and where it was set back, the repeated times were due already.
	wall := asUTC(t.In(c.zone))
	if kept := asUTC(t.Add(-longestChange).In(c.zone)).Add(longestChange); kept.Before(wall) {
		wall = kept
	}
	for range 2 * longestChange / time.Minute {
		wall = c.spec.Next(wall)
		if wall.IsZero() {
			return time.Time{}
		}
		if at := c.instant(wall); at.After(t) {
			return at
		}
	}
	return time.Time{}
}

// longestChange is a generous upper bound of a clock change: no current zone has more than an hour.
const longestChange = 2 * time.Hour

func asUTC(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

// instant maps the fields of a wall clock to a time: the first of two, or, for a skipped time, as much later as was skipped.
func (c clockTable) instant(wall time.Time) time.Time {
	y, m, d := wall.Date()
	at := time.Date(y, m, d, wall.Hour(), wall.Minute(), wall.Second(), 0, c.zone)
	_, before := at.Add(-6 * time.Hour).Zone() // changes are further apart than that
	early := wall.Add(-time.Duration(before) * time.Second).In(c.zone)
	if asUTC(at).Equal(wall) && !asUTC(early).Equal(wall) {
		return at
	}
	return early
}

// firings is how many due times leastInterval considers: more than a day of every half hour.
const firings = 64

// leastInterval is the shortest time between two due times, counted from a fixed day: always the same, so that offsets
// within it are stable.
func leastInterval(table Timetable) time.Duration {
	var least time.Duration
	at := table.Next(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC))
	for range firings {
		next := table.Next(at)
		if next.IsZero() {
			break
		}
		if gap := next.Sub(at); least == 0 || gap < least {
			least = gap
		}
		at = next
	}
	return least
}
