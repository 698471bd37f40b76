package model

import "time"

// CutPast takes out of words from when on something is asked for: "since 14:00", "since 2h", "for the last 2 hours", "7d", "yesterday",
// "с понедельника". text is it in their words; "" without one. An error is ErrBadPast: after "since" there is nothing of the kind, or it is
// to come.
func CutPast(words []string, now time.Time) (from time.Time, text string, rest []string, err error) {
	for i := range words {
		if from, n := LeadingPast(words[i:], now); n > 0 {
			return from, joinWords(words[i : i+n]), append(words[:i:i], words[i+n:]...), nil
		}
		if foldWord(words[i]) == sinceWord {
			return from, "", words, &Error{Code: ErrBadPast, Args: map[string]string{"word": Clip(joinWords(words[i:min(i+2, len(words))]), 64)}}
		}
	}
	return from, "", words, nil
}

// sinceWord is nothing but the beginning of a time: "from" and "с" may be the name of something.
const sinceWord = "since"

// LeadingPast returns the moment of CutPast that words begin with, and of how many words it is: 0 if they begin with none.
func LeadingPast(words []string, now time.Time) (from time.Time, n int) {
	skip := timeVocabulary.mark(words, markSince)
	if from, n = leadingPast(words[skip:], now, skip > 0); n > 0 {
		n += skip
	}
	return from, n
}

// leadingPast reads a length up to now, or a moment that was. Without "since" before it only "yesterday" is plain enough.
func leadingPast(words []string, now time.Time, marked bool) (from time.Time, n int) {
	m, ofMoment := LeadingMoment(words)
	d, ofLength := LeadingLength(words)
	plain := m.day.kind == dayAfter && m.day.after <= 0
	switch {
	case ofMoment > ofLength && (marked || plain || m.day.kind == dayShift && m.shift < 0):
		at, was := m.Before(now)
		if !was {
			return from, 0
		}
		return at, ofMoment
	case ofLength > 0 && d > 0:
		return now.Add(-time.Duration(d)), ofLength
	default:
		return from, 0
	}
}
