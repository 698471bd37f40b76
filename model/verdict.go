package model

// Verdict is what the state of a client's service is. The order is the order of how bad it is.
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

// String returns the name used in JSON and as the key of texts.
func (v Verdict) String() string { return enumName(verdictNames[:], uint8(v)) }

// MarshalText writes the name.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText reads the name.
func (v *Verdict) UnmarshalText(text []byte) error {
	return enumParse((*uint8)(v), verdictNames[:], "verdict", text)
}

// Tally counts a service's endpoints by what was last seen of them.
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

// Total is how many endpoints were counted.
func (t Tally) Total() int { return t.Up + t.Failed + t.Unknown }

// Verdict judges a service: the first rule that holds, worst first. A service without endpoints is VerdictUnknown.
// errThreshold is in percent, of the endpoints that could be judged.
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

// Judge says what the state of a service is by its endpoints; seen counts every one of them.
func (s *Service) Judge(seen Tally) ServiceState {
	return ServiceState{
		ServiceKey: s.ServiceKey, Tally: seen, Tier: s.Tier, Need: s.MinUp.Need(seen.Total()), Verdict: seen.Verdict(s.MinUp, s.ErrThreshold),
	}
}

// Severity is how loudly a verdict is told for a tier. VerdictOK is SeverityInfo.
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

// The kinds, in the order in which they are looked for.
const (
	FindingHostsDown    FindingKind = "hosts_down"    // on these hosts every tested service fails
	FindingServicesDown FindingKind = "services_down" // these services fail on every host that is left
	FindingErrorLevel   FindingKind = "error_level"   // this service fails on a share of them at or above the threshold
	FindingUnchecked    FindingKind = "unchecked"     // some endpoints could not be judged
)

// Finding is one thing that the analysis of one client's web test says.
type Finding struct {
	Kind     FindingKind `json:"kind"`
	Severity Severity    `json:"severity"`
	Client   string      `json:"client"`
	Hosts    []string    `json:"hosts,omitempty"`
	Services []string    `json:"services,omitempty"`
	Failed   int         `json:"failed"` // endpoints; those that could not be judged, for FindingUnchecked
	Total    int         `json:"total"`  // endpoints it is a part of
}

// Cause is what failures have in common: marks that explain them and few of what is fine.
type Cause struct {
	Labels []string `json:"labels,omitempty"` // "dc=fra1", "host=web1": several of one key are meant as "or", of several as "and"; none: nothing was found
	Failed int      `json:"failed"`           // failures that have them
	Of     int      `json:"of"`               // failures in all
	Fine   int      `json:"fine"`             // of what has them, percent that is fine
}

// SharedLabels are what an endpoint or a check can have in common with others: its labels, and "client", "service" and "host",
// which win over labels of that name.
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

// WhatIf is what becomes of one client's service when some hosts are gone.
type WhatIf struct {
	Before, After ServiceState
}

// Worse reports whether it is worse off than now.
func (o *WhatIf) Worse() bool { return o.After.Verdict > o.Before.Verdict }
