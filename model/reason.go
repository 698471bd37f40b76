package model

import (
	"maps"
	"strings"
)

// ReasonCode names a kind of explanation. package texts holds `reason.<code>` in every language.
type ReasonCode string

// The codes of the engine and of the kinds of checks. The comment of each lists its arguments; durations are written as
// time.Duration prints them ("12ms"), times as RFC 3339: package texts formats them.
const (
	ReasonWebStatus        ReasonCode = "web.status"        // got, want, took, addr
	ReasonWebBody          ReasonCode = "web.body"          // want (the text that is missing), took, addr
	ReasonWebNoMatch       ReasonCode = "web.no_match"      // want (the pattern), got (the body's beginning), took, addr
	ReasonWebBadAnswer     ReasonCode = "web.bad_answer"    // said (what the parser said), took, addr
	ReasonWebTooLarge      ReasonCode = "web.too_large"     // limit (bytes), addr
	ReasonWebRedirect      ReasonCode = "web.redirect"      // got, location, addr
	ReasonWebRedirects     ReasonCode = "web.redirects"     // max, location: it redirects further
	ReasonWebCircle        ReasonCode = "web.circle"        // location (visited before), took
	ReasonWebPacked        ReasonCode = "web.packed"        // got (the content coding), took, addr
	ReasonJSONBad          ReasonCode = "json.bad"          // said, got (its beginning), took, addr: no JSON, or the condition does not fit it
	ReasonJSONFalse        ReasonCode = "json.false"        // said, got (its beginning), took, addr: not JSON, or the condition does not apply to it
	ReasonDomainExpires    ReasonCode = "domain.expires"    // name, days (left), date, min
	ReasonDomainEnded      ReasonCode = "domain.ended"      // name, date
	ReasonDomainFree       ReasonCode = "domain.free"       // name, addr (of the registry)
	ReasonDomainSuspended  ReasonCode = "domain.suspended"  // name, said (the state), addr
	ReasonDomainUndated    ReasonCode = "domain.undated"    // name, addr
	ReasonDomainUnsaid     ReasonCode = "domain.unsaid"     // name, said
	ReasonTLSExpires       ReasonCode = "tls.expires"       // days (left), date, min
	ReasonDiskUsed         ReasonCode = "disk.used"         // path, used (percent), max, left
	ReasonDiskFree         ReasonCode = "disk.free"         // path, left, least
	ReasonDiskInodes       ReasonCode = "disk.inodes"       // path, used (percent), max
	ReasonDiskUnseen       ReasonCode = "disk.unseen"       // path, said
	ReasonHostLoad         ReasonCode = "host.load"         // load, cores, max (per core)
	ReasonHostMemory       ReasonCode = "host.memory"       // used (percent), max, left
	ReasonHostRestarted    ReasonCode = "host.restarted"    // took (since then)
	ReasonHostClock        ReasonCode = "host.clock"        // took (its offset), limit, addr (of the time server)
	ReasonHostClockUnsure  ReasonCode = "host.clock_unsure" // said, addr: the time server returns no time
	ReasonHeartbeatLate    ReasonCode = "heartbeat.late"    // since (its last call), at (when one was due)
	ReasonHeartbeatNever   ReasonCode = "heartbeat.never"   // at (when the first call was due)
	ReasonHeartbeatStuck   ReasonCode = "heartbeat.stuck"   // since (its start), limit
	ReasonHeartbeatFailed  ReasonCode = "heartbeat.failed"  // at, said
	ReasonHeartbeatExit    ReasonCode = "heartbeat.exit"    // at, code, said
	ReasonSSHLogin         ReasonCode = "ssh.login"         // user, addr: login denied
	ReasonSSHKeyUnknown    ReasonCode = "ssh.key_unknown"   // got (type and fingerprint), addr: not in known_hosts
	ReasonSSHKeyChanged    ReasonCode = "ssh.key_changed"   // got, addr: known_hosts has another key
	ReasonSSHKeyFile       ReasonCode = "ssh.key_file"      // file, said: our key or known_hosts cannot be used
	ReasonSSHExit          ReasonCode = "ssh.exit"          // path (the command), code, said, addr
	ReasonSSHLacks         ReasonCode = "ssh.lacks"         // path, want, got, addr
	ReasonSSHBroken        ReasonCode = "ssh.broken"        // path, said, addr: it did not run, or its output is invalid
	ReasonPluginSays       ReasonCode = "plugin.says"       // state (of the plugin guidelines), said (its first line)
	ReasonPluginTimeout    ReasonCode = "plugin.timeout"    // path, limit
	ReasonPluginBroken     ReasonCode = "plugin.broken"     // path, said: it could not be run, ended by a signal, or its exit code is none of a plugin's
	ReasonPostgresLogin    ReasonCode = "postgres.login"    // user, said, addr: login denied
	ReasonPostgresDatabase ReasonCode = "postgres.database" // name, said, addr: it does not exist, or is not accessible to us
	ReasonPostgresFull     ReasonCode = "postgres.full"     // said, addr: no connection slot is left
	ReasonPostgresAway     ReasonCode = "postgres.away"     // said, addr: it is starting, recovering or shutting down
	ReasonPostgresError    ReasonCode = "postgres.error"    // said, code (SQLSTATE), addr
	ReasonPostgresFalse    ReasonCode = "postgres.false"    // want (the query), got, took, addr
	ReasonPingLost         ReasonCode = "ping.lost"         // lost, sent, addr
	ReasonPingDenied       ReasonCode = "ping.denied"       // addr: the kernel forbids it
	ReasonSlow             ReasonCode = "net.slow"          // took, limit, addr: the expected answer, too late
	ReasonRefused          ReasonCode = "net.refused"       // addr, took
	ReasonTimeout          ReasonCode = "net.timeout"       // addr, phase (resolve connect starttls tls first_byte body), limit
	ReasonReset            ReasonCode = "net.reset"         // addr, phase, took
	ReasonClosed           ReasonCode = "net.closed"        // addr, phase, took: closed by the other side
	ReasonUnreachable      ReasonCode = "net.unreachable"   // addr, said
	ReasonNet              ReasonCode = "net.error"         // addr, phase, said
	ReasonNoName           ReasonCode = "dns.no_name"       // name
	ReasonDNS              ReasonCode = "dns.error"         // name, said
	ReasonDNSRefused       ReasonCode = "dns.refused"       // name, said (SERVFAIL REFUSED), took, addr
	ReasonDNSEmpty         ReasonCode = "dns.empty"         // name, type, took, addr: the name exists, such a record does not
	ReasonDNSWrong         ReasonCode = "dns.wrong"         // name, type, got, want, addr
	ReasonBeyond           ReasonCode = "dns.beyond_reach"  // name, addrs: a client's DNS or redirect leads there, and opsbot does not follow
	ReasonManyAddresses    ReasonCode = "dns.too_many"      // name, count, most: a client's domain has more addresses than are tested
	ReasonTLS              ReasonCode = "tls.error"         // addr, name, said
	ReasonTLSExpired       ReasonCode = "tls.expired"       // addr, name, date: the certificate's time is over
	ReasonTLSNotYet        ReasonCode = "tls.not_yet"       // addr, name, date: it begins then
	ReasonStartTLS         ReasonCode = "tls.starttls"      // protocol, said, took, addr: TLS was not started
	ReasonMembersFailed    ReasonCode = "members.failed"    // failed, total, names (the first few), cause (the code of the first's reason) and its arguments
	ReasonMembersUnseen    ReasonCode = "members.unseen"    // unseen, total, names, cause and the first's arguments
	ReasonMembersKept      ReasonCode = "members.kept"      // kept (how many of the last good list all answer), cause and its arguments
	ReasonMembersLate      ReasonCode = "members.late"      // none: the others used up the time
	ReasonTargetsFile      ReasonCode = "targets.file"      // file, said: it cannot be read
	ReasonTargetsForm      ReasonCode = "targets.form"      // file, form (YAML JSON TOML INI)
	ReasonTargetsLine      ReasonCode = "targets.line"      // file, line: it holds no address
	ReasonTargetsEmpty     ReasonCode = "targets.empty"     // file
	ReasonTargetsKey       ReasonCode = "targets.key"       // file, key: it does not exist
	ReasonTargetsValue     ReasonCode = "targets.value"     // file, key: its value is not an address
	ReasonTargetsHosts     ReasonCode = "targets.hosts"     // words: no such host in the inventory
	ReasonPanic            ReasonCode = "check.panic"       // said
	ReasonCancelled        ReasonCode = "check.cancelled"   // none
	ReasonHostRefuses      ReasonCode = "host.refuses"      // host, failed, total: every endpoint refuses connections
	ReasonHostDown         ReasonCode = "host.down"         // host, failed, total: nothing answers; some connections may be refused, not all
	ReasonHostFails        ReasonCode = "host.fails"        // host, failed, total: it answers, every service fails
	ReasonServiceState     ReasonCode = "service.verdict"   // verdict, up, total, need
	ReasonLeftInventory    ReasonCode = "incident.left"     // name: the host or check is no longer in the inventory
	ReasonLocal            ReasonCode = "local.error"       // said: a problem on our own side (files, sockets, permissions)
)

// Reason explains a result or a change independently of language: a code and its arguments. The zero Reason means
// "nothing to explain". A Reason must not be changed once it has been passed on.
type Reason struct {
	Code ReasonCode        `json:"code,omitempty"`
	Args map[string]string `json:"args,omitempty"`
}

// NewReason builds a Reason from a code and argument pairs: name, value, name, value… A trailing name without a value is
// dropped.
func NewReason(code ReasonCode, pairs ...string) Reason {
	r := Reason{Code: code}
	if len(pairs) > 1 {
		r.Args = make(map[string]string, len(pairs)/2)
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		r.Args[pairs[i]] = pairs[i+1]
	}
	return r
}

// Equal reports whether two reasons say the same.
func (r Reason) Equal(other Reason) bool {
	return r.Code == other.Code && maps.Equal(r.Args, other.Args)
}

// Without is the reason without an argument.
func (r Reason) Without(arg string) Reason {
	r.Args = maps.Clone(r.Args)
	delete(r.Args, arg)
	return r
}

// IsZero reports whether there is nothing to explain.
func (r Reason) IsZero() bool { return r.Code == "" }

// OfNetwork reports whether the failure may be the fault of our own network: the target was not reached. An answer,
// however bad, is not; nor is a check of this machine.
func (r Reason) OfNetwork() bool {
	code := string(r.Code)
	if cause := r.Args["cause"]; cause != "" {
		code = cause
	}
	for _, room := range []string{"net.", "dns.", "ping.", "plugin."} {
		if strings.HasPrefix(code, room) {
			return ReasonCode(code) != ReasonSlow
		}
	}
	return false
}

// The codes of opsbot's own health issues. The comment of each lists its arguments.
const (
	IssueStore           ReasonCode = "health.store"            // what, since (RFC 3339)
	IssueTelegramAway    ReasonCode = "health.telegram_away"    // since
	IssueTelegramRefused ReasonCode = "health.telegram_refused" // since
	IssueTelegramWebhook ReasonCode = "health.telegram_webhook" // since, command: a webhook takes our updates; the command removes it
	IssueTelegramShared  ReasonCode = "health.telegram_shared"  // since: another program polls with our token
	IssuePin             ReasonCode = "health.pin"              // to: a chat in which the status cannot be pinned
	IssueOutbox          ReasonCode = "health.outbox"           // waiting, since
	IssueDeadLetters     ReasonCode = "health.dead_letters"     // count
	IssueName            ReasonCode = "health.name"             // name, kept, said (a code): DNS does not resolve it
	IssueBeyond          ReasonCode = "health.beyond_reach"     // count, names: domains that lead where opsbot does not go
	IssueUnmapped        ReasonCode = "health.unmapped"         // count: hosts in events that are not in the inventory
	IssueOverdue         ReasonCode = "health.overdue"          // count, since, check (id, or "" for who may not know it): due checks without a result
	IssueOverloaded      ReasonCode = "health.overloaded"       // count, since: due checks that wait for a free slot
	IssueCalendar        ReasonCode = "health.calendar"         // schedule, what, since (RFC 3339), kept (RFC 3339: of the copy in use, or "")
	IssueGap             ReasonCode = "health.gap"              // schedule, from, until (RFC 3339): nobody is on call then
	IssueReload          ReasonCode = "health.reload"           // what: the configuration on disk is invalid
)
