package model

import (
	"errors"
	"fmt"
	"sort"
	"strings"
)

// ErrorCode names a kind of error shown to people. Package texts holds `error.<code>` (what is wrong) and
// `error.<code>.hint` (what to do) in every language.
type ErrorCode string

// The codes. The comment of each lists its arguments.
const (
	ErrInternal        ErrorCode = "internal"         // id: to find it in the log
	ErrForbidden       ErrorCode = "forbidden"        // need: the role it requires
	ErrUnknownWord     ErrorCode = "unknown_word"     // word
	ErrAmbiguousWord   ErrorCode = "ambiguous_word"   // word; more: how many further matches there are beside the Choices
	ErrNothingSelected ErrorCode = "nothing_selected" // words
	ErrNoEndpoints     ErrorCode = "no_endpoints"     // words: what they select has no web service
	ErrTooLong         ErrorCode = "too_long"         // limit
	ErrBadDuration     ErrorCode = "bad_duration"     // word
	ErrTooManyChecks   ErrorCode = "too_many_checks"  // checks, most
	ErrNoPast          ErrorCode = "no_past"          // words: nothing was measured of it in the requested time
	ErrBadTime         ErrorCode = "bad_time"         // word: not a future time
	ErrBadPast         ErrorCode = "bad_past"         // word: not a past time
	ErrNeedClock       ErrorCode = "need_clock"       // word: a day without a time of day
	ErrUntilOrFrom     ErrorCode = "until_or_from"    // word: a moment, without whether it is the beginning or the end
	ErrNeedDuration    ErrorCode = "need_duration"    //
	ErrNeedArgument    ErrorCode = "need_argument"    // command
	ErrUnknownCommand  ErrorCode = "unknown_command"  // command
	ErrNoBaseline      ErrorCode = "no_baseline"      // words
	ErrWatchLength     ErrorCode = "watch_length"     // word, least, most
	ErrTooManyWatches  ErrorCode = "too_many_watches" // most: in one chat
	ErrNoMute          ErrorCode = "no_mute"          // word
	ErrNoIncident      ErrorCode = "no_incident"      // word
	ErrNoEvent         ErrorCode = "no_event"         // word
	ErrNeedIncident    ErrorCode = "need_incident"    // command
	ErrManyNotes       ErrorCode = "many_notes"       // most: the incident has as many notes as are kept
	ErrNoClientHit     ErrorCode = "no_client_hit"    // id: the incident hits no client whom a note could be for
	ErrNotAcked        ErrorCode = "not_acked"        // id: nobody has acknowledged it
	ErrAckedForMore    ErrorCode = "acked_for_more"   // id, who: the acknowledgement covers clients that the requester does not see
	ErrNotLatched      ErrorCode = "not_latched"      // check: it recovers by itself, so there is nothing to reset
	ErrNotDown         ErrorCode = "not_down"         // check: it needs no reset now
	ErrNoSource        ErrorCode = "no_source"        // word; Choices: the existing sources
	ErrNoMessage       ErrorCode = "no_message"       // word
	ErrNoSetAside      ErrorCode = "no_set_aside"     // word: no row with that number is set aside
	ErrBadSpan         ErrorCode = "bad_span"         // word: not a valid report period
	ErrOneClient       ErrorCode = "one_client"       // words: they do not select exactly one client
	ErrNoClientMail    ErrorCode = "no_client_mail"   // client: it has no report_to
	ErrNoVia           ErrorCode = "no_via"           // none: no report defines the mail that client reports are sent with
	ErrNoMails         ErrorCode = "no_mails"         // none: no mail is configured
	ErrWhichReport     ErrorCode = "which_report"     // none; Choices: the existing reports
	ErrNoMail          ErrorCode = "no_mail"          // word: no mail destination has that name
	ErrBadQuestion     ErrorCode = "bad_question"     // what: invalid JSON, or an unknown field
	ErrMuteLonger      ErrorCode = "mute_longer"      // id, until (RFC 3339): an extension that would shorten
	ErrMuteLength      ErrorCode = "mute_length"      // word, least, most
	ErrPairingClosed   ErrorCode = "pairing_closed"   //
	ErrPairingWrong    ErrorCode = "pairing_wrong"    //
	ErrPairingListed   ErrorCode = "pairing_listed"   // need: the role that the config gives
	ErrNotLetIn        ErrorCode = "not_let_in"       // word: nobody with that id was let in by chat
	ErrYourself        ErrorCode = "yourself"         // none: nobody changes their own access
	ErrListed          ErrorCode = "listed"           // name: the configuration says what they may do
	ErrLastAdmin       ErrorCode = "last_admin"       // none: nobody would be left who lets others in
	ErrNeedClient      ErrorCode = "need_client"      // none: no client would be left
	ErrInvited         ErrorCode = "invited"          // need: the role that they have already
	ErrInvitePrivate   ErrorCode = "invite_private"   // none: a link is for one person, and a group reads along
	ErrWhichRole       ErrorCode = "which_role"       // word: no role that an invitation can give
	ErrButtonExpired   ErrorCode = "button_expired"   //
	ErrNotYours        ErrorCode = "not_yours"        //
	ErrCommandExpired  ErrorCode = "command_expired"  //
	ErrInterrupted     ErrorCode = "interrupted"      // command
	ErrStore           ErrorCode = "store"            // what: the database's message; it refuses a write
	ErrStoreRead       ErrorCode = "store_read"       // what: the database's message; it cannot be read
	ErrUnchanged       ErrorCode = "unchanged"        // what: the database rejects writes, so that nothing was changed
	ErrUnstored        ErrorCode = "unstored"         // what: changed, but the database rejects writes: a restart undoes it
	ErrDatabase        ErrorCode = "database"         // path, what: it cannot be opened
	ErrDatabaseServer  ErrorCode = "database_server"  // path, what: it is on a server, and cannot be opened
	ErrDatabaseDSN     ErrorCode = "database_dsn"     // the connection string is not one
	ErrDatabaseForeign ErrorCode = "database_foreign" // path, what: the file is not a database of opsbot's
	ErrDatabaseDamaged ErrorCode = "database_damaged" // path, what; there is no copy of it
	ErrDatabaseBackup  ErrorCode = "database_backup"  // path, what, copy: the last copy that was made of it
	ErrDatabaseNewer   ErrorCode = "database_newer"   // path, has, wants: schema versions
	ErrNoLeader        ErrorCode = "no_leader"        // several opsbots share the database, and none of them leads
	ErrStandby         ErrorCode = "standby"          // address: this one does not lead, and cannot pass requests on
	ErrLeaderSilent    ErrorCode = "leader_silent"    // address: of the one that leads
	ErrNotRunning      ErrorCode = "not_running"      // path of the control socket
	ErrSocketDenied    ErrorCode = "socket_denied"    // path of the control socket: whoever asks may not use it
	ErrNothingNamed    ErrorCode = "nothing_named"    // none
	ErrFileThere       ErrorCode = "file_there"       // path
	ErrFile            ErrorCode = "file"             // path, what: it cannot be written
	ErrService         ErrorCode = "service"          // what: the service does not start
	ErrUnreadable      ErrorCode = "unreadable"       // path, what: it cannot be read
	ErrListen          ErrorCode = "listen"           // address, key, what
	ErrInUse           ErrorCode = "in_use"           // address, key
	ErrNoName          ErrorCode = "no_name"          // name: DNS has no answer
	ErrNoHostSource    ErrorCode = "no_host_source"   // kind, name: no [[inbound]] of that kind that can list hosts has that name; name "": there is none
	ErrSourceHosts     ErrorCode = "source_hosts"     // name, what: it does not return its hosts
	ErrWhichFile       ErrorCode = "which_file"       // none
	ErrNeedYes         ErrorCode = "need_yes"         // path: there is no terminal to confirm at
	ErrConfig          ErrorCode = "config"           // none; Err holds the Problems
	ErrNotMuted        ErrorCode = "not_muted"        // id: no mute hides any of it
	ErrDatabaseFilled  ErrorCode = "database_filled"  // path, table: something is stored there
	ErrNoListener      ErrorCode = "no_listener"      // address, what: no opsbot answers there
	ErrNoDatabase      ErrorCode = "no_database"      // path, what: there is no database of opsbot's
	ErrBackup          ErrorCode = "backup"           // path, what: it was not made
	ErrBackupItself    ErrorCode = "backup_itself"    // path: a database in use, where a backup is meant
	ErrBackupOther     ErrorCode = "backup_other"     // path: what is there is no backup, and is not replaced
	ErrBackupDamaged   ErrorCode = "backup_damaged"   // path, what
	ErrBackupServer    ErrorCode = "backup_server"    // command: the database is on a server, whose tool makes backups
	ErrRestore         ErrorCode = "restore"          // path, what: nothing was replaced
	ErrRestoreRunning  ErrorCode = "restore_running"  // path: an opsbot uses it
	ErrRestoreServer   ErrorCode = "restore_server"   // command: the database is on a server, whose tool restores backups
)

// Error is an error for people: a code, the arguments of its sentence, choices to offer, and the cause for the log.
type Error struct {
	Code    ErrorCode
	Args    map[string]string
	Choices []string // "did you mean": each is a valid word
	Err     error    // the cause, for the log only; may be nil
}

// Error is for logs; people see the text from package texts.
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

// Unwrap returns the cause.
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
