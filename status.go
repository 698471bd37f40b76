package opsbot

import "fmt"

// Status is what one run of a check found. Its zero value is StatusUnknown, so that a result nobody
// filled in can never be shown as fine.
type Status uint8

// The three values a check can find.
const (
	StatusUnknown Status = iota // could not be judged: our own network is away, access was refused to us
	StatusOK                    // seen what was wanted
	StatusFail                  // seen something else, or nothing
)

var statusNames = [...]string{StatusUnknown: "unknown", StatusOK: "ok", StatusFail: "fail"}

// String returns "unknown", "ok" or "fail".
func (s Status) String() string { return enumName(statusNames[:], uint8(s)) }

// MarshalText writes the name.
func (s Status) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the name.
func (s *Status) UnmarshalText(text []byte) error {
	return enumParse((*uint8)(s), statusNames[:], "status", text)
}

// Severity says how loudly something is told. Its zero value is SeverityInfo; a config that leaves it out
// must set its own default.
type Severity uint8

// The severities, in rising order: they compare with < and >.
const (
	SeverityInfo Severity = iota
	SeverityWarning
	SeverityCritical
)

var severityNames = [...]string{SeverityInfo: "info", SeverityWarning: "warning", SeverityCritical: "critical"}

// String returns "info", "warning" or "critical".
func (s Severity) String() string { return enumName(severityNames[:], uint8(s)) }

// MarshalText writes the name.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the name.
func (s *Severity) UnmarshalText(text []byte) error {
	return enumParse((*uint8)(s), severityNames[:], "severity", text)
}

func enumName(names []string, v uint8) string {
	if int(v) >= len(names) {
		return fmt.Sprintf("invalid(%d)", v)
	}
	return names[v]
}

func enumParse(dst *uint8, names []string, what string, text []byte) error {
	for i, name := range names {
		if name == string(text) {
			*dst = uint8(i) //nolint:gosec // an index into a table of a handful of names
			return nil
		}
	}
	return &ValueError{What: what, Got: string(text), Allowed: names}
}
