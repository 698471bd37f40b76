package model

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// lengthUnits are the units of a length as people write them in a chat, in English and in Russian.
var lengthUnits = func() map[string]time.Duration {
	units := map[string]time.Duration{}
	for unit, names := range map[time.Duration]string{
		time.Millisecond: "ms мс",
		time.Second:      "s sec secs second seconds с сек секунда секунду секунды секунд",
		time.Minute:      "m min mins minute minutes м мин минута минуту минуты минут",
		time.Hour:        "h hr hrs hour hours ч час часа часов",
		Day:              "d day days д дн день дня дней сутки суток",
		Week:             "w wk week weeks н нед неделя неделю недели недель",
	} {
		for name := range strings.FieldsSeq(names) {
			units[name] = unit
		}
	}
	return units
}()

// ParseLength parses a length as people type it: what ParseDuration takes, units as words ("2 hours", "30мин", "2ч"), and one
// fraction ("1.5h", "1,5 ч"). A number needs a unit. Errors are *ValueError.
func ParseLength(text string) (Duration, error) {
	if d, err := ParseDuration(text); err == nil {
		return d, nil
	}
	rest, total := strings.ToLower(PlainSpaces(text)), 0.0
	seen := map[time.Duration]bool{}
	for rest = strings.TrimSpace(rest); rest != ""; rest = strings.TrimSpace(rest) {
		number, unit, after := cutPart(rest)
		value, err := strconv.ParseFloat(strings.Replace(number, ",", ".", 1), 64)
		if err != nil || unit == 0 || seen[unit] || len(number) > 9 {
			return 0, notDuration(text)
		}
		seen[unit] = true
		total += value * float64(unit)
		rest = after
	}
	if len(seen) == 0 || total > math.MaxInt64/2 {
		return 0, notDuration(text)
	}
	return Duration(math.Round(total/1e6) * 1e6), nil // whole milliseconds, as Duration is written
}

// cutPart cuts "1.5 hours" off the beginning of a text; unit is 0 if it does not begin so.
func cutPart(text string) (number string, unit time.Duration, rest string) {
	end := strings.IndexFunc(text, func(r rune) bool { return (r < '0' || r > '9') && r != '.' && r != ',' })
	if end <= 0 {
		return "", 0, text
	}
	number, rest = text[:end], strings.TrimSpace(text[end:])
	end = strings.IndexFunc(rest, func(r rune) bool { return !unicode.IsLetter(r) })
	if end < 0 {
		end = len(rest)
	}
	unit, rest = lengthUnits[rest[:end]], rest[end:]
	return number, unit, strings.TrimPrefix(rest, ".") // "30 мин."
}

// longestLength is how many words a length may be: "1 day 2 hours 30 min".
const longestLength = 6

// LeadingLength returns the length that words begin with, and of how many words it is: 0 if they begin with none.
func LeadingLength(words []string) (d Duration, n int) {
	for n := min(len(words), longestLength); n > 0; n-- {
		if d, err := ParseLength(strings.Join(words[:n], " ")); err == nil {
			return d, n
		}
	}
	return 0, 0
}

// TrailingLength returns the length that words end with, and of how many words it is: 0 if they end with none.
func TrailingLength(words []string) (d Duration, n int) {
	for n := min(len(words), longestLength); n > 0; n-- {
		if d, err := ParseLength(strings.Join(words[len(words)-n:], " ")); err == nil {
			return d, n
		}
	}
	return 0, 0
}

// CutLength takes the first length that is not zero out of words; found is false if there is none.
func CutLength(words []string) (d Duration, rest []string, found bool) {
	for i := range words {
		if d, n := LeadingLength(words[i:]); n > 0 && d > 0 {
			return d, append(words[:i:i], words[i+n:]...), true
		}
	}
	return 0, words, false
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
