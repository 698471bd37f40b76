package model

import (
	"time"
)

// LogQuestion asks a host for lines of its logs.
type LogQuestion struct {
	Host    string    // Host.Name
	Sources []string  // names of log sources; none are all that the host has
	From    time.Time // lines before it do not count; zero sets no bound
	To      time.Time // nor do lines after it; zero is now, or no bound when From is zero too
	Last    int       // lines of each source at most, the newest; up to 2000; 0 is the number in the configuration
	Grep    string    // plain text that a line must hold, without regard to case; "" is all lines
	Pages   []string  // paths of test pages, "/reports.html": requests of these are named first
}

// LogExcerpt is what one log source of one host said. Its texts are redacted, and bounded.
type LogExcerpt struct {
	Host    string        `json:"host"`
	Source  string        `json:"source"` // its name in the configuration
	From    time.Time     `json:"from,omitzero"`
	To      time.Time     `json:"to,omitzero"`
	Lines   []string      `json:"lines,omitempty"`  // the newest of those that match, oldest first: where there are more, Matched says so
	Groups  []LogGroup    `json:"groups,omitempty"` // all that match, what is worth looking at first
	Matched int           `json:"matched"`          // lines that match, of those that were read
	Cut     bool          `json:"cut,omitempty"`    // a bound kept more from being read
	Why     Reason        `json:"why,omitzero"`     // why nothing, or not all, could be read; zero when it could
	Took    time.Duration `json:"took"`
}

// LogGroup is lines that are the same but for numbers, ids and addresses.
type LogGroup struct {
	Text   string    `json:"text"` // "upstream timed out … 10.0.0.3:8801", what differs among them folded
	Count  int       `json:"count"`
	Status int       `json:"status,omitempty"` // of HTTP, where the lines are of an access log
	Page   bool      `json:"page,omitempty"`   // requests of a test page
	Error  bool      `json:"error,omitempty"`  // the lines call themselves errors
	Last   time.Time `json:"last,omitzero"`    // the newest of them; zero where lines have no time
}

// The codes of package logs: why lines of a host could not be read, or not all of them. The arguments stand behind them.
const (
	ReasonLogsNone   ReasonCode = "logs.none"    // host: no source is of it
	ReasonLogsNoFile ReasonCode = "logs.no_file" // path: no such file is there
	ReasonLogsUnread ReasonCode = "logs.unread"  // path (a file, a unit or a command), said
	ReasonLogsNoTime ReasonCode = "logs.no_time" // none: the lines have no time, so the newest are taken
	ReasonLogsAhead  ReasonCode = "logs.ahead"   // by: the log's times are so far ahead of the clock here, and out of the span
	ReasonLogsLate   ReasonCode = "logs.late"    // limit: there was no answer by then
	ReasonLogsWaited ReasonCode = "logs.waited"  // limit: its turn did not come by then, since other hosts hang
	ReasonLogsBusy   ReasonCode = "logs.busy"    // path: an earlier look at it hangs still
)

// The errors of asking for logs.
const (
	ErrNoLogs      ErrorCode = "no_logs"       // host; "": none of all hosts that are asked about
	ErrNoLogHost   ErrorCode = "no_log_host"   // word; Choices: hosts with logs
	ErrNoLogSource ErrorCode = "no_log_source" // word; Choices: sources of the host, hosts
	ErrManyHosts   ErrorCode = "many_hosts"    // most
	ErrBadLogs     ErrorCode = "bad_logs"      // word: it is no number of lines, or nothing follows it
)
