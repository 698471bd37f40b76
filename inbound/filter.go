package inbound

import (
	"slices"

	"opsbot/model"
)

// defaultIgnore are alerts about Prometheus itself: one that always fires, and one that only inhibits others (kube-prometheus has
// both).
var defaultIgnore = map[string][]string{"alertname": {"Watchdog", "InfoInhibitor"}}

// Filter selects events of a source. The zero value accepts all but alertname Watchdog and InfoInhibitor. It is immutable.
type Filter struct {
	MinSeverity model.Severity
	// Ignore has values of labels: an event with one of them is dropped. If it has the key "alertname", even without a value,
	// that replaces the default.
	Ignore map[string][]string
}

// Takes reports whether an event is accepted.
func (f Filter) Takes(e *model.Event) bool {
	if e.Severity < f.MinSeverity {
		return false
	}
	for key, value := range e.Labels {
		ignored, named := f.Ignore[key]
		if !named {
			ignored = defaultIgnore[key]
		}
		if slices.Contains(ignored, value) {
			return false
		}
	}
	return true
}
