package model

import (
	"strconv"
	"strings"
	"time"
)

// Moment is a moment as people type it: "18:00", "tomorrow 9:00", "пн 08:00", "1 декабря", "2026-12-01 02:00". When that is depends on
// when it is said, and where.
type Moment struct {
	hour, minute int // of the day; 24:00 is its end
	day          momentDay
	exact        time.Time // if it says all: RFC 3339
}

// momentDay is the day of a Moment: one of these, or the next on which its time of day is still to come.
type momentDay struct {
	kind    dayKind
	after   int          // dayAfter: days after today
	weekday time.Weekday // dayOfWeek: the next one
	date    time.Time    // dayOfYear: in the year 0 of any year
}

type dayKind int

const (
	dayNext dayKind = iota
	dayAfter
	dayOfWeek
	dayOfYear
)

// untilWords begin a moment among other words.
var untilWords = wordSet("until till til до")

// CutUntil takes "until 18:00" out of words, as people type it in English and in Russian. text is the moment in their words; "" without
// one. An error is ErrBadTime: after such a word there is no moment.
func CutUntil(words []string) (text string, m Moment, rest []string, err error) {
	for i, w := range words {
		if !untilWords[strings.ToLower(w)] {
			continue
		}
		m, n := LeadingMoment(words[i+1:])
		if n == 0 {
			return "", Moment{}, words, &Error{Code: ErrBadTime, Args: map[string]string{"word": Clip(strings.Join(words[i:min(i+3, len(words))], " "), 64)}}
		}
		return strings.Join(words[i+1:i+1+n], " "), m, append(words[:i:i], words[i+1+n:]...), nil
	}
	return "", Moment{}, words, nil
}

// ParseMoment reads a text that is a moment and nothing else. Its error is ErrBadTime.
func ParseMoment(text string) (Moment, error) {
	words := strings.Fields(PlainSpaces(text))
	if len(words) > 0 && untilWords[strings.ToLower(words[0])] {
		words = words[1:]
	}
	m, n := LeadingMoment(words)
	if n == 0 || n < len(words) {
		return Moment{}, &Error{Code: ErrBadTime, Args: map[string]string{"word": Clip(text, 64)}}
	}
	return m, nil
}

// LeadingMoment returns the moment that words begin with, and of how many words it is: 0 if they begin with none.
func LeadingMoment(words []string) (m Moment, n int) {
	if len(words) == 0 {
		return m, 0
	}
	if at, err := time.Parse(time.RFC3339, strings.ToUpper(words[0])); err == nil {
		return Moment{exact: at}, 1
	}
	if date, clock, both := strings.Cut(strings.ToUpper(words[0]), "T"); both { // 2026-12-01T18:00
		if m, n := LeadingMoment([]string{date, clock}); n == 2 {
			return m, 1
		}
	}
	day, ofDay := leadingDay(words)
	if ofDay == 0 {
		return clockFirst(words)
	}
	m.day, n = day, ofDay
	from := n
	if from < len(words) && connectors[folded(words[from])] {
		from++
	}
	if hour, minute, ofClock := leadingClock(words[from:]); ofClock > 0 {
		m.hour, m.minute, n = hour, minute, from+ofClock
	}
	return m, n
}

// connectors may stand between a day and a time of day.
var connectors = wordSet("at в")

// clockFirst reads "18:00", "18:00 tomorrow". What else stands behind it may be the name of something.
func clockFirst(words []string) (m Moment, n int) {
	m.hour, m.minute, n = leadingClock(words)
	if n == 0 || n == len(words) {
		return m, n
	}
	if day, ofDay := leadingDay(words[n:]); ofDay == 1 && (day.kind == dayAfter || len(words[n]) == len(time.DateOnly)) {
		m.day, n = day, n+1
	}
	return m, n
}

// At is the moment that is meant by somebody who says it at a time, in the zone of that time; false if it is not after it, or there is
// no such day.
func (m Moment) At(said time.Time) (time.Time, bool) {
	if !m.exact.IsZero() {
		return m.exact.In(said.Location()), m.exact.After(said)
	}
	year, month, day := said.Date()
	on := func(days int) time.Time {
		return time.Date(year, month, day+days, m.hour, m.minute, 0, 0, said.Location())
	}
	at, next := on(m.day.after), 0
	switch m.day.kind {
	case dayNext:
		next = 1
	case dayOfWeek:
		ahead := (int(m.day.weekday-said.Weekday()) + 7) % 7
		at, next = on(ahead), ahead+7
	case dayOfYear:
		return m.onDate(said)
	case dayAfter:
	}
	if !at.After(said) && next > 0 {
		at = on(next)
	}
	return at, at.After(said)
}

// longPast is from when on a day without a year is one of the next year: before that it is a mistake.
const longPast = 180 * Day

func (m Moment) onDate(said time.Time) (time.Time, bool) {
	_, month, day := m.day.date.Date()
	in := func(year int) time.Time { return time.Date(year, month, day, m.hour, m.minute, 0, 0, said.Location()) }
	at := in(m.day.date.Year())
	if m.day.date.Year() == 0 {
		if at = in(said.Year()); said.Sub(at) > longPast {
			at = in(said.Year() + 1)
		}
	}
	same := at.Day() == day || m.hour == 24
	return at, same && at.After(said)
}

func folded(word string) string { return strings.ToLower(strings.TrimRight(word, ",.;")) }

func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		set[w] = true
	}
	return set
}

// leadingDay reads the day that words begin with.
func leadingDay(words []string) (d momentDay, n int) {
	word := folded(words[0])
	if after, known := daysAfter[word]; known {
		return momentDay{kind: dayAfter, after: after}, 1
	}
	if weekday, known := dayNames[word]; known {
		return momentDay{kind: dayOfWeek, weekday: weekday}, 1
	}
	for _, form := range []string{time.DateOnly, "2.1.2006", "02.01.2006", "2.1", "02.01"} {
		if date, err := time.Parse(form, strings.TrimRight(words[0], ",;")); err == nil {
			return momentDay{kind: dayOfYear, date: date}, 1
		}
	}
	return dayAndMonth(words)
}

// dayAndMonth reads "1 December", "Dec 1", "1 декабря", with or without a year.
func dayAndMonth(words []string) (d momentDay, n int) {
	if len(words) < 2 {
		return d, 0
	}
	first, second := folded(words[0]), folded(words[1])
	month, named := monthNames[second]
	if !named {
		month, named = monthNames[first]
		first = second
	}
	number, err := strconv.Atoi(strings.TrimRight(first, "stndrh")) // 1st, 2nd, 3rd, 4th
	if !named || err != nil {
		return d, 0
	}
	year, n := 0, 2
	if len(words) > 2 && len(words[2]) == 4 {
		if given, err := strconv.Atoi(words[2]); err == nil && given > 2000 {
			year, n = given, 3
		}
	}
	date := time.Date(year, month, number, 0, 0, 0, 0, time.UTC)
	if date.Day() != number || number <= 0 {
		return d, 0
	}
	return momentDay{kind: dayOfYear, date: date}, n
}

// leadingClock reads the time of day that words begin with: "18:00", "18.00", "18", "6pm", "6 вечера", "noon".
func leadingClock(words []string) (hour, minute, n int) {
	if len(words) == 0 {
		return 0, 0, 0
	}
	word := folded(words[0])
	if hour, named := namedClocks[word]; named {
		return hour, 0, 1
	}
	half := ""
	for _, end := range []string{"am", "pm"} {
		if number, attached := strings.CutSuffix(word, end); attached && number != "" {
			word, half = number, end
		}
	}
	n = 1
	if half == "" && len(words) > 1 && halves[folded(words[1])] != "" {
		half, n = halves[folded(words[1])], 2
	}
	hour, minute, ok := clock(word)
	if half != "" && ok {
		ok = hour >= 1 && hour <= 12
		if hour %= 12; half == "pm" {
			hour += 12
		}
	}
	if !ok {
		return 0, 0, 0
	}
	return hour, minute, n
}

// clock reads "18:00", "18.00" or "18".
func clock(word string) (hour, minute int, ok bool) {
	hours, minutes, both := strings.Cut(word, ":")
	if !both {
		hours, minutes, both = strings.Cut(word, ".")
	}
	hour, err := strconv.Atoi(hours)
	if err != nil || len(hours) > 2 || !isDigit(hours[0]) {
		return 0, 0, false
	}
	if both {
		if minute, err = strconv.Atoi(minutes); err != nil || len(minutes) != 2 || !isDigit(minutes[0]) || minute > 59 {
			return 0, 0, false
		}
	}
	return hour, minute, hour < 24 || hour == 24 && minute == 0
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

var (
	daysAfter = map[string]int{"today": 0, "сегодня": 0, "tomorrow": 1, "завтра": 1, "послезавтра": 2}

	namedClocks = map[string]int{"midnight": 24, "полуночи": 24, "полночь": 24, "noon": 12, "полудня": 12, "полдень": 12}

	halves = map[string]string{"am": "am", "pm": "pm", "утра": "am", "ночи": "am", "дня": "pm", "вечера": "pm"}

	dayNames = byNumber(map[time.Weekday]string{
		time.Monday: "mon monday пн понедельник понедельника", time.Tuesday: "tue tues tuesday вт вторник вторника",
		time.Wednesday: "wed wednesday ср среда среды среду", time.Thursday: "thu thur thurs thursday чт четверг четверга",
		time.Friday: "fri friday пт пятница пятницы пятницу", time.Saturday: "sat saturday сб суббота субботы субботу",
		time.Sunday: "sun sunday вс воскресенье воскресенья",
	})

	monthNames = byNumber(map[time.Month]string{
		time.January: "jan january янв января", time.February: "feb february фев февраля", time.March: "mar march мар марта",
		time.April: "apr april апр апреля", time.May: "may мая", time.June: "jun june июн июня", time.July: "jul july июл июля",
		time.August: "aug august авг августа", time.September: "sep sept september сен сентября", time.October: "oct october окт октября",
		time.November: "nov november ноя ноября", time.December: "dec december дек декабря",
	})
)

func byNumber[N comparable](names map[N]string) map[string]N {
	numbers := map[string]N{}
	for number, all := range names {
		for name := range strings.FieldsSeq(all) {
			numbers[name] = number
		}
	}
	return numbers
}
