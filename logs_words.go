package opsbot

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
