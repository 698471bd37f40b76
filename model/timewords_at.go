package model

import (
	"slices"
	"time"
)

// At is the moment that is meant by somebody who says it at a time, in the zone of that time: the first to come at which the clock there
// shows it. A time that the clock skips is by the clock before the change. false if it is not after said, or there is no such day.
func (m Moment) At(said time.Time) (time.Time, bool) {
	all := m.candidates(said)
	for _, at := range all {
		if !at.After(said) {
			continue
		}
		if m.longAhead(all, said, at) {
			break
		}
		return at, true
	}
	if len(all) == 0 {
		return time.Time{}, false
	}
	return nearest(all, said), false
}

// Before is the moment that is meant by somebody who speaks of the past: the last at which the clock showed it. false if it is after said,
// or there is no such day.
func (m Moment) Before(said time.Time) (time.Time, bool) {
	all := m.candidates(said)
	for _, at := range slices.Backward(all) {
		if !at.After(said) {
			return at, true
		}
	}
	if len(all) == 0 {
		return time.Time{}, false
	}
	return all[0], false
}

// longPast is from when on a day without a year is one of the next year: before that it is a mistake.
const longPast = 180 * Day

// longAhead reports whether a day without a year is only meant if it is next year's by mistake: "yesterday" as a date.
func (m Moment) longAhead(all []time.Time, said, at time.Time) bool {
	return m.day.kind == dayOfYear && m.day.date.Year() == 0 && slices.ContainsFunc(all, func(past time.Time) bool {
		return past.Year() == said.Year() && !past.After(said) && said.Sub(past) <= longPast && at.After(past.Add(Day))
	})
}

func nearest(all []time.Time, said time.Time) time.Time {
	return slices.MinFunc(all, func(a, b time.Time) int { return int(said.Sub(a).Abs().Seconds()) - int(said.Sub(b).Abs().Seconds()) })
}

// candidates are the moments around said that m may be, in order.
func (m Moment) candidates(said time.Time) []time.Time {
	zone := said.Location()
	switch {
	case !m.exact.IsZero():
		return []time.Time{m.exact.In(zone)}
	case m.day.kind == dayShift:
		return []time.Time{said.Add(m.shift)}
	}
	var all []time.Time
	for _, day := range m.daysAround(said) {
		year, month, date := day.Date()
		first, last := Instants(time.Date(year, month, date, m.hour, m.minute, 0, 0, time.UTC), zone)
		all = append(all, first.In(zone))
		if last.After(first) {
			all = append(all, last.In(zone))
		}
	}
	slices.SortFunc(all, time.Time.Compare)
	return all
}

// daysAround are the days that m may be, at midnight in UTC.
func (m Moment) daysAround(said time.Time) (days []time.Time) {
	year, month, date := said.Date()
	day := func(ahead int) time.Time { return time.Date(year, month, date+ahead, 0, 0, 0, 0, time.UTC) }
	monday := -(int(said.Weekday()) + 6) % 7 // of this week, in days from today
	inWeek := (int(m.day.weekday) + 6) % 7
	switch m.day.kind {
	case dayAny:
		return []time.Time{day(-2), day(-1), day(0), day(1), day(2)} // two, since the clock may skip one
	case dayAfter:
		return []time.Time{day(m.day.after)}
	case dayOfWeek:
		return []time.Time{day(monday + inWeek - 7), day(monday + inWeek), day(monday + inWeek + 7)}
	case dayOfNextWeek:
		return []time.Time{day(monday + inWeek + 7)}
	case dayOfLastWeek:
		return []time.Time{day(monday + inWeek - 7)}
	case dayEndOfWeek:
		return []time.Time{day(monday + 7)}
	case dayOfNextMonth:
		return []time.Time{time.Date(year, month+1, 1, 0, 0, 0, 0, time.UTC)}
	case dayOfYear:
		return m.datesAround(year)
	case dayShift:
	}
	return nil
}

// datesAround are the days of a date, in the years around one if it has none. There may be none: 29 February.
func (m Moment) datesAround(year int) (days []time.Time) {
	from, to := year-1, year+1
	if given := m.day.date.Year(); given != 0 {
		from, to = given, given
	}
	_, month, date := m.day.date.Date()
	for ; from <= to; from++ {
		if day := time.Date(from, month, date, 0, 0, 0, 0, time.UTC); day.Day() == date {
			days = append(days, day)
		}
	}
	return days
}
