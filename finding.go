package opsbot

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
