package model

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// The grammar of a length, in the words of timeWords:
//
//	length = [for] part { [and] part } | for unit
//	part   = number unit | amount unit | name of a length, and behind it [and a half]
//
// Each unit comes once. A number may have one fraction; behind attached hours the minutes need no unit: "1h30".

// ParseLength parses a length as people type it: what ParseDuration takes, and "2 hours", "30мин", "1,5 ч", "half an hour", "полтора часа". A
// number needs a unit. Errors are *ValueError.
func ParseLength(text string) (Duration, error) {
	words := strings.Fields(PlainSpaces(text))
	if d, n := LeadingLength(words); n > 0 && n == len(words) {
		return d, nil
	}
	return 0, notDuration(text)
}

// LeadingLength returns the length that words begin with, and of how many words it is: 0 if they begin with none.
func LeadingLength(words []string) (d Duration, n int) {
	if len(words) > 0 && words[0] == "0" {
		return 0, 1
	}
	skip := timeVocabulary.mark(words, markFor)
	if d, n = lengthAt(words[skip:]); n == 0 && skip > 0 && skip < len(words) {
		d, n = unitAlone(words[skip])
	}
	if n > 0 {
		n += skip
	}
	return d, n
}

// unitAlone reads the "hour" of "the last hour", where no number is said.
func unitAlone(word string) (d Duration, n int) {
	name := foldWord(word)
	if unit, known := timeVocabulary.units[name]; known && len([]rune(name)) > 3 || name == "day" || name == "час" {
		return Duration(unit), 1
	}
	return 0, 0
}

// TrailingLength returns the length that words end with, and of how many words it is: 0 if they end with none.
func TrailingLength(words []string) (d Duration, n int) {
	for n := min(len(words), longestLength); n > 0; n-- {
		if d, read := LeadingLength(words[len(words)-n:]); read == n {
			return d, n
		}
	}
	return 0, 0
}

// longestLength is how many words a length may be: "for the next 1 day 2 hours and 30 min".
const longestLength = 10

// CutLength takes the first length that is not zero out of words; found is false if there is none.
func CutLength(words []string) (d Duration, rest []string, found bool) {
	for i := range words {
		if d, n := LeadingLength(words[i:]); n > 0 && d > 0 {
			return d, append(words[:i:i], words[i+n:]...), true
		}
	}
	return 0, words, false
}

// lengthAt reads the parts of a length.
func lengthAt(words []string) (d Duration, n int) {
	total, seen := 0.0, map[time.Duration]bool{}
	for n < len(words) {
		skip := 0
		if n > 0 {
			skip = timeVocabulary.mark(words[n:], markAnd)
		}
		parts, read := lengthParts(words[n+skip:])
		if read == 0 || !addParts(&total, seen, parts) {
			break
		}
		n += skip + read
	}
	if n == 0 || total > math.MaxInt64/2 {
		return 0, 0
	}
	return Duration(math.Round(total/1e6) * 1e6), n // whole milliseconds, as Duration is written
}

// lengthPart is so much of a unit.
type lengthPart struct {
	count float64
	unit  time.Duration
}

// addParts adds parts to a total, or nothing if one has a unit that was seen.
func addParts(total *float64, seen map[time.Duration]bool, parts []lengthPart) bool {
	for i, p := range parts {
		if seen[p.unit] {
			for _, added := range parts[:i] {
				delete(seen, added.unit)
			}
			return false
		}
		seen[p.unit] = true
	}
	for _, p := range parts {
		*total += p.count * float64(p.unit)
	}
	return true
}

// lengthParts reads the next part of a length, all of a word: "1h30m" is two.
func lengthParts(words []string) (parts []lengthPart, n int) {
	parts, n = attachedParts(words)
	if n == 0 {
		parts, n = wordedPart(words)
	}
	if n > 0 {
		if half := timeVocabulary.mark(words[n:], markHalf); half > 0 {
			parts[len(parts)-1].count += 0.5
			n += half
		}
	}
	return parts, n
}

// attachedParts reads "1h30m", "1.5h", "1h30" or "2 hours": numbers in figures.
func attachedParts(words []string) (parts []lengthPart, n int) {
	if len(words) == 0 {
		return nil, 0
	}
	rest := foldWord(words[0])
	for rest != "" {
		number, after := cutNumber(rest)
		count, err := strconv.ParseFloat(strings.Replace(number, ",", ".", 1), 64)
		if err != nil || len(number) > 9 {
			return nil, 0
		}
		if after == "" {
			return unitBehind(parts, lengthPart{count: count}, words, number)
		}
		name := after
		if end := strings.IndexFunc(after, func(r rune) bool { return !unicode.IsLetter(r) }); end >= 0 {
			name = after[:end]
		}
		unit, known := timeVocabulary.units[name]
		if !known {
			return nil, 0
		}
		parts, rest = append(parts, lengthPart{count, unit}), after[len(name):]
	}
	return parts, min(len(parts), 1)
}

// unitBehind completes a number at the end of a word: its unit is the next word, or it is the minutes of "1h30".
func unitBehind(parts []lengthPart, last lengthPart, words []string, number string) ([]lengthPart, int) {
	if len(parts) > 0 {
		if parts[len(parts)-1].unit == time.Hour && len(number) == 2 && last.count < 60 {
			last.unit = time.Minute
			return append(parts, last), 1
		}
		return nil, 0
	}
	if len(words) < 2 {
		return nil, 0
	}
	unit, known := timeVocabulary.units[foldWord(words[1])]
	if !known {
		return nil, 0
	}
	last.unit = unit
	return []lengthPart{last}, 2
}

// cutNumber cuts the digits off the beginning of a text, with one decimal sign.
func cutNumber(text string) (number, rest string) {
	end := strings.IndexFunc(text, func(r rune) bool { return (r < '0' || r > '9') && r != '.' && r != ',' })
	if end < 0 {
		end = len(text)
	}
	return text[:end], text[end:]
}

// wordedPart reads "half an hour", "полтора часа" or "полчаса".
func wordedPart(words []string) (parts []lengthPart, n int) {
	if count, n := phrase(words, timeVocabulary.amounts); n > 0 && n < len(words) {
		if unit, known := timeVocabulary.units[foldWord(words[n])]; known && len([]rune(words[n])) > 1 { // "a m" is no length
			return []lengthPart{{count, unit}}, n + 1
		}
	}
	if whole, n := phrase(words, timeVocabulary.lengths); n > 0 {
		return []lengthPart{{1, whole}}, n
	}
	return nil, 0
}

// PlainSpaces makes a plain space of every space that does not end a line: keyboards, web pages and Telegram's own clients
// write those that do not break, and those without width.
func PlainSpaces(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\r', r == '\t':
			return r
		case unicode.IsSpace(r), r == '\u200b', r == '\u2060', r == '\ufeff', r == '\u180e':
			return ' '
		default:
			return r
		}
	}, text)
}
