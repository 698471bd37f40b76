package model

import "strings"

// Verdict is the state of a client's service, in rising order of severity.
type Verdict uint8

// The verdicts, from best to worst.
const (
	VerdictOK Verdict = iota
	VerdictDegraded
	VerdictAtRisk
	VerdictUnknown
	VerdictDown
)

var verdictNames = [...]string{
	VerdictOK: "ok", VerdictDegraded: "degraded", VerdictAtRisk: "at_risk", VerdictUnknown: "unknown", VerdictDown: "down",
}

// String returns the name used in JSON and as a key of package texts.
func (v Verdict) String() string { return enumName(verdictNames[:], uint8(v)) }

// MarshalText writes the name.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText reads the name.
func (v *Verdict) UnmarshalText(text []byte) error {
	return enumParse((*uint8)(v), verdictNames[:], "verdict", text)
}

// Tally counts a service's endpoints by their last status.
type Tally struct {
	Up      int `json:"up"`
	Failed  int `json:"failed"`
	Unknown int `json:"unknown"`
}

// Add counts one endpoint.
func (t *Tally) Add(s Status) {
	switch s {
	case StatusOK:
		t.Up++
	case StatusFail:
		t.Failed++
	default:
		t.Unknown++
	}
}

// Total is the number of endpoints counted.
func (t Tally) Total() int { return t.Up + t.Failed + t.Unknown }

// Verdict evaluates a service: the first rule that matches, worst first. A service without endpoints is VerdictUnknown.
// errThreshold is in percent of the endpoints whose status is not unknown.
func (t Tally) Verdict(minUp MinUp, errThreshold int) Verdict {
	need := minUp.Need(t.Total())
	switch {
	case t.Total() == 0:
		return VerdictUnknown
	case t.Up+t.Unknown < need:
		return VerdictDown
	case t.Up < need:
		return VerdictUnknown
	case t.Failed >= 1 && t.Up-1 < need:
		return VerdictAtRisk
	case t.Failed >= 1 && t.Failed*100 >= errThreshold*(t.Up+t.Failed):
		return VerdictDegraded
	default:
		return VerdictOK
	}
}

// Judge returns the state of a service; seen counts all of its endpoints.
func (s *Service) Judge(seen Tally) ServiceState {
	return ServiceState{
		ServiceKey: s.ServiceKey, Tally: seen, Tier: s.Tier, Need: s.MinUp.Need(seen.Total()), Verdict: seen.Verdict(s.MinUp, s.ErrThreshold),
	}
}

// Severity is the severity of a verdict for a tier. VerdictOK is SeverityInfo.
func (v Verdict) Severity(tier string) Severity {
	switch v {
	case VerdictDown:
		return SeverityCritical
	case VerdictAtRisk:
		if tier == TierGold {
			return SeverityCritical
		}
		return SeverityWarning
	case VerdictDegraded, VerdictUnknown:
		return SeverityWarning
	default:
		return SeverityInfo
	}
}

// FindingKind says what the analysis of a web test found.
type FindingKind string

// The kinds, in the order of the analysis.
const (
	FindingHostsDown    FindingKind = "hosts_down"    // every tested service fails on these hosts
	FindingServicesDown FindingKind = "services_down" // these services fail on all remaining hosts
	FindingErrorLevel   FindingKind = "error_level"   // this service fails on a share of the remaining hosts at or above the threshold
	FindingUnchecked    FindingKind = "unchecked"     // the status of some endpoints is unknown
)

// Finding is one result of the analysis of one client's web test.
type Finding struct {
	Kind     FindingKind `json:"kind"`
	Severity Severity    `json:"severity"`
	Client   string      `json:"client"`
	Hosts    []string    `json:"hosts,omitempty"`
	Services []string    `json:"services,omitempty"`
	Failed   int         `json:"failed"` // failed endpoints; unknown ones, for FindingUnchecked
	Total    int         `json:"total"`  // all endpoints of which these are a part
}

// Cause is what failures have in common: labels that cover them and few checks that are ok.
type Cause struct {
	Labels []string `json:"labels,omitempty"` // "dc=fra1", "host=web1": values of one key mean "or", different keys mean "and"; none: nothing was found
	Failed int      `json:"failed"`           // failures with these labels
	Of     int      `json:"of"`               // all failures
	Fine   int      `json:"fine"`             // percent of the checks with these labels that are ok
	Partly bool     `json:"partly,omitempty"` // the labels explain not all of it: most failures share them, which is no cause yet
}

// Bears reports whether a check has the labels of a cause. Of one without labels none has, nor of one that explains not all.
func (c *Cause) Bears(check *Check) bool {
	if c == nil || len(c.Labels) == 0 || c.Partly {
		return false
	}
	labels, has := check.SharedLabels(), map[string]bool{}
	for _, label := range c.Labels {
		key, value, _ := strings.Cut(label, "=")
		has[key] = has[key] || labels[key] == value
	}
	for _, yes := range has {
		if !yes {
			return false
		}
	}
	return true
}

// SharedLabels are the labels by which checks are compared: its own, and "client", "service" and "host", which win over labels
// of that name.
func (c *Check) SharedLabels() map[string]string {
	marks := make(map[string]string, len(c.Labels)+3)
	for key, value := range c.Labels {
		marks[key] = value
	}
	if e := c.Endpoint; e != nil {
		marks["client"], marks["service"], marks["host"] = e.Client, e.Service, e.Host
	}
	return marks
}

// WhatIf is the predicted effect on one client's service if some hosts were gone.
type WhatIf struct {
	Before, After ServiceState
}

// Worse reports whether the verdict is worse than now.
func (o *WhatIf) Worse() bool { return o.After.Verdict > o.Before.Verdict }
