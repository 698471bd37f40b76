package opsbot

import (
	"slices"
	"strings"
	"time"
)

// Baseline is what several rounds of a web test saw of each endpoint: enough to say later what has changed. One round would
// take every hiccup for news.
type Baseline struct {
	Words  string        `json:"words"`        // as the asker wrote them
	By     string        `json:"by,omitempty"` // who asked; never trusted
	At     time.Time     `json:"at"`           // of the first round
	Took   time.Duration `json:"took"`
	Rounds int           `json:"rounds"`
	Rows   []BaselineRow `json:"rows"` // by check
}

// Selects are the words by which it was measured.
func (b *Baseline) Selects() []string { return strings.Fields(b.Words) }

// BaselineRow is one endpoint in a Baseline.
type BaselineRow struct {
	ServiceKey
	Host string `json:"host"`
	Counts
	Took   []time.Duration `json:"took,omitempty"`  // of each good answer
	Reason Reason          `json:"reason,omitzero"` // of the last result that was not ok
}

// ID is the check of the endpoint.
func (r *BaselineRow) ID() CheckID { return EndpointCheckID(r.Client, r.Service, r.Host) }

// ChangeKind says how an endpoint is not as it was.
type ChangeKind string

// The kinds, worst first.
const (
	ChangeBroken   ChangeKind = "broken"   // worked, and fails
	ChangeUnsteady ChangeKind = "unsteady" // did not fail, and fails at times
	ChangeNew      ChangeKind = "new"      // was not there, and fails
	ChangeUnclear  ChangeKind = "unclear"  // could not be checked, before or now: it may have changed
	ChangeSlower   ChangeKind = "slower"   // answers, and takes clearly longer
	ChangeStill    ChangeKind = "still"    // failed, and still fails, if less often
	ChangeFixed    ChangeKind = "fixed"    // failed, and works
	ChangeFaster   ChangeKind = "faster"   // clearly
)

// Comparison is what changed between two Baselines of the same words.
type Comparison struct {
	Endpoints int       // that are in both
	Changes   []Changed // worst kind first, then by client, service and host; ChangeStill is among them
	New, Gone int       // endpoints that are in one of them only
}

// Count is how many endpoints changed in one way.
func (c *Comparison) Count(kind ChangeKind) int {
	n := 0
	for i := range c.Changes {
		if c.Changes[i].Kind == kind {
			n++
		}
	}
	return n
}

// Worse reports whether anything is not as well as it was, or fails and cannot be compared.
func (c *Comparison) Worse() bool {
	return slices.ContainsFunc(c.Changes, func(one Changed) bool {
		switch one.Kind {
		case ChangeBroken, ChangeUnsteady, ChangeSlower, ChangeNew:
			return true
		default:
			return one.Kind == ChangeUnclear && one.Fails
		}
	})
}

// Unclear reports whether anything could not be compared: whether it got worse nobody can say.
func (c *Comparison) Unclear() bool { return c.Count(ChangeUnclear) > 0 }

// Changed is one endpoint that is not as it was, or that cannot be said to be.
type Changed struct {
	Kind ChangeKind
	ServiceKey
	Host   string
	Was    time.Duration // the median of good answers before; 0 where there were none
	Is     time.Duration // and now
	Fails  bool          // now, for the most part
	Reason Reason        // of what fails now, or could not be checked; else of what failed before
}
