package times

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// parts are the numbers of a time while it is read.
type parts struct {
	text   string
	i      int // what is read so far
	reader *Reader

	year, month, day, hour, minute, second, nano int
	numbers                                      []int // of a vague date, in their order
	separator                                    byte  // of %-
	pm                                           byte  // 'a', 'p' or 0
	zone                                         *time.Location
}

// layout reads the elements of a layout.
func (p *parts) layout(layout string) bool {
	for i := 0; i < len(layout); i++ {
		if layout[i] != '%' {
			if !p.literal(layout[i]) {
				return false
			}
			continue
		}
		i++
		if !p.element(layout[i]) {
			return false
		}
	}
	if p.i < len(p.text) {
		r, _ := utf8.DecodeRuneInString(p.text[p.i:])
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}
	return true
}

func (p *parts) literal(b byte) bool {
	if b == ' ' {
		return p.blanks() > 0
	}
	if p.next() != b {
		return false
	}
	p.i++
	return true
}

// next is the next byte, 0 at the end.
func (p *parts) next() byte {
	if p.i < len(p.text) {
		return p.text[p.i]
	}
	return 0
}

// blanks skips them, those too that do not break a line: dates of newer locales have such before AM.
func (p *parts) blanks() (n int) {
	for {
		switch rest := p.text[p.i:]; {
		case rest != "" && (rest[0] == ' ' || rest[0] == '\t'):
			p.i++
		case strings.HasPrefix(rest, "\u202f"), strings.HasPrefix(rest, "\u00a0"):
			_, size := utf8.DecodeRuneInString(rest)
			p.i += size
		default:
			return n
		}
		n++
	}
}

func (p *parts) element(kind byte) bool {
	switch kind {
	case 'Y':
		return p.digits(&p.year, 4) && p.year >= 1970
	case 'y':
		if !p.digits(&p.year, 2) {
			return false
		}
		p.year += 2000
		return true
	case 'm':
		return p.digits(&p.month, 2)
	case 'n':
		return p.vague()
	case 'b':
		return p.monthName()
	case 'd':
		return p.padded(&p.day) && p.point()
	case 'H':
		return p.padded(&p.hour)
	case 'h':
		return p.digits(&p.hour, 2)
	case 'M':
		return p.digits(&p.minute, 2)
	case 'S':
		return p.digits(&p.second, 2)
	case 'f':
		return p.fraction()
	case 'p':
		return p.half()
	case 'z':
		return p.readZone()
	case '-':
		return p.dateSeparator()
	default:
		return p.joint()
	}
}

// digits reads exactly so many.
func (p *parts) digits(to *int, n int) bool {
	if len(p.text)-p.i < n {
		return false
	}
	value := 0
	for _, b := range []byte(p.text[p.i : p.i+n]) {
		if !isDigit(b) {
			return false
		}
		value = value*10 + int(b-'0')
	}
	*to = value
	p.i += n
	return true
}

// padded reads one or two digits, the one maybe after a blank.
func (p *parts) padded(to *int) bool {
	if p.next() == ' ' {
		p.i++
	}
	n := min(digitsOf(p.text[p.i:]), 2)
	return n > 0 && p.digits(to, n)
}

// point skips what German puts after a day: "30. Nov". Where a month's number follows it separates the two.
func (p *parts) point() bool {
	if strings.HasPrefix(p.text[p.i:], ". ") {
		p.i++
	}
	return true
}

func (p *parts) vague() bool {
	var n int
	if p.next() == ' ' || !p.padded(&n) {
		return false
	}
	p.numbers = append(p.numbers, n)
	return true
}

func (p *parts) dateSeparator() bool {
	b := p.next()
	if b != '-' && b != '/' && b != '.' || p.separator != 0 && b != p.separator {
		return false
	}
	p.separator = b
	p.i++
	return true
}

// joint reads what is between date and time.
func (p *parts) joint() bool {
	for _, between := range []string{" - ", " г. ", " г., ", " at ", " um ", " в ", " à ", ", ", ",", "::", "T", "t", "_", ":", "-"} {
		if strings.HasPrefix(p.text[p.i:], between) {
			p.i += len(between)
			return true
		}
	}
	start := p.i
	if p.blanks() == 0 {
		return false
	}
	if p.i-start > 1 && isDigit(p.next()) && digitsOf(p.text[p.i:]) == 1 { // the blank of an hour below ten
		p.i--
	}
	return true
}

func (p *parts) fraction() bool {
	if b := p.next(); b != '.' && b != ',' && b != ':' {
		return true
	}
	n := digitsOf(p.text[p.i+1:])
	if n == 0 || n > 9 {
		return true
	}
	value := 0
	for i := range 9 {
		value *= 10
		if i < n {
			value += int(p.text[p.i+1+i] - '0')
		}
	}
	p.nano = value
	p.i += 1 + n
	return true
}

// half reads AM or PM, also written "a.m.".
func (p *parts) half() bool {
	start := p.i
	p.blanks()
	low := strings.ToLower(p.text[p.i:min(len(p.text), p.i+4)])
	for _, mark := range []string{"a.m.", "p.m.", "am", "pm"} {
		if strings.HasPrefix(low, mark) {
			p.pm = mark[0]
			p.i += len(mark)
			return true
		}
	}
	p.i = start
	return true
}

// date is the time of what was read, in a year; false if there is no such time of day or day of the month.
func (p *parts) date(year int) (time.Time, bool) {
	hour, second := p.hour, p.second
	switch {
	case p.pm != 0 && (hour < 1 || hour > 12):
		return time.Time{}, false
	case p.pm != 0:
		hour %= 12
		if p.pm == 'p' {
			hour += 12
		}
	}
	if second == 60 { // a leap second
		second = 59
	}
	if hour > 23 || p.minute > 59 || second > 59 || p.month < 1 || p.month > 12 || p.day < 1 {
		return time.Time{}, false
	}
	at := time.Date(year, time.Month(p.month), p.day, hour, p.minute, second, p.nano, p.zone)
	return at, p.day <= daysIn(year, p.month)
}

func daysIn(year, month int) int {
	return time.Date(year, time.Month(month+1), 0, 0, 0, 0, 0, time.UTC).Day()
}
