package model

import (
	"strconv"
	"time"
)

// The codes of what a check measures, whether that is fine or not. The comment of each lists its arguments, as of ReasonCode.
const (
	MeasuredDisk    ReasonCode = "measured.disk"    // path, used (percent), left
	MeasuredLoad    ReasonCode = "measured.load"    // load (over 5 minutes), cores
	MeasuredMemory  ReasonCode = "measured.memory"  // used (percent), left
	MeasuredUptime  ReasonCode = "measured.uptime"  // took
	MeasuredClock   ReasonCode = "measured.clock"   // took (its offset)
	MeasuredPing    ReasonCode = "measured.ping"    // lost, sent, took (mean)
	MeasuredSaid    ReasonCode = "measured.said"    // said: a program's first line
	MeasuredValue   ReasonCode = "measured.value"   // got: of a query
	MeasuredCall    ReasonCode = "measured.call"    // at: a job's last call
	MeasuredNoCall  ReasonCode = "measured.no_call" // none: it has never called
	MeasuredDue     ReasonCode = "measured.due"     // at: when the next call is due
	MeasuredRunning ReasonCode = "measured.running" // since: the job is at work
	MeasuredMembers ReasonCode = "measured.members" // up, total
	MeasuredAnswer  ReasonCode = "measured.answer"  // took: the whole run
	MeasuredDomain  ReasonCode = "measured.domain"  // days, date: the end of a registration
	MeasuredExpires ReasonCode = "measured.expires" // days, date: the certificate's end
)

// Measured is what the last run of a check measured. It is immutable.
type Measured struct {
	Took   time.Duration // of the whole run; 0 unless it is ok
	Values []Reason      // what the kind of check measures; nil where that is the time alone
}

// Said are the measured values of a run at a time, for people: those of its kind, or how long it took, and the days of its certificate.
func (m Measured) Said(expires, now time.Time) []Reason {
	all := m.Values
	if len(all) == 0 && m.Took > 0 {
		all = []Reason{NewReason(MeasuredAnswer, "took", m.Took.Round(100*time.Microsecond).String())}
	}
	if left := expires.Sub(now); !expires.IsZero() && left > 0 {
		all = append(all[:len(all):len(all)], NewReason(MeasuredExpires, "days", strconv.Itoa(int(left/Day)), "date", expires.UTC().Format(time.DateOnly)))
	}
	return all
}
