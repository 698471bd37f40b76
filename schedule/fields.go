package schedule

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"opsbot/model"
)

// The places of cron's five fields.
const (
	minuteField = iota
	hourField
	dayField
	monthField
	weekdayField
)

// fieldLimits are the names of cron's five fields and the highest value of each.
var fieldLimits = [...]struct {
	name model.Sentence
	most int
}{
	{model.Say("config.schedule.minute"), 59},
	{model.Say("config.schedule.hour"), 23},
	{model.Say("config.schedule.day"), 31},
	{model.Say("config.schedule.month"), 12},
	{model.Say("config.schedule.weekday"), 7},
}

// wrongFields finds what cron's parser accepts or reports badly: a step over its field, a weekday that no month has.
func wrongFields(text string) (wrong model.Sentence, found bool) {
	if strings.HasPrefix(text, "@") {
		return model.Sentence{}, false
	}
	fields := strings.Fields(text)
	if len(fields) != len(fieldLimits) {
		return model.Say("config.schedule.fields", "n", len(fields)), true
	}
	for i, field := range fields {
		limit := fieldLimits[i]
		for part := range strings.SplitSeq(field, ",") {
			_, step, stepped := strings.Cut(part, "/")
			if n, ok := number(step); stepped && ok && n > limit.most {
				return model.Say("config.schedule.step", "field", limit.name, "step", n, "most", limit.most), true
			}
			if _, isNth, err := parseNth(part); i == weekdayField && isNth && err != nil {
				return model.Say("config.schedule.nth", "part", part), true
			}
		}
	}
	return model.Sentence{}, false
}

func number(s string) (n int, ok bool) {
	for _, r := range s {
		if r < '0' || r > '9' || n > 1e6 {
			return 0, false
		}
		n = n*10 + int(r-'0')
	}
	return n, s != ""
}

// starred is the bit with which cron marks a field that is "*": then a day has to fit both day fields, else one suffices.
const starred = 1 << 63

// isStar reports whether cron takes a field for a star. Vixie's cron, and so every Linux, does so with a step as well:
// "*/2" with a weekday means both.
func isStar(field string) bool { return strings.HasPrefix(field, "*") || strings.HasPrefix(field, "?") }

// parseFields parses five fields, or one of cron's names such as "@daily".
func parseFields(text string) (days, error) {
	fields := strings.Fields(text)
	five := len(fields) == len(fieldLimits)
	var week weekdays
	if five {
		week = parseWeekdays(fields[weekdayField])
		text = strings.Join(append(slices.Clone(fields[:weekdayField]), week.plainField()), " ")
	}
	parsed, err := cron.ParseStandard(text)
	if err != nil {
		return days{}, err
	}
	spec, ok := parsed.(*cron.SpecSchedule)
	if !ok {
		return days{}, fmt.Errorf("parse %q: not five fields", text)
	}
	d := days{spec: spec, nth: week.nth}
	if five {
		d.complete(fields, week)
	}
	return d, nil
}

// days is a parsed expression, with the weekdays of a month such as "sun#1" that cron's parser does not know.
type days struct {
	spec  *cron.SpecSchedule // it fits on every such weekday, whichever of the month it is
	nth   []nthWeekday
	plain uint64 // the weekdays that fit in every week
}

// complete adds what cron's parser leaves out.
func (d *days) complete(fields []string, week weekdays) {
	if len(week.plain) == 0 {
		d.spec.Dow = 0
	}
	d.plain = d.spec.Dow
	for _, w := range week.nth {
		d.spec.Dow |= 1 << uint(w.day) //nolint:gosec // 0 to 6
	}
	d.spec.Dom &^= starred
	d.spec.Dow &^= starred
	if isStar(fields[dayField]) {
		d.spec.Dom |= starred
	}
	if isStar(fields[weekdayField]) {
		d.spec.Dow |= starred
	}
}

// fit reports whether the day of t fits: both day fields if one is a star, else either.
func (d *days) fit(t time.Time) bool {
	if len(d.nth) == 0 {
		return true // cron has looked
	}
	day := 1<<uint(t.Day())&d.spec.Dom != 0 //nolint:gosec // 1 to 31
	weekday := 1<<uint(t.Weekday())&d.plain != 0 || slices.ContainsFunc(d.nth, func(w nthWeekday) bool { return w.fit(t) })
	if (d.spec.Dom|d.spec.Dow)&starred != 0 {
		return day && weekday
	}
	return day || weekday
}

// Next is the first time after t, by the clock of t's zone; zero if there is none in the next decades.
func (d *days) Next(t time.Time) time.Time {
	for range searches {
		next := d.spec.Next(t)
		switch {
		case next.IsZero():
			t = t.AddDate(searchYears, 0, 0)
		case d.fit(next):
			return next
		default:
			t = next.Truncate(time.Hour).Add(time.Hour - time.Second)
		}
	}
	return time.Time{}
}

// A weekday of a month may be rare: 29 February is the fifth of its weekday every 28 years, and each search ends an hour later.
const (
	searches    = 28 * 5 * 24
	searchYears = 4 // cron's search ends after five years
)

// nthWeekday is one weekday of a month: n is 1 to 5, or last.
type nthWeekday struct {
	day time.Weekday
	n   int
}

const last = -1

func (w nthWeekday) fit(t time.Time) bool {
	switch {
	case t.Weekday() != w.day:
		return false
	case w.n == last:
		return t.AddDate(0, 0, 7).Month() != t.Month()
	default:
		return (t.Day()+6)/7 == w.n
	}
}

var weekdayNames = map[string]int{"sun": 0, "mon": 1, "tue": 2, "wed": 3, "thu": 4, "fri": 5, "sat": 6}

// parseWeekday parses 0 to 7 or the first three letters of a day: 0 and 7 are Sunday.
func parseWeekday(text string) (int, bool) {
	if n, ok := weekdayNames[strings.ToLower(text)]; ok {
		return n, true
	}
	n, ok := number(text)
	return n, ok && n <= 7
}

// parseNth parses "sun#1" to "sun#5", and "sun#L" for the last one; isNth is false for anything without "#".
func parseNth(part string) (nth nthWeekday, isNth bool, err error) {
	name, count, isNth := strings.Cut(part, "#")
	if !isNth {
		return nthWeekday{}, false, nil
	}
	day, known := parseWeekday(name)
	n, ok := number(count)
	if strings.EqualFold(count, "L") {
		n, ok = last, true
	}
	if !known || !ok || n == 0 || n > 5 {
		return nthWeekday{}, true, fmt.Errorf("parse %q: not a weekday of a month", part)
	}
	return nthWeekday{day: time.Weekday(day % 7), n: n}, true, nil
}

// weekdays is a field of weekdays: what cron's parser takes, and what it does not.
type weekdays struct {
	plain []string
	nth   []nthWeekday
}

// plainField is never empty: cron's parser wants a field.
func (w weekdays) plainField() string {
	if len(w.plain) == 0 {
		return "sun"
	}
	return strings.Join(w.plain, ",")
}

// parseWeekdays parses a field whose "sun#1" are valid: the rest is left to cron's parser.
func parseWeekdays(field string) (w weekdays) {
	for part := range strings.SplitSeq(field, ",") {
		if n, isNth, err := parseNth(part); isNth && err == nil {
			w.nth = append(w.nth, n)
		} else {
			w.plain = append(w.plain, untilSunday(part))
		}
	}
	return w
}

// untilSunday writes a range that ends on a Sunday, or 7 alone, as a list of days; anything else as it is.
func untilSunday(part string) string {
	span, stepText, stepped := strings.Cut(part, "/")
	fromText, toText, isRange := strings.Cut(span, "-")
	if !isRange {
		toText = fromText
	}
	from, okFrom := parseWeekday(fromText)
	to, okTo := parseWeekday(toText)
	if isRange && to == 0 && from > 0 {
		to = 7
	}
	step, okStep := 1, true
	if stepped {
		step, okStep = number(stepText)
	}
	if !okFrom || !okTo || !okStep || to != 7 || from > to || step == 0 {
		return part
	}
	var list []string
	for day := from; day <= to; day += step {
		list = append(list, strconv.Itoa(day%7))
	}
	return strings.Join(list, ",")
}
