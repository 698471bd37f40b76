package model

import (
	"errors"
	"fmt"
	"sort"
	"strings"
)

// ValueError says that a text is not a value of the wanted type and what would be. Config puts the place before it.
type ValueError struct {
	What    string   // what the value is for: "severity", "duration"
	Got     string   // what was written
	Allowed []string // what may be written; may be nil when Hint says it
	Hint    string   // an example or the rule, when a list does not say it
}

// Error reads `severity "loud": allowed are info, warning, critical`.
func (e *ValueError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %q", e.What, e.Got)
	if len(e.Allowed) > 0 {
		fmt.Fprintf(&b, ": allowed are %s", strings.Join(e.Allowed, ", "))
	}
	if e.Hint != "" {
		fmt.Fprintf(&b, ": %s", e.Hint)
	}
	return b.String()
}

// Problem is one mistake in something a person wrote: config, CSV, inventory.
type Problem struct {
	File string // as the person named it
	Line int    // 1-based; 0 when no line is known
	Path string // where in the document: `checks[2] "main-db"`; may be empty
	Text string // what is wrong and what is allowed, lower case, no full stop
}

// String reads `opsbot.toml:41: checks[2] "main-db": schedule …`.
func (p Problem) String() string {
	var b strings.Builder
	if p.File != "" {
		b.WriteString(p.File)
		if p.Line > 0 {
			fmt.Fprintf(&b, ":%d", p.Line)
		}
		b.WriteString(": ")
	}
	if p.Path != "" {
		b.WriteString(p.Path + ": ")
	}
	b.WriteString(p.Text)
	return b.String()
}

// Problems is an error made of every mistake found, never just the first.
type Problems []Problem

// Error is one problem a line.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// Sort orders by file, then line, then text, so that the same mistakes always print the same.
func (ps Problems) Sort() {
	sort.SliceStable(ps, func(i, j int) bool {
		a, b := ps[i], ps[j]
		if a.File != b.File {
			return a.File < b.File
		}
		if a.Line != b.Line {
			return a.Line < b.Line
		}
		return a.Text < b.Text
	})
}

// ErrorCode names a kind of error a person can be told about. package texts holds `error.<code>` (what is wrong)
// and `error.<code>.hint` (what to do) in every language.
type ErrorCode string

// The codes. The arguments each takes stand behind it.
const (
	ErrInternal        ErrorCode = "internal"         // id: where to find it in the log
	ErrForbidden       ErrorCode = "forbidden"        // need: the role that may
	ErrUnknownWord     ErrorCode = "unknown_word"     // word
	ErrAmbiguousWord   ErrorCode = "ambiguous_word"   // word; more: how many it could be beside the Choices
	ErrNothingSelected ErrorCode = "nothing_selected" // words
	ErrNoEndpoints     ErrorCode = "no_endpoints"     // words: what they name has no web service
	ErrTooLong         ErrorCode = "too_long"         // limit
	ErrBadDuration     ErrorCode = "bad_duration"     // word
	ErrTooManyChecks   ErrorCode = "too_many_checks"  // checks, most
	ErrNoPast          ErrorCode = "no_past"          // words: nothing was measured of it in the time that was asked about
	ErrBadTime         ErrorCode = "bad_time"         // word: no moment that lies ahead
	ErrNeedDuration    ErrorCode = "need_duration"    //
	ErrNeedArgument    ErrorCode = "need_argument"    // command
	ErrUnknownCommand  ErrorCode = "unknown_command"  // command
	ErrNoBaseline      ErrorCode = "no_baseline"      // words
	ErrWatchLength     ErrorCode = "watch_length"     // word, least, most
	ErrTooManyWatches  ErrorCode = "too_many_watches" // most: in one chat
	ErrNoMute          ErrorCode = "no_mute"          // word
	ErrNoIncident      ErrorCode = "no_incident"      // word
	ErrNotLatched      ErrorCode = "not_latched"      // check: it recovers by itself, so there is nothing to reset
	ErrNotDown         ErrorCode = "not_down"         // check: it needs no reset now
	ErrNoSource        ErrorCode = "no_source"        // word; Choices: those that there are
	ErrNoMessage       ErrorCode = "no_message"       // word
	ErrBadSpan         ErrorCode = "bad_span"         // word: no time that a report can be of
	ErrOneClient       ErrorCode = "one_client"       // words: they do not pick one client
	ErrNoClientMail    ErrorCode = "no_client_mail"   // client: it has no report_to
	ErrNoVia           ErrorCode = "no_via"           // none: no report says by which mail clients get theirs
	ErrNoMails         ErrorCode = "no_mails"         // none: no mail is configured
	ErrWhichReport     ErrorCode = "which_report"     // none; Choices: the reports that there are
	ErrNoMail          ErrorCode = "no_mail"          // word: nobody of that name is mailed to
	ErrBadQuestion     ErrorCode = "bad_question"     // what: no JSON, or a field that is not known
	ErrMuteLength      ErrorCode = "mute_length"      // word, least, most
	ErrPairingClosed   ErrorCode = "pairing_closed"   //
	ErrPairingWrong    ErrorCode = "pairing_wrong"    //
	ErrPairingListed   ErrorCode = "pairing_listed"   // need: the role that the config gives
	ErrButtonExpired   ErrorCode = "button_expired"   //
	ErrNotYours        ErrorCode = "not_yours"        //
	ErrCommandExpired  ErrorCode = "command_expired"  //
	ErrInterrupted     ErrorCode = "interrupted"      // command
	ErrStore           ErrorCode = "store"            // what the database said
	ErrDatabase        ErrorCode = "database"         // path, what: it cannot be opened
	ErrDatabaseNewer   ErrorCode = "database_newer"   // path, has, wants: versions of its tables
	ErrNotRunning      ErrorCode = "not_running"      // path of the control socket
	ErrNothingNamed    ErrorCode = "nothing_named"    // none
	ErrFileThere       ErrorCode = "file_there"       // path
	ErrFile            ErrorCode = "file"             // path, what: it cannot be written
	ErrUnreadable      ErrorCode = "unreadable"       // path, what: it cannot be read
	ErrListen          ErrorCode = "listen"           // address, key, what
	ErrInUse           ErrorCode = "in_use"           // address, key
	ErrNoName          ErrorCode = "no_name"          // name: DNS has no answer
	ErrNoHostSource    ErrorCode = "no_host_source"   // kind, name: no [[inbound]] of that kind that can be asked is called so; name "": there is none
	ErrSourceHosts     ErrorCode = "source_hosts"     // name, what: it does not say which hosts it knows
	ErrWhichFile       ErrorCode = "which_file"       // none
	ErrNeedYes         ErrorCode = "need_yes"         // path: there is no terminal to ask at
	ErrConfig          ErrorCode = "config"           // what: the problems, one a line
)

// Error is an error for people: a code, the arguments of its sentence, choices to offer, and the cause for the log.
type Error struct {
	Code    ErrorCode
	Args    map[string]string
	Choices []string // "did you mean": each is a word that would have been understood
	Err     error    // the cause, for the log only; may be nil
}

// Error is for logs; what a person reads comes from package texts.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(string(e.Code))
	keys := make([]string, 0, len(e.Args))
	for k := range e.Args {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		fmt.Fprintf(&b, " %s=%q", k, e.Args[k])
	}
	if e.Err != nil {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	return b.String()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// CodeOf returns the code of the first Error in err's chain, ErrInternal when there is none, "" for nil.
func CodeOf(err error) ErrorCode {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return ErrInternal
}
