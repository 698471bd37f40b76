package model

import (
	"strings"
	"time"
	"unicode"
)

// timeWords are what one language says about time: a table for each part of the grammar, which is the same in all of them (length.go,
// timewords_moment.go). Names are separated by ";" and may be several words; they are lower case, without "ё" and without what ends a sentence.
type timeWords struct {
	units    map[time.Duration]string // behind a number
	amounts  map[float64]string       // numbers in words
	lengths  map[time.Duration]string // a length without a number
	weekdays map[time.Weekday]string
	months   map[time.Month]string
	days     map[int]string // days after today
	dayParts map[int]string // an hour of the day with a name; 24 is its end
	halves   map[dayHalf]string
	marks    map[timeMark]string
}

// dayHalf says which half of a day an hour up to 12 is of.
type dayHalf int

const (
	forenoon dayHalf = iota + 1
	afternoon
)

// timeMark is what a word does that names no time itself.
type timeMark int

const (
	markUntil    timeMark = iota + 1 // "until 18:00"
	markSince                        // "since 18:00"
	markFor                          // "for 2 hours", "the last 2 hours"
	markIn                           // "in 2 hours"
	markAgo                          // "2 hours ago"
	markAt                           // "tomorrow at 9", "on Monday"
	markAnd                          // "2 hours and 30 minutes"
	markHalf                         // "2 hours and a half"
	markNext                         // "next Monday"
	markThis                         // "this Monday"
	markLast                         // "last Monday"
	markOf                           // "1st of December"
	markOClock                       // "9 o'clock"
	markNow                          // "now"
	markWeek                         // "next week": the day on which it begins
	markMonth                        // "next month"
	markEndWeek                      // "the end of the week"
	markEndMonth                     // "the end of the month"
)

// vocabulary finds what a phrase means in any language.
type vocabulary struct {
	units    map[string]time.Duration
	amounts  map[string]float64
	lengths  map[string]time.Duration
	weekdays map[string]time.Weekday
	months   map[string]time.Month
	days     map[string]int
	dayParts map[string]int
	halves   map[string]dayHalf
	marks    map[string][]timeMark
}

// timeVocabulary is of all languages: nobody says in which one he types.
var timeVocabulary = newVocabulary(englishTime, russianTime)

func newVocabulary(languages ...timeWords) *vocabulary {
	v := &vocabulary{
		units: map[string]time.Duration{}, amounts: map[string]float64{}, lengths: map[string]time.Duration{}, weekdays: map[string]time.Weekday{},
		months: map[string]time.Month{}, days: map[string]int{}, dayParts: map[string]int{}, halves: map[string]dayHalf{}, marks: map[string][]timeMark{},
	}
	for _, l := range languages {
		addNames(v.units, l.units)
		addNames(v.amounts, l.amounts)
		addNames(v.lengths, l.lengths)
		addNames(v.weekdays, l.weekdays)
		addNames(v.months, l.months)
		addNames(v.days, l.days)
		addNames(v.dayParts, l.dayParts)
		addNames(v.halves, l.halves)
		for mark, names := range l.marks {
			for name := range strings.SplitSeq(names, ";") {
				name = strings.TrimSpace(name)
				v.marks[name] = append(v.marks[name], mark)
			}
		}
	}
	return v
}

func addNames[V comparable](to map[string]V, names map[V]string) {
	for value, all := range names {
		for name := range strings.SplitSeq(all, ";") {
			to[strings.TrimSpace(name)] = value
		}
	}
}

// longestPhrase is how many words a name of the tables may be.
const longestPhrase = 5

// phrase finds the longest name that words begin with, and of how many words it is: 0 if they begin with none.
func phrase[V any](words []string, names map[string]V) (value V, n int) {
	for n := min(len(words), longestPhrase); n > 0; n-- {
		if value, known := names[foldWords(words[:n])]; known {
			return value, n
		}
	}
	return value, 0
}

// mark reports of how many words a mark is that words begin with: 0 if they begin with none.
func (v *vocabulary) mark(words []string, want timeMark) int {
	for n := min(len(words), longestPhrase); n > 0; n-- {
		for _, mark := range v.marks[foldWords(words[:n])] {
			if mark == want {
				return n
			}
		}
	}
	return 0
}

func foldWords(words []string) string {
	folded := make([]string, len(words))
	for i, w := range words {
		folded[i] = foldWord(w)
	}
	return strings.Join(folded, " ")
}

func joinWords(words []string) string { return strings.Join(words, " ") }

// foldWord makes one spelling of the usual ones: "Пн.", "ПН", "понедельник,".
func foldWord(word string) string {
	return strings.NewReplacer("ё", "е", "’", "'").Replace(strings.ToLower(strings.TrimRight(word, ",.;!")))
}

// IsTimeWord reports whether a word says something about time, or is close to one that does: what is wrong with a line that has it is
// most likely its time.
func IsTimeWord(word string) bool {
	if n := foldWord(word); n != "" {
		if unicode.IsDigit(rune(n[0])) {
			return timeLike(n)
		}
		return timeNames[n] || len([]rune(n)) > 3 && len(Closest(n, timeNameList, 1)) > 0
	}
	return false
}

// timeLike reports whether a word that begins with a digit looks like a time: "25:00", "2x", "18-00", "2hors", not "10.0.0.1" or "1c-bitrix.example".
func timeLike(word string) bool {
	rest := strings.TrimLeftFunc(word, func(r rune) bool { return unicode.IsDigit(r) || strings.ContainsRune(":.,-/", r) })
	number := word[:len(word)-len(rest)]
	letters := strings.IndexFunc(rest, func(r rune) bool { return !unicode.IsLetter(r) }) < 0
	return letters && len([]rune(rest)) <= 8 && strings.Count(number, ".") < 3
}

// timeNames are the single words of the tables that mean nothing but time.
var timeNames, timeNameList = func() (map[string]bool, []string) {
	set, v := map[string]bool{}, timeVocabulary
	add := func(name string) {
		if !strings.Contains(name, " ") && len([]rune(name)) > 2 {
			set[name] = true
		}
	}
	for name := range v.units {
		add(name)
	}
	for name := range v.lengths {
		add(name)
	}
	for name := range v.weekdays {
		add(name)
	}
	for name := range v.months {
		add(name)
	}
	for name := range v.days {
		add(name)
	}
	for name := range v.dayParts {
		add(name)
	}
	var list []string
	for name := range set {
		list = append(list, name)
	}
	return set, list
}()
