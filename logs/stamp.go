package logs

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// clock parses the times of lines.
type clock struct {
	zone *time.Location // of times without a zone; nil is UTC
	now  time.Time      // missing years are derived from it
}

// stampReach is how far into a line its time is searched for, in bytes.
const stampReach = 512

// first is the time of the first line that has one.
func (c clock) first(lines string) (time.Time, bool) {
	for line := range strings.Lines(lines) {
		if at, ok := c.stamp(line); ok {
			return at, true
		}
	}
	return time.Time{}, false
}

// stamp is the time of a line. It knows nginx's and Apache's logs, RFC 3339 and similar formats, syslog, JSON lines, seconds
// since 1970.
func (c clock) stamp(line string) (time.Time, bool) {
	at, _, ok := c.cut(line)
	return at, ok
}

// cut is stamp, with the rest after a time at the line's beginning; the whole line if the time is elsewhere.
func (c clock) cut(line string) (at time.Time, rest string, ok bool) {
	head := line[:min(len(line), stampReach)]
	if strings.HasPrefix(head, "{") {
		at, ok = c.ofJSON(line)
		return at, line, ok
	}
	start := strings.TrimLeft(head, " \t")
	if strings.HasPrefix(start, "<") { // the priority of syslog
		if i := strings.IndexByte(start[:min(len(start), 6)], '>'); i > 0 {
			start = strings.TrimPrefix(start[i+1:], "1 ")
		}
	}
	open := strings.HasPrefix(start, "[")
	if open {
		start = start[1:]
	}
	if at, n := c.leading(start); n > 0 {
		rest = line[len(head)-len(start)+n:]
		if open {
			_, rest, _ = strings.Cut(rest, "]")
		}
		return at, strings.TrimLeft(rest, " \t"), true
	}
	at, ok = c.ofAccess(head)
	return at, line, ok
}

// leading parses a time at the beginning of a text; n is its length, 0 if there is none.
func (c clock) leading(text string) (at time.Time, n int) {
	if text == "" {
		return time.Time{}, 0
	}
	switch b := text[0]; {
	case b >= '0' && b <= '9':
		return c.digits(text)
	case b >= 'A' && b <= 'Z':
		return c.letters(text)
	}
	return time.Time{}, 0
}

// dateForm is a time that begins with its year: parts are year, month, day, time, fraction, zone.
var dateForm = regexp.MustCompile(`^(\d{4})[-/](\d{2})[-/](\d{2})[T _](\d{2}:\d{2}:\d{2})(?:[.,](\d{1,9}))?(?: ?(Z|UTC|GMT|[+-]\d{2}:?(?:\d{2})?)\b)?`)

// epochForm is seconds since 1970, as squid writes them.
var epochForm = regexp.MustCompile(`^(1\d{9})(\.\d{1,9})?\s`)

func (c clock) digits(text string) (time.Time, int) {
	if m := epochForm.FindStringSubmatch(text); m != nil {
		seconds, err := strconv.ParseFloat(m[1]+m[2], 64)
		return ofSeconds(seconds), len(m[0]) * btoi(err == nil)
	}
	m := dateForm.FindStringSubmatch(text)
	if m == nil {
		return time.Time{}, 0
	}
	zone := c.place()
	switch z := m[6]; {
	case z == "Z" || z == "UTC" || z == "GMT":
		zone = time.UTC
	case z != "":
		zone = offset(z)
	}
	at, err := time.ParseInLocation("2006-01-02 15:04:05", m[1]+"-"+m[2]+"-"+m[3]+" "+m[4], zone)
	if err != nil {
		return time.Time{}, 0
	}
	if m[5] != "" {
		nanos, _ := strconv.Atoi((m[5] + "000000000")[:9]) // they are digits
		at = at.Add(time.Duration(nanos))
	}
	return at, len(m[0])
}

// offset is the zone of "+03", "+0300" or "+03:00".
func offset(z string) *time.Location {
	digits := strings.ReplaceAll(z[1:], ":", "")
	hours, _ := strconv.Atoi(digits[:2]) // they are digits
	minutes := 0
	if len(digits) == 4 {
		minutes, _ = strconv.Atoi(digits[2:])
	}
	seconds := hours*3600 + minutes*60
	if z[0] == '-' {
		seconds = -seconds
	}
	return time.FixedZone("", seconds)
}

// letters parses "Jan 2 15:04:05" of syslog and "Mon Jan 02 15:04:05.000000 2006" of Apache.
func (c clock) letters(text string) (time.Time, int) {
	const syslog, apache = "Jan _2 15:04:05", "Mon Jan 02 15:04:05"
	if len(text) >= len(apache) {
		if _, err := time.Parse(apache, text[:len(apache)]); err == nil {
			return c.apacheError(text, len(apache))
		}
	}
	if len(text) < len(syslog) {
		return time.Time{}, 0
	}
	at, err := time.ParseInLocation(syslog, text[:len(syslog)], c.place())
	if err != nil {
		return time.Time{}, 0
	}
	year := c.now.In(c.place()).Year()
	at = at.AddDate(year-at.Year(), 0, 0)
	if at.After(c.now.Add(24 * time.Hour)) {
		at = at.AddDate(-1, 0, 0)
	}
	return at, len(syslog)
}

func (c clock) apacheError(text string, n int) (time.Time, int) {
	end := n
	for end < len(text) && (text[end] == '.' || text[end] >= '0' && text[end] <= '9') {
		end++
	}
	if end+5 > len(text) {
		return time.Time{}, 0
	}
	at, err := time.ParseInLocation("Mon Jan 02 15:04:05 2006", text[:n]+text[end:end+5], c.place())
	if err != nil {
		return time.Time{}, 0
	}
	if fraction, err := strconv.ParseFloat("0"+text[n:end], 64); err == nil {
		at = at.Add(time.Duration(fraction * float64(time.Second)))
	}
	return at, end + 5
}

// ofAccess finds "[10/Oct/2026:13:55:36 +0000]" in a line.
func (c clock) ofAccess(head string) (time.Time, bool) {
	const form = "02/Jan/2006:15:04:05 -0700"
	for {
		i := strings.IndexByte(head, '[')
		if i < 0 || len(head) < i+1+len(form) {
			return time.Time{}, false
		}
		head = head[i+1:]
		if at, err := time.Parse(form, head[:len(form)]); err == nil {
			return at, true
		}
	}
}

// jsonTimes are the keys of the time in JSON lines.
var jsonTimes = []string{"time", "ts", "timestamp", "@timestamp", "t", "date", "datetime", "asctime", "time_local", "time_iso8601", "msec"}

func (c clock) ofJSON(line string) (time.Time, bool) {
	if len(line) > maxLine {
		return time.Time{}, false
	}
	var keys map[string]json.RawMessage
	if json.Unmarshal([]byte(line), &keys) != nil {
		return time.Time{}, false
	}
	for _, key := range jsonTimes {
		raw, there := keys[key]
		if !there {
			continue
		}
		text := strings.Trim(string(raw), `"`)
		if at, n := c.leading(text); n > 0 {
			return at, true
		}
		if at, ok := c.ofAccess("[" + text + "]"); ok {
			return at, true
		}
		if n, err := strconv.ParseFloat(text, 64); err == nil && n > 1e9 {
			for n > 1e11 { // in milliseconds, or smaller units
				n /= 1000
			}
			return ofSeconds(n), true
		}
	}
	return time.Time{}, false
}

func ofSeconds(n float64) time.Time { return time.UnixMilli(int64(n * 1000)) }

func (c clock) place() *time.Location {
	if c.zone == nil {
		return time.UTC
	}
	return c.zone
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
