package model

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Schedule is a cron expression of five fields, or "@every 30s", "@hourly" and the like. Package schedule validates it;
// here it is only carried.
type Schedule string

// Duration is a length of time as people write it: "10s", "1h30m", "2d", "1w", "1d12h". It is never negative.
type Duration time.Duration

// Day and Week are what "d" and "w" mean in a Duration: fixed lengths, regardless of clock changes.
const (
	Day  = 24 * time.Hour
	Week = 7 * Day
)

var durationUnits = []struct {
	name string
	unit time.Duration
}{{"ms", time.Millisecond}, {"w", Week}, {"d", Day}, {"h", time.Hour}, {"m", time.Minute}, {"s", time.Second}}

// ParseDuration parses whole numbers with the units w, d, h, m, s, ms, each at most once and in any order: "1h30m". Spaces
// around a unit are ignored; "0" is zero. Errors are *ValueError.
func ParseDuration(text string) (Duration, error) {
	rest := strings.ToLower(strings.TrimSpace(text))
	switch rest {
	case "0":
		return 0, nil
	case "":
		return 0, notDuration(text)
	}
	var total time.Duration
	seen := map[string]bool{}
	for rest != "" {
		n := digits(rest)
		if n == 0 || n > 9 {
			return 0, notDuration(text)
		}
		value, _ := strconv.ParseInt(rest[:n], 10, 64)
		rest = strings.TrimLeftFunc(rest[n:], unicode.IsSpace)
		unit, name := unitAt(rest)
		if name == "" || seen[name] || time.Duration(value) > (1<<62)/unit {
			return 0, notDuration(text)
		}
		seen[name] = true
		total += time.Duration(value) * unit
		if total < 0 {
			return 0, notDuration(text)
		}
		rest = strings.TrimLeftFunc(rest[len(name):], unicode.IsSpace)
	}
	return Duration(total), nil
}

func notDuration(text string) error {
	return &ValueError{What: Say("config.value.duration", "key", "duration", "got", text)}
}

func unitAt(s string) (time.Duration, string) {
	for _, u := range durationUnits {
		if strings.HasPrefix(s, u.name) {
			return u.unit, u.name
		}
	}
	return 0, ""
}

// UnmarshalText is ParseDuration.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := ParseDuration(string(text))
	if err != nil {
		return err
	}
	*d = v
	return nil
}

// MarshalText writes what UnmarshalText reads.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// String returns the shortest form, in days at most: "1d12h", "90s" as "1m30s", two weeks as "14d", zero as "0".
func (d Duration) String() string {
	if d == 0 {
		return "0"
	}
	var b strings.Builder
	rest := time.Duration(d)
	for _, u := range durationUnits[2:] { // neither ms, which come last, nor weeks: "142w6d" is a poor rendering of "1000d"
		if n := rest / u.unit; n > 0 {
			fmt.Fprintf(&b, "%d%s", n, u.name)
			rest -= n * u.unit
		}
	}
	if ms := rest / time.Millisecond; ms > 0 {
		fmt.Fprintf(&b, "%dms", ms)
	}
	return b.String()
}

// MinUp is how many endpoints of a service must be up: a number, or a percentage of all of them rounded up. The zero
// MinUp means 1.
type MinUp struct {
	Count   int
	Percent int
}

// Need returns how many of total must be up: at least 1, and never more than total unless Count says so.
func (m MinUp) Need(total int) int {
	switch {
	case m.Percent > 0:
		return max(1, (total*m.Percent+99)/100)
	case m.Count > 0:
		return m.Count
	default:
		return 1
	}
}

// String is "2" or "50%".
func (m MinUp) String() string {
	if m.Percent > 0 {
		return strconv.Itoa(m.Percent) + "%"
	}
	return strconv.Itoa(max(1, m.Count))
}

// UnmarshalText reads "2" or "50%".
func (m *MinUp) UnmarshalText(text []byte) error {
	s, percent := strings.CutSuffix(string(text), "%")
	n, err := strconv.Atoi(s)
	switch {
	case err != nil || n < 1 || (percent && n > 100):
		return &ValueError{What: Say("config.value.min_up", "key", "min_up", "got", string(text))}
	case percent:
		*m = MinUp{Percent: n}
	default:
		*m = MinUp{Count: n}
	}
	return nil
}

// MarshalText writes what UnmarshalText reads.
func (m MinUp) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// maxWindow bounds "N of M": the state stores M outcomes in the bits of one 64-bit word.
const maxWindow = 64

// UnmarshalText reads "3" or "3 of 5".
func (l *Limit) UnmarshalText(text []byte) error {
	bad := &ValueError{What: Say("config.value.failures", "key", "failures", "got", string(text), "limit", maxWindow)}
	n, m, window := strings.Cut(PlainSpaces(string(text)), " of ")
	var v Limit
	var err error
	if v.N, err = strconv.Atoi(strings.TrimSpace(n)); err != nil || v.N < 1 {
		return bad
	}
	if window {
		if v.M, err = strconv.Atoi(strings.TrimSpace(m)); err != nil || v.M < v.N || v.M > maxWindow {
			return bad
		}
	}
	*l = v
	return nil
}

// String is "3" or "3 of 5".
func (l Limit) String() string {
	if l.M > 0 {
		return fmt.Sprintf("%d of %d", l.N, l.M)
	}
	return strconv.Itoa(max(1, l.N))
}

// MarshalText writes what UnmarshalText reads.
func (l Limit) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText reads "200" or "200-399".
func (r *CodeRange) UnmarshalText(text []byte) error {
	from, to, isRange := strings.Cut(string(text), "-")
	if !isRange {
		to = from
	}
	a, errA := strconv.Atoi(from)
	b, errB := strconv.Atoi(to)
	if errA != nil || errB != nil || a < 100 || b > 599 || a > b {
		return &ValueError{What: Say("config.value.status", "key", "status", "got", string(text))}
	}
	*r = CodeRange{From: a, To: b}
	return nil
}

// String is "200" or "200-399".
func (r CodeRange) String() string {
	if r.From == r.To {
		return strconv.Itoa(r.From)
	}
	return fmt.Sprintf("%d-%d", r.From, r.To)
}

// MarshalText writes what UnmarshalText reads.
func (r CodeRange) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// Has reports whether the code is in the range.
func (r CodeRange) Has(code int) bool { return r.From <= code && code <= r.To }

// hiddenSecret is what a secret prints as.
const hiddenSecret = "<secret>"

// Secret is a text that no output shows: not %v, %+v, %#v, %s, %q, %x, not JSON, not TOML. Only Reveal returns it.
type Secret struct{ text string }

// NewSecret wraps a text.
func NewSecret(text string) Secret { return Secret{text} }

// Reveal returns the text.
func (s Secret) Reveal() string { return s.text }

// IsZero reports whether it is empty.
func (s Secret) IsZero() bool { return s.text == "" }

// String is "<secret>", or "" if it is empty.
func (s Secret) String() string {
	if s.text == "" {
		return ""
	}
	return hiddenSecret
}

// Format prints String for every verb.
func (s Secret) Format(f fmt.State, _ rune) {
	// The printer detects a failed write itself.
	_, _ = f.Write([]byte(s.String()))
}

// MarshalText writes String.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// MarshalJSON writes String.
func (s Secret) MarshalJSON() ([]byte, error) { return json.Marshal(s.String()) }

// UnmarshalText takes any text.
func (s *Secret) UnmarshalText(text []byte) error {
	s.text = string(text)
	return nil
}

// URLTemplate is the URL of an endpoint with placeholders: {host} {port} {path} {domain} {client}.
type URLTemplate string

// URLFacts are the values for the placeholders of a URLTemplate.
type URLFacts struct {
	Host   string // {host}: an address, IPv6 in brackets, or a name
	Port   string
	Path   string
	Domain string
	Client string
}

// UnmarshalText accepts a template that expands to an http or https URL.
func (t *URLTemplate) UnmarshalText(text []byte) error {
	v := URLTemplate(text)
	sample := URLFacts{Host: "192.0.2.1", Port: "80", Path: "/", Domain: "example.com", Client: "client"}
	u, err := url.Parse(v.Expand(sample))
	if err == nil && u.User != nil {
		return &ValueError{What: Say("config.value.url.login", "key", "url", "got", u.Redacted())}
	}
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" ||
		strings.ContainsAny(v.Expand(sample), "{} ") {
		return &ValueError{What: Say("config.value.url", "key", "url", "got", string(text))}
	}
	*t = v
	return nil
}

// Expand replaces the placeholders. Client is escaped for a path, the rest is inserted unchanged.
func (t URLTemplate) Expand(f URLFacts) string {
	if !strings.Contains(string(t), "{") {
		return string(t)
	}
	return strings.NewReplacer("{host}", f.Host, "{port}", f.Port, "{path}", f.Path, "{domain}", f.Domain,
		"{client}", url.PathEscape(f.Client)).Replace(string(t))
}

// Has reports whether the template has a placeholder: "port".
func (t URLTemplate) Has(place string) bool { return strings.Contains(string(t), "{"+place+"}") }
