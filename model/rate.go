package model

import (
	"strconv"
	"strings"
	"time"
)

// Rate is how many of something are allowed within a time, "10/h". The zero Rate is no limit.
type Rate struct {
	N   int
	Per time.Duration
}

// The limits of a Rate.
const (
	mostOfRate    = 10000
	shortestRate  = time.Minute
	LongestOfRate = 7 * Day
)

// UnmarshalText reads "10/h" or "3/10m".
func (r *Rate) UnmarshalText(text []byte) error {
	bad := &ValueError{What: Say("config.value.rate", "key", "limit", "got", string(text), "most", mostOfRate)}
	count, per, found := strings.Cut(PlainSpaces(string(text)), "/")
	n, err := strconv.Atoi(strings.TrimSpace(count))
	if !found || err != nil || n < 1 || n > mostOfRate {
		return bad
	}
	if per = strings.TrimSpace(per); digits(per) == 0 {
		per = "1" + per
	}
	d, err := ParseDuration(per)
	if err != nil || time.Duration(d) < shortestRate || time.Duration(d) > LongestOfRate {
		return bad
	}
	*r = Rate{N: n, Per: time.Duration(d)}
	return nil
}

// IsZero reports whether there is no limit.
func (r Rate) IsZero() bool { return r.N == 0 }

// String is "10/1h"; "" without a limit.
func (r Rate) String() string {
	if r.IsZero() {
		return ""
	}
	return strconv.Itoa(r.N) + "/" + Duration(r.Per).String()
}

// MarshalText writes what UnmarshalText reads.
func (r Rate) MarshalText() ([]byte, error) { return []byte(r.String()), nil }
