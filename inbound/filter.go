package inbound

import (
	"slices"

	"opsbot/model"
)

// defaultIgnore is what a Prometheus sends for its own sake: an alert that always fires, and one that only keeps others quiet
// (kube-prometheus has both).
var defaultIgnore = map[string][]string{"alertname": {"Watchdog", "InfoInhibitor"}}

// Filter says which events of a source are taken. The zero value takes all but alertname Watchdog and InfoInhibitor. It is
// immutable.
type Filter struct {
	MinSeverity model.Severity
	// Ignore has values of labels: an event with one of them is left out. Where it has the key "alertname", even without a value,
	// it stands in the place of the default.
	Ignore map[string][]string
}

// Takes reports whether an event is taken.
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
