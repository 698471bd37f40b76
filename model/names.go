package model

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxName is the maximum length of a name in runes: two names and a verdict fit a line on a phone.
const maxName = 64

// CheckName reports whether name is valid: names are words of commands and parts of check ids. The error is a *ValueError.
func CheckName(name string) error {
	bad := func(r rune) bool {
		return unicode.IsSpace(r) || !unicode.IsPrint(r) || strings.ContainsRune(`,/@="{}`, r)
	}
	if name == "" || !utf8.ValidString(name) || utf8.RuneCountInString(name) > maxName ||
		strings.ContainsFunc(name, bad) || strings.EqualFold(name, "all") || name[0] == '-' {
		return &ValueError{What: Say("config.value.name", "key", "name", "got", name, "limit", maxName)}
	}
	return nil
}

// SortedKeys are the keys of a map in natural order.
func SortedKeys[V any](m map[string]V) []string {
	return slices.SortedFunc(maps.Keys(m), CompareNatural)
}

// Closest returns the names that a misspelt word may mean, the likeliest first, at most limit of them, ignoring case. It
// compares with every name: 10,000 take a few milliseconds.
func Closest(word string, names []string, limit int) []string {
	type near struct {
		name     string
		distance int
	}
	wanted := []rune(strings.ToLower(word))
	allowed := max(1, min(3, len(wanted)/3))
	var found []near
	for _, name := range names {
		if d := distance(wanted, []rune(strings.ToLower(name)), allowed); d <= allowed {
			found = append(found, near{name, d})
		}
	}
	slices.SortFunc(found, func(a, b near) int {
		return cmp.Or(a.distance-b.distance, CompareNatural(a.name, b.name))
	})
	out := make([]string, 0, min(limit, len(found)))
	for _, n := range found {
		if len(out) < limit && !slices.Contains(out, n.name) {
			out = append(out, n.name)
		}
	}
	return out
}

// maxChoices is how many names UnknownName lists.
const maxChoices = 8

// UnknownName says that nothing has this name: which one may have been meant, or which names there are. what says of
// which kind the thing is: "unknown host".
func UnknownName(what Sentence, name string, known []string) Sentence {
	if near := Closest(name, known, 1); len(near) > 0 {
		return Say("config.unknown.near", "what", what, "got", name, "near", near[0])
	}
	switch more := len(known) - maxChoices; {
	case len(known) == 0:
		return Say("config.unknown.none", "what", what, "got", name)
	case more > 0:
		return Say("config.unknown.some", "what", what, "got", name, "known", known[:maxChoices], "more", more)
	default:
		return Say("config.unknown.known", "what", what, "got", name, "known", known)
	}
}

// distance is the edit distance with swapped neighbours counting one (optimal string alignment); above most it is only known
// to be more.
func distance(a, b []rune, most int) int {
	if len(a)-len(b) > most || len(b)-len(a) > most {
		return most + 1
	}
	width := len(b) + 1
	cells := make([]int, 3*width)
	before, row, next := cells[:width], cells[width:2*width], cells[2*width:]
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		next[0] = i
		best := i
		for j := 1; j <= len(b); j++ {
			next[j] = min(row[j]+1, next[j-1]+1, row[j-1]+differ(a[i-1], b[j-1]))
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				next[j] = min(next[j], before[j-2]+1)
			}
			best = min(best, next[j])
		}
		if best > most {
			return best
		}
		before, row, next = row, next, before
	}
	return row[len(b)]
}

func differ(a, b rune) int {
	if a == b {
		return 0
	}
	return 1
}

// CompareNatural orders names as people count: web2 before web10. Letters compare byte by byte; for slices.SortFunc.
func CompareNatural(a, b string) int {
	for a != "" && b != "" {
		da, db := digits(a), digits(b)
		if da == 0 || db == 0 {
			if a[0] != b[0] {
				return int(a[0]) - int(b[0])
			}
			a, b = a[1:], b[1:]
			continue
		}
		na, nb := strings.TrimLeft(a[:da], "0"), strings.TrimLeft(b[:db], "0")
		if len(na) != len(nb) {
			return len(na) - len(nb)
		}
		if c := strings.Compare(na, nb); c != 0 {
			return c
		}
		a, b = a[da:], b[db:]
	}
	return len(a) - len(b)
}

func digits(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}
