package model

import (
	"strconv"
	"strings"
	"time"
)

// The grammar of a moment, in the words of timeWords:
//
//	moment = now | in length | length ago | day [[at] time of day] | [at] time of day [day] | RFC 3339
//	day    = name of a day | [at] [next | this | last] weekday | next (week | month) | end of (week | month) | date
//	date   = 2006-01-02 | 02.01[.2006] | 2 January [2006] | January 2 [2006]
//	time   = 18[:00] [half of the day] | part of the day [[at] 18[:00]]

// Moment is a moment as people type it: "18:00", "tomorrow 9:00", "пн 08:00", "через 2 часа", "2026-12-01 02:00". When that is depends on
// when it is said, and where: At and Before say it.
type Moment struct {
	hour, minute int // of the day; 24:00 is its end
	plain        bool
	day          momentDay
	exact        time.Time     // if it says all: RFC 3339
	shift        time.Duration // dayShift: how long after it is said
}

// momentDay is the day of a Moment: one of these, or any on which its time of day is.
type momentDay struct {
	kind    dayKind
	after   int          // dayAfter: days after today
	weekday time.Weekday // dayOfWeek, dayOfNextWeek, dayOfLastWeek
	date    time.Time    // dayOfYear: in the year 0 of any year
}

// Plain reports whether the time of day was said so that it is nothing else: "9:00", "at 9", "9 утра", not "9" or "monday".
func (m Moment) Plain() bool { return m.plain || !m.exact.IsZero() || m.day.kind == dayShift }

type dayKind int

const (
	dayAny dayKind = iota
	dayAfter
	dayOfWeek
	dayOfNextWeek // weeks begin on Monday
	dayOfLastWeek
	dayEndOfWeek
	dayOfNextMonth // its first
	dayOfYear
	dayShift // none: a length from now
)

// CutUntil takes "until 18:00" out of words, as people type it in English and in Russian. text is the moment in their words; "" without
// one. An error is ErrBadTime: after such a word there is no moment.
func CutUntil(words []string) (text string, m Moment, rest []string, err error) {
	for i := range words {
		skip := timeVocabulary.mark(words[i:], markUntil)
		if skip == 0 {
			continue
		}
		m, n := LeadingMoment(words[i+skip:])
		if n == 0 {
			return "", Moment{}, words, &Error{Code: ErrBadTime, Args: map[string]string{"word": Clip(joinWords(words[i:min(i+2, len(words))]), 64)}}
		}
		return joinWords(words[i+skip : i+skip+n]), m, append(words[:i:i], words[i+skip+n:]...), nil
	}
	return "", Moment{}, words, nil
}

// ParseMoment reads a text that is a moment and nothing else. Its error is ErrBadTime.
func ParseMoment(text string) (Moment, error) {
	words := strings.Fields(PlainSpaces(text))
	rest := words[timeVocabulary.mark(words, markUntil):]
	m, n := LeadingMoment(rest)
	if n == 0 || n < len(rest) {
		return Moment{}, &Error{Code: ErrBadTime, Args: map[string]string{"word": Clip(text, 64)}}
	}
	return m, nil
}

// LeadingMoment returns the moment that words begin with, and of how many words it is: 0 if they begin with none.
func LeadingMoment(words []string) (m Moment, n int) {
	if len(words) == 0 {
		return m, 0
	}
	for _, read := range []func([]string) (Moment, int){isoMoment, shiftedMoment, dayFirst, clockFirst} {
		if m, n = read(words); n > 0 {
			return m, n
		}
	}
	return m, 0
}

// isoMoment reads "2026-12-01T18:00:00Z" and "2026-12-01T18:00".
func isoMoment(words []string) (m Moment, n int) {
	if at, err := time.Parse(time.RFC3339, strings.ToUpper(words[0])); err == nil {
		return Moment{exact: at}, 1
	}
	if date, clock, both := strings.Cut(strings.ToUpper(words[0]), "T"); both && strings.Count(date, "-") == 2 {
		if m, n := dayFirst([]string{date, clock}); n == 2 {
			return m, 1
		}
	}
	return m, 0
}

// shiftedMoment reads "now", "in 2 hours" and "2 hours ago".
func shiftedMoment(words []string) (m Moment, n int) {
	m.day.kind = dayShift
	if n := timeVocabulary.mark(words, markNow); n > 0 {
		return m, n
	}
	in := timeVocabulary.mark(words, markIn)
	d, n := lengthAt(words[in:])
	m.shift = time.Duration(d)
	switch {
	case n == 0:
		return Moment{}, 0
	case in > 0:
		return m, in + n
	}
	ago := timeVocabulary.mark(words[n:], markAgo)
	if ago == 0 {
		return Moment{}, 0
	}
	m.shift = -m.shift
	return m, n + ago
}

// dayFirst reads "tomorrow", "tomorrow at 9", "on Monday 9:00".
func dayFirst(words []string) (m Moment, n int) {
	skip := timeVocabulary.mark(words, markAt)
	m.day, n = leadingDay(words[skip:])
	if n == 0 && skip > 0 {
		skip = 0
		m.day, n = leadingDay(words)
	}
	if n == 0 {
		return Moment{}, 0
	}
	n += skip
	at := timeVocabulary.mark(words[n:], markAt)
	clock, ofClock := leadingClock(words[n+at:])
	if ofClock > 0 && m.day.kind != dayEndOfWeek {
		m.hour, m.minute, m.plain, n = clock.hour, clock.minute, clock.plain || at > 0, n+at+ofClock
	}
	if m.day.kind == dayAfter && m.day.after == 0 && ofClock == 0 && foldWord(words[0]) == "this" {
		return Moment{}, 0 // "this" is a day only before a part of it
	}
	return m, n
}

// clockFirst reads "18:00", "at 18:00", "18:00 tomorrow", "9:00 on Monday". What else stands behind it may be the name of something.
func clockFirst(words []string) (m Moment, n int) {
	skip := timeVocabulary.mark(words, markAt)
	clock, n := leadingClock(words[skip:])
	if n == 0 {
		return Moment{}, 0
	}
	n += skip
	m.hour, m.minute, m.plain = clock.hour, clock.minute, clock.plain || skip > 0
	at := timeVocabulary.mark(words[n:], markAt)
	if day, ofDay := leadingDay(words[n+at:]); ofDay > 0 && (at > 0 || plainlyDay(day, words[n:n+ofDay])) {
		m.day, n = day, n+at+ofDay
	}
	return m, n
}

// plainlyDay reports whether words behind a time of day are its day, and not the name of something: "sun", "1.12".
func plainlyDay(day momentDay, words []string) bool {
	return day.kind == dayAfter && foldWord(words[0]) != "this" || len(words) > 1 || len(words[0]) == len(time.DateOnly)
}

// leadingDay reads the day that words begin with.
func leadingDay(words []string) (d momentDay, n int) {
	if len(words) == 0 {
		return d, 0
	}
	v := timeVocabulary
	if n := v.mark(words, markEndWeek); n > 0 {
		return momentDay{kind: dayEndOfWeek}, n
	}
	if n := v.mark(words, markEndMonth); n > 0 {
		return momentDay{kind: dayOfNextMonth}, n
	}
	if d, n := qualifiedDay(words); n > 0 {
		return d, n
	}
	if after, n := phrase(words, v.days); n > 0 {
		return momentDay{kind: dayAfter, after: after}, n
	}
	if weekday, n := phrase(words, v.weekdays); n > 0 {
		return momentDay{kind: dayOfWeek, weekday: weekday}, n
	}
	for _, form := range []string{time.DateOnly, "2.1.2006", "02.01.2006", "2.1", "02.01"} {
		if date, err := time.Parse(form, strings.TrimRight(words[0], ",;")); err == nil {
			return momentDay{kind: dayOfYear, date: date}, 1
		}
	}
	return dayAndMonth(words)
}

// qualifiedDay reads "next Monday", "this Friday", "last Friday", "next week".
func qualifiedDay(words []string) (d momentDay, n int) {
	v := timeVocabulary
	for _, q := range []struct {
		mark timeMark
		kind dayKind
	}{{markNext, dayOfNextWeek}, {markThis, dayOfWeek}, {markLast, dayOfLastWeek}} {
		skip := v.mark(words, q.mark)
		if skip == 0 {
			continue
		}
		rest := words[skip:]
		if weekday, n := phrase(rest, v.weekdays); n > 0 {
			return momentDay{kind: q.kind, weekday: weekday}, skip + n
		}
		if q.mark != markNext {
			continue
		}
		if n := v.mark(rest, markWeek); n > 0 {
			return momentDay{kind: dayOfNextWeek, weekday: time.Monday}, skip + n
		}
		if n := v.mark(rest, markMonth); n > 0 {
			return momentDay{kind: dayOfNextMonth}, skip + n
		}
	}
	return d, 0
}

// dayAndMonth reads "1 December", "1st of Dec", "Dec 1", "1 декабря", with or without a year.
func dayAndMonth(words []string) (d momentDay, n int) {
	number, n, named := words[0], 1, false
	var month time.Month
	if of := timeVocabulary.mark(words[1:], markOf); n+of < len(words) {
		month, named = timeVocabulary.months[foldWord(words[n+of])]
		n += of + 1
	}
	if !named && len(words) > 1 {
		if month, named = timeVocabulary.months[foldWord(words[0])]; named {
			number, n = words[1], 2
		}
	}
	day, err := strconv.Atoi(ordinal(number))
	if !named || err != nil {
		return d, 0
	}
	year := 0
	if n < len(words) && len(foldWord(words[n])) == 4 {
		if given, err := strconv.Atoi(foldWord(words[n])); err == nil && given > 2000 {
			year, n = given, n+1
		}
	}
	date := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	if date.Day() != day || day <= 0 {
		return d, 0
	}
	return momentDay{kind: dayOfYear, date: date}, n
}

// ordinal cuts what makes "1st", "2-го" of a number.
func ordinal(word string) string {
	word = foldWord(word)
	for _, end := range []string{"st", "nd", "rd", "th", "-го", "го", "-е", "-ое"} {
		if number, cut := strings.CutSuffix(word, end); cut {
			return number
		}
	}
	return word
}

// dayTime is a time of day; plain if it is nothing else.
type dayTime struct {
	hour, minute int
	plain        bool
}

// leadingClock reads the time of day that words begin with: "18:00", "18.00", "18", "6pm", "6 вечера", "9 o'clock", "noon", "morning".
func leadingClock(words []string) (t dayTime, n int) {
	if len(words) == 0 {
		return t, 0
	}
	if part, n := phrase(words, timeVocabulary.dayParts); n > 0 {
		return partOfDay(words, part, n)
	}
	word, half := foldWord(words[0]), dayHalf(0)
	for _, end := range []string{"am", "pm"} {
		if number, attached := strings.CutSuffix(word, end); attached && number != "" {
			word, half = number, timeVocabulary.halves[end]
		}
	}
	hour, minute, ok := clock(word)
	if !ok || half != 0 && hour > 12 {
		return t, 0
	}
	n = 1
	if half == 0 {
		n += timeVocabulary.mark(words[n:], markOClock)
		named, ofHalf := phrase(words[n:], timeVocabulary.halves)
		half, n = named, n+ofHalf
	}
	if hour, ok = inHalf(hour, half); !ok {
		return t, 0
	}
	return dayTime{hour, minute, half != 0 || strings.Contains(word, ":")}, n
}

// partOfDay reads "morning" and "morning at 9", whose first n words are the part of the day.
func partOfDay(words []string, part, n int) (t dayTime, all int) {
	whole := dayTime{part, 0, true}
	at := timeVocabulary.mark(words[n:], markAt)
	if n+at >= len(words) || part == 24 || at == 0 && !strings.Contains(words[n], ":") {
		return whole, n
	}
	hour, minute, ok := clock(foldWord(words[n+at]))
	if !ok {
		return whole, n
	}
	if part >= 12 && hour < 12 {
		hour += 12
	}
	return dayTime{hour, minute, true}, n + at + 1
}

// inHalf is an hour of a half of the day on the clock of 24 hours; ok is false if there is none. Without a half it is the hour.
func inHalf(hour int, half dayHalf) (of24 int, ok bool) {
	switch {
	case half == 0:
		return hour, true
	case hour < 1 || hour > 12:
		return hour, half == afternoon && hour > 12 && hour < 24 // "18 вечера" is said
	case half == afternoon:
		return hour%12 + 12, true
	default:
		return hour % 12, true
	}
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
