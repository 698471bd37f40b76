package model

import "time"

// englishTime is what English says about time.
var englishTime = timeWords{
	units: map[time.Duration]string{
		time.Millisecond: "ms",
		time.Second:      "s; sec; secs; second; seconds",
		time.Minute:      "m; min; mins; minute; minutes",
		time.Hour:        "h; hr; hrs; hour; hours",
		Day:              "d; day; days",
		Week:             "w; wk; wks; week; weeks",
	},
	amounts: map[float64]string{
		0.25: "a quarter of an; quarter of an", 0.5: "half; half a; half an", 1: "a; an; one", 1.5: "one and a half", 2: "two; a couple of; couple of", 2.5: "two and a half",
		3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight", 9: "nine", 10: "ten", 12: "twelve", 15: "fifteen", 20: "twenty",
		24: "twenty-four", 30: "thirty", 40: "forty", 45: "forty-five", 48: "forty-eight", 60: "sixty", 90: "ninety",
	},
	lengths: map[time.Duration]string{30 * time.Minute: "half-hour"},
	weekdays: map[time.Weekday]string{
		time.Monday: "mon; monday", time.Tuesday: "tue; tues; tuesday", time.Wednesday: "wed; wednesday", time.Thursday: "thu; thur; thurs; thursday",
		time.Friday: "fri; friday", time.Saturday: "sat; saturday", time.Sunday: "sun; sunday",
	},
	months: map[time.Month]string{
		time.January: "jan; january", time.February: "feb; february", time.March: "mar; march", time.April: "apr; april", time.May: "may",
		time.June: "jun; june", time.July: "jul; july", time.August: "aug; august", time.September: "sep; sept; september",
		time.October: "oct; october", time.November: "nov; november", time.December: "dec; december",
	},
	days: map[int]string{
		0: "today; tonight; this", 1: "tomorrow; tmrw; tmr; tomorrow's", 2: "day after tomorrow; the day after tomorrow", -1: "yesterday",
		-2: "day before yesterday; the day before yesterday",
	},
	dayParts: map[int]string{
		8: "morning; the morning", 12: "noon; midday", 18: "evening; the evening",
		24: "midnight; end of day; the end of day; end of the day; the end of the day; eod",
	},
	halves: map[dayHalf]string{
		forenoon:  "am; a.m; in the morning; this morning",
		afternoon: "pm; p.m; in the afternoon; in the evening; at night; this afternoon; this evening",
	},
	marks: map[timeMark]string{
		markUntil: "until; till; til; 'til; up to", markSince: "since; from", markFor: "for; for the next; the next; for the last; the last; last; past; the past; for the past",
		markIn: "in", markAgo: "ago", markAt: "at; on; on the; in the", markAnd: "and", markHalf: "and a half", markNext: "next", markThis: "this; coming; the coming",
		markLast: "last", markOf: "of", markOClock: "o'clock; oclock", markNow: "now", markWeek: "week", markMonth: "month",
		markEndWeek: "end of week; end of the week; the end of the week", markEndMonth: "end of month; end of the month; the end of the month",
	},
}
