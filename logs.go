package opsbot

import "time"

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
