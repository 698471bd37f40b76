package model

import (
	"strconv"
	"time"
)

// LogQuestion requests log lines of a host.
type LogQuestion struct {
	Host    string    // Host.Name
	Sources []string  // names of log sources; none means all of the host
	From    time.Time // earlier lines are left out; zero sets no bound
	To      time.Time // later lines are left out; zero is now, or no bound if From is zero too
	Last    int       // maximum number of lines of each source, the newest; up to 2000; 0 is the configured number
	Grep    string    // plain text that a line must contain, ignoring case; "" matches all lines
	Pages   []string  // paths of test pages, "/reports.html": requests of these come first
}

// LogExcerpt is the answer of one log source of one host. Its texts are redacted, and bounded.
type LogExcerpt struct {
	Host    string        `json:"host"`
	Source  string        `json:"source"` // its name in the configuration
	From    time.Time     `json:"from,omitzero"`
	To      time.Time     `json:"to,omitzero"`
	Lines   []string      `json:"lines,omitempty"`  // the newest matches, oldest first; Matched says if there are more
	Groups  []LogGroup    `json:"groups,omitempty"` // all matches, the most relevant first
	Matched int           `json:"matched"`          // matching lines among those read
	Cut     bool          `json:"cut,omitempty"`    // a bound stopped the reading
	Why     Reason        `json:"why,omitzero"`     // why nothing, or not everything, could be read; zero if all was
	Notes   []Reason      `json:"notes,omitempty"`  // what is to be known about the lines, or about files that were left out
	Took    time.Duration `json:"took"`
}

// LogGroup is lines that are equal except for numbers, ids and addresses.
type LogGroup struct {
	Text   string    `json:"text"` // "upstream timed out … 10.0.0.3:8801", differing parts replaced
	Count  int       `json:"count"`
	Status int       `json:"status,omitempty"` // HTTP status, of access log lines
	Page   bool      `json:"page,omitempty"`   // requests of a test page
	Error  bool      `json:"error,omitempty"`  // the lines are marked as errors
	Last   time.Time `json:"last,omitzero"`    // time of the newest; zero if lines have no time
}

// Said is the text with the status before it, if there is one: "502 GET /reports.html".
func (g *LogGroup) Said() string {
	if g.Status == 0 {
		return g.Text
	}
	return strconv.Itoa(g.Status) + " " + g.Text
}

// The codes of package logs: why lines of a host could not be read, or not all of them. The comment of each lists its
// arguments.
const (
	ReasonLogsNone   ReasonCode = "logs.none"    // host: it has no log source
	ReasonLogsNoFile ReasonCode = "logs.no_file" // path: no such file
	ReasonLogsUnread ReasonCode = "logs.unread"  // path (a file, a unit or a command), said
	ReasonLogsNoTime ReasonCode = "logs.no_time" // none: the lines have no time, so the newest are used
	ReasonLogsSparse ReasonCode = "logs.sparse"  // share: so many lines have no time, and were given that of the line above
	ReasonLogsPacked ReasonCode = "logs.packed"  // path: a rotated file in a form that cannot be read
	ReasonLogsBinary ReasonCode = "logs.binary"  // path: it is no text
	ReasonLogsNoTool ReasonCode = "logs.no_tool" // path, program: what decompresses it is not installed there
	ReasonLogsAhead  ReasonCode = "logs.ahead"   // by: the log's times are this far ahead of our clock, and out of the span
	ReasonLogsLate   ReasonCode = "logs.late"    // limit: there was no answer in time
	ReasonLogsWaited ReasonCode = "logs.waited"  // limit: its turn did not come in time, since other hosts hang
	ReasonLogsBusy   ReasonCode = "logs.busy"    // path: an earlier read of it still hangs
)

// The errors of log requests.
const (
	ErrNoLogs      ErrorCode = "no_logs"       // host; "": no requested host has logs
	ErrNoLogHost   ErrorCode = "no_log_host"   // word; Choices: hosts with logs
	ErrNoLogSource ErrorCode = "no_log_source" // word; Choices: sources of the host, hosts
	ErrManyHosts   ErrorCode = "many_hosts"    // most
	ErrBadLogs     ErrorCode = "bad_logs"      // word: not a number of lines, or its value is missing
)
