package model

import (
	"strconv"
	"strings"
	"time"
)

// Period is whole days as people type them: "2026-10", "2026-10-01..2026-10-15", "october", "last month", "вчера", "прошлая неделя".
type Period struct {
	kind     periodKind
	back     int // so many days, weeks or months ago
	year     int // periodMonth; 0 is the last that has begun
	month    time.Month
	from, to time.Time // periodDates, in UTC
}

type periodKind int

const (
	periodDays periodKind = iota
	periodWeeks
	periodMonths
	periodMonth
	periodDates
)

// MonthForm is how a month is written.
const MonthForm = "2006-01"

// LeadingPeriod returns the period that words begin with, and of how many words it is: 0 if they begin with none.
func LeadingPeriod(words []string) (p Period, n int) {
	if len(words) == 0 {
		return p, 0
	}
	if p, dated := datedPeriod(words[0]); dated {
		return p, 1
	}
	skip := max(timeVocabulary.mark(words, markAt), timeVocabulary.mark(words, markIn))
	if skip == 0 {
		if skip = timeVocabulary.mark(words, markFor); skip > 0 && timeVocabulary.mark(words, markLast) > 0 {
			skip = 0 // "last month" is no length
		}
	}
	if p, n = namedPeriod(words[skip:]); n > 0 {
		n += skip
	}
	return p, n
}

// datedPeriod reads "2026-10", "2026-10-01" and two of them with ".." between.
func datedPeriod(word string) (p Period, ok bool) {
	first, last, isRange := strings.Cut(word, "..")
	if !isRange {
		last = first
	}
	from, _, okFrom := datesOf(first)
	_, to, okTo := datesOf(last)
	return Period{kind: periodDates, from: from, to: to}, okFrom && okTo
}

// datesOf are the first day of a month or a day, and the one after its last.
func datesOf(word string) (from, to time.Time, ok bool) {
	if at, err := time.Parse(MonthForm, word); err == nil {
		return at, at.AddDate(0, 1, 0), true
	}
	if at, err := time.Parse(time.DateOnly, word); err == nil {
		return at, at.AddDate(0, 0, 1), true
	}
	return from, to, false
}

// namedPeriod reads "today", "yesterday", "this week", "last month", "October", "October 2026".
func namedPeriod(words []string) (p Period, n int) {
	v := timeVocabulary
	if back, n := phrase(words, v.days); n > 0 && back <= 0 && foldWord(words[0]) != "this" {
		return Period{kind: periodDays, back: -back}, n
	}
	for back, mark := range []timeMark{markThis, markLast} {
		skip := v.mark(words, mark)
		if skip == 0 {
			continue
		}
		if n := v.mark(words[skip:], markWeek); n > 0 {
			return Period{kind: periodWeeks, back: back}, skip + n
		}
		if n := v.mark(words[skip:], markMonth); n > 0 {
			return Period{kind: periodMonths, back: back}, skip + n
		}
	}
	month, n := phrase(words, v.months)
	if n == 0 || len([]rune(words[0])) < 3 {
		return p, 0
	}
	p = Period{kind: periodMonth, month: month}
	if n < len(words) && len(words[n]) == 4 {
		if year, err := strconv.Atoi(words[n]); err == nil && year > 2000 {
			p.year, n = year, n+1
		}
	}
	return p, n
}

// Of is the period as somebody means it who says it at a time, in the zone of that time.
func (p Period) Of(said time.Time) Span {
	year, month, day := said.Date()
	monday := day - (int(said.Weekday())+6)%7
	at := func(year int, month time.Month, day int) time.Time {
		return time.Date(year, month, day, 0, 0, 0, 0, said.Location())
	}
	switch p.kind {
	case periodDays:
		return Span{From: at(year, month, day-p.back), To: at(year, month, day-p.back+1)}
	case periodWeeks:
		return Span{From: at(year, month, monday-7*p.back), To: at(year, month, monday-7*p.back+7)}
	case periodMonths:
		return Span{From: at(year, month-time.Month(p.back), 1), To: at(year, month-time.Month(p.back)+1, 1)}
	case periodMonth:
		switch {
		case p.year != 0:
			year = p.year
		case p.month > month:
			year--
		}
		return Span{From: at(year, p.month, 1), To: at(year, p.month+1, 1)}
	case periodDates:
		return Span{From: at(p.from.Date()), To: at(p.to.Date())}
	}
	return Span{}
}

// Text is the period as datedPeriod reads it, said at a time: a month as one.
func (p Period) Text(said time.Time) string {
	s := p.Of(said)
	last := s.To.AddDate(0, 0, -1)
	switch {
	case s.From.Day() == 1 && s.From.AddDate(0, 1, 0).Equal(s.To):
		return s.From.Format(MonthForm)
	case s.From.Equal(last):
		return s.From.Format(time.DateOnly)
	default:
		return s.From.Format(time.DateOnly) + ".." + last.Format(time.DateOnly)
	}
}
