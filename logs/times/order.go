package times

import (
	"strings"
	"time"
)

// order is how a program writes dates of three numbers.
type order int

const (
	unknown    order = iota
	monthFirst       // 11/30/2026, 11/30/26
	dayFirst         // 30/11/2026, 30/11/26
	yearFirst        // 26/11/30
)

// arrange puts the numbers of a vague date into their places: in the order that was learned, else in the first that gives a date.
func (r *Reader) arrange(p *parts) bool {
	orders := []order{yearFirst, monthFirst, dayFirst}
	if r.order != unknown {
		orders = []order{r.order}
	}
	for _, o := range orders {
		if q, ok := p.ordered(o); ok {
			if at, ok := q.date(q.year); ok && !at.After(r.Now.Add(24*time.Hour)) || ok && r.order != unknown {
				*p = q
				return true
			}
		}
	}
	return false
}

// ordered is p with its numbers in an order. A year of four digits has been read by itself.
func (p *parts) ordered(o order) (parts, bool) {
	q := *p
	switch {
	case len(p.numbers) != 2:
		return q, false
	case o == monthFirst:
		q.month, q.day = p.numbers[0], p.numbers[1]
	case o == dayFirst:
		q.day, q.month = p.numbers[0], p.numbers[1]
	case p.separatedYear():
		return q, false
	default: // the number that was taken for the year is the day
		q.year, q.month, q.day = 2000+p.numbers[0], p.numbers[1], p.year-2000
	}
	return q, q.month >= 1 && q.month <= 12 && q.day >= 1 && q.day <= daysIn(q.year, q.month)
}

// separatedYear reports whether the year had four digits.
func (p *parts) separatedYear() bool { return p.separator != 0 }

// maxLearned bounds the lines from which an order is learned.
const maxLearned = 2000

// Learn finds the order of the numbers in dates like 11/10/2026 from the lines of a file: all must be dates, none in the future, and time
// goes forward. Lines of other forms teach nothing.
func (r *Reader) Learn(lines string) {
	r.order = unknown
	best, least := unknown, maxLearned
	var newest time.Time
	for _, o := range []order{yearFirst, monthFirst, dayFirst} {
		try := Reader{Zone: r.Zone, Now: r.Now, order: o}
		back, last, ok := try.backwards(lines)
		if ok && (back < least || back == least && last.After(newest)) {
			best, least, newest = o, back, last
		}
	}
	r.order = best
}

// backwards counts how often time goes back in lines with vague dates, and returns the last; false if a date does not exist in this order,
// or lies ahead, or if there is no such date.
func (r *Reader) backwards(lines string) (back int, last time.Time, ok bool) {
	seen := 0
	for line := range strings.Lines(lines) {
		if seen++; seen > maxLearned {
			break
		}
		head := line[:min(len(line), reach)]
		if strings.Count(head, "/")+strings.Count(head, "-")+strings.Count(head, ".") < 2 {
			continue
		}
		s, found := (&Reader{Zone: r.Zone, Now: r.Now}).Find(head)
		if !found || !isVague(head[s.Begin:s.End]) {
			continue
		}
		s, found = r.Find(head)
		if !found || s.At.After(r.Now.Add(24*time.Hour)) {
			return 0, last, false
		}
		if s.At.Before(last) {
			back++
		}
		last, ok = s.At, true
	}
	return back, last, ok
}

// isVague reports whether a time begins with two numbers of at most two digits and a third, separated alike.
func isVague(text string) bool {
	first := digitsOf(text)
	if first == 0 || first > 2 || first == len(text) {
		return false
	}
	sign := text[first]
	second := digitsOf(text[first+1:])
	end := first + 1 + second
	return (sign == '/' || sign == '-') && second > 0 && second <= 2 && end < len(text) && text[end] == sign
}
