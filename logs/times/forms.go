package times

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// form is one way to write a time. A layout is read element by element:
//
//	%Y %y  the year, of four or two digits       %H     the hour, of two digits, or one with or without a blank before it
//	%m     the month, of two digits              %M %S  minute and second, of two digits
//	%n     the month, of one or two digits       %f     a fraction of the second, after a point, comma or colon, or nothing
//	%b     the name of a month, in any language  %p     AM or PM, or nothing
//	%d     the day, like %H, maybe with a point  %z     a zone, after blanks or not, or nothing
//	%-     one of - / . , each time the same     %J     what stands between date and time: T, blanks, a comma, _ and others
//	blank  one or more blanks
//
// Anything else is itself. What follows the whole must be neither a letter nor a digit.
type form struct {
	layout string
	yearly bool // it lacks the year
	vague  bool // which number is the day depends on the program: see order
}

// forms are tried in their order. Those that begin alike stand together, the longer first.
var forms = []form{
	{layout: "%Y%-%m%-%d%J%H:%M:%S%f%p%z"}, // ISO 8601, RFC 3339, nginx, Java, Go, PostgreSQL, MariaDB, stunnel, ClickHouse, gin
	{layout: "%Y%-%m%-%d%J%H.%M.%S%f%z"},   // DB2
	{layout: "%Y%-%m%-%d%J%H:%M%z"},        // without seconds
	{layout: "%Y %b %d %H:%M:%S%f%z"},      // Cisco
	{layout: "%Y%-%b%-%d%J%H:%M:%S%f%z"},   //
	{layout: "%Y%m%d%J%H:%M:%S%f%z"},       //
	{layout: "%Y%m%d%J%h%M%S%f%z"},         // ISO 8601 without separators, Zabbix
	{layout: "%Y%m%d%h%M%S%f%z"},           //
	{layout: "%y%m%d %H:%M:%S%f"},          // MySQL before 5.7
	{layout: "%y%m%d %h%M%S%f"},            // HDFS
	{layout: "%d.%m.%Y%J%H:%M:%S%f%p%z"},   // Russia, Germany
	{layout: "%d.%m.%y%J%H:%M:%S%f%p%z"},   //
	{layout: "%d/%b/%Y%J%H:%M:%S%f%z"},     // access logs, HAProxy
	{layout: "%d-%b-%Y%J%H:%M:%S%f%p%z"},   // PHP, Tomcat, BIND, RabbitMQ
	{layout: "%d-%b-%y%J%H:%M:%S%f%p%z"},   // RFC 850, Oracle
	{layout: "%d-%b-%y%J%H.%M.%S%f%p%z"},   // Oracle
	{layout: "%d %b %Y%J%H:%M:%S%f%p%z"},   // Redis, RFC 1123
	{layout: "%d %b %H:%M:%S%f%p%z %Y"},    // date in other languages
	{layout: "%d %b %H:%M:%S%f", yearly: true},
	{layout: "%n%-%n%-%Y%J%H:%M:%S%f%p%z", vague: true}, // Windows, JavaScript
	{layout: "%n/%n/%y%J%H:%M:%S%f%p%z", vague: true},   // Spark, and Windows
	{layout: "%m-%d %H:%M:%S%f", yearly: true},          // Android
	{layout: "%m/%d%J%H:%M:%S%f", yearly: true},         // Snort
	{layout: "%b %d %H:%M:%S%f%z %Y"},                   // ctime, date, Apache
	{layout: "%b %d, %Y%J%H:%M:%S%f%p%z"},               // java.util.logging
	{layout: "%b %d %Y%J%H:%M:%S%f%p%z"},                // Cisco
	{layout: "%b %d %H:%M:%S%f%z", yearly: true},        // syslog
	{layout: "I%m%d %H:%M:%S%f", yearly: true},          // klog, by its levels
	{layout: "W%m%d %H:%M:%S%f", yearly: true},
	{layout: "E%m%d %H:%M:%S%f", yearly: true},
	{layout: "F%m%d %H:%M:%S%f", yearly: true},
}

// Leading reads the time at the beginning of a text; n is its length, 0 if there is none.
func (r *Reader) Leading(text string) (at time.Time, n int) {
	if text == "" {
		return time.Time{}, 0
	}
	digit := isDigit(text[0]) || text[0] == ' '
	if digit {
		if at, n = epoch(text); n > 0 {
			return at, n
		}
	}
	if at, n = r.read(text, digit); n > 0 || digit {
		return at, n
	}
	if day := weekday(text); day > 0 {
		if at, n = r.read(text[day:], isDigit(text[day])); n > 0 {
			return at, day + n
		}
	}
	return time.Time{}, 0
}

// read tries the forms that begin with a digit, or those that do not.
func (r *Reader) read(text string, digit bool) (time.Time, int) {
	lead := leadOf(text, digit)
	if lead == (beginning{}) {
		return time.Time{}, 0
	}
	for i := range forms {
		f := &forms[i]
		if !leads[i].admits(lead) {
			continue
		}
		p := parts{text: text, zone: r.place(), reader: r, month: 1, day: 1}
		if !p.layout(f.layout) {
			continue
		}
		if at, ok := r.moment(&p, f); ok {
			return at, p.i
		}
	}
	return time.Time{}, 0
}

// moment makes a time of what was read; a date that no calendar has is none.
func (r *Reader) moment(p *parts, f *form) (time.Time, bool) {
	switch {
	case f.vague && !r.arrange(p):
		return time.Time{}, false
	case f.yearly:
		return r.withYear(p)
	}
	return p.date(p.year)
}

// withYear adds the latest year in which the date exists and is not ahead: a log of December is read in January.
func (r *Reader) withYear(p *parts) (time.Time, bool) {
	const leapYears = 8 // in a row without one
	year := r.Now.In(p.zone).Year() + 1
	for back := range leapYears + 2 {
		at, ok := p.date(year - back)
		if ok && !at.After(r.Now.Add(24*time.Hour)) {
			return at, true
		}
	}
	return time.Time{}, false
}

// The range of plausible seconds since 1970: September 2001 to 2096.
const (
	leastEpoch = 1_000_000_000
	mostEpoch  = 4_000_000_000
)

// epoch reads a number since 1970, in seconds, milliseconds, microseconds or nanoseconds, with a fraction or not, that something other than
// a letter follows.
func epoch(text string) (time.Time, int) {
	n := digitsOf(text)
	whole, err := strconv.ParseInt(text[:n], 10, 64)
	unit := int64(time.Second)
	switch n {
	case 10:
	case 13:
		unit = int64(time.Millisecond)
	case 16:
		unit = int64(time.Microsecond)
	case 19:
		unit = 1
	default:
		return time.Time{}, 0
	}
	seconds := float64(whole) * float64(unit) / float64(time.Second)
	if err != nil || seconds < leastEpoch || seconds > mostEpoch {
		return time.Time{}, 0
	}
	end := n
	var fraction float64
	if end < len(text) && text[end] == '.' {
		if more := digitsOf(text[end+1:]); more > 0 {
			end += 1 + more
			fraction, _ = strconv.ParseFloat("0"+text[n:end], 64) // they are digits
		}
	}
	if end == len(text) || strings.IndexByte(" \t]),;|:\"'}", text[end]) < 0 || text[end] == ':' && end+1 < len(text) && isDigit(text[end+1]) {
		return time.Time{}, 0
	}
	per := int64(time.Second) / unit
	return time.Unix(whole/per, whole%per*unit+int64(math.Round(fraction*float64(unit)))), end
}

// tai64 reads a label of daemontools and runit: @ and 24 hexadecimal digits, seconds and nanoseconds. They are 10 seconds ahead, as what
// writes them knows of no later leap seconds.
func tai64(text string) (time.Time, int) {
	const length, ahead = 25, 10
	if len(text) < length || text[0] != '@' || len(text) > length && text[length] != ' ' {
		return time.Time{}, 0
	}
	seconds, err1 := strconv.ParseUint(text[1:17], 16, 64)
	nanos, err2 := strconv.ParseUint(text[17:length], 16, 32)
	if err1 != nil || err2 != nil || seconds < 1<<62+leastEpoch || seconds > 1<<62+mostEpoch || nanos > 999_999_999 {
		return time.Time{}, 0
	}
	return time.Unix(int64(seconds-1<<62-ahead), int64(nanos)), length
}

func digitsOf(text string) int {
	n := 0
	for n < len(text) && isDigit(text[n]) {
		n++
	}
	return n
}

// beginning is how a text begins: with so many digits and then a sign, or with a letter, whether that begins a month's name.
type beginning struct {
	digits int
	sign   byte
	letter byte // of klog
	month  bool
}

// leadOf is how a text begins; nothing if no form begins so.
func leadOf(text string, digit bool) beginning {
	if digit {
		blank := len(text) > 1 && text[0] == ' '
		n := digitsOf(text[btoi(blank):])
		b := beginning{digits: n}
		if end := n + btoi(blank); end < len(text) {
			b.sign = text[end]
		}
		return b
	}
	if text == "" {
		return beginning{}
	}
	if len(text) > 1 && isDigit(text[1]) {
		return beginning{letter: text[0]}
	}
	word, _ := letters(text, longestMonth)
	if word == "" {
		return beginning{}
	}
	_, known := months[strings.ToLower(word)]
	return beginning{month: known}
}

// leading is what a form begins with.
type leading struct {
	least, most int    // digits; 0 is none
	signs       string // one of these follows; "" is any
	letter      byte
	month       bool
}

func (l *leading) admits(b beginning) bool {
	switch {
	case l.month:
		return b.month
	case l.letter != 0:
		return b.letter == l.letter
	default:
		return b.digits >= l.least && b.digits <= l.most && (l.signs == "" || strings.IndexByte(l.signs, b.sign) >= 0)
	}
}

// leads are the beginnings of the forms: most are ruled out by them.
var leads = func() []leading {
	all := make([]leading, len(forms))
	for i := range forms {
		layout := forms[i].layout
		l := &all[i]
		switch {
		case strings.HasPrefix(layout, "%b"):
			l.month = true
			continue
		case layout[0] != '%':
			l.letter = layout[0]
			continue
		case strings.HasPrefix(layout, "%Y%m%d%h"):
			l.least, l.most = 14, 14
			continue
		case strings.HasPrefix(layout, "%Y%m%d"):
			l.least, l.most = 8, 8
			continue
		case strings.HasPrefix(layout, "%y%m%d"):
			l.least, l.most = 6, 6
			continue
		case layout[1] == 'Y':
			l.least, l.most = 4, 4
		default:
			l.least, l.most = 1, 2
		}
		switch rest := layout[2:]; {
		case strings.HasPrefix(rest, "%-"):
			l.signs = "-/."
		case rest[0] == ' ':
			l.signs = " .\t"
		default:
			l.signs = rest[:1]
		}
	}
	return all
}()

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
