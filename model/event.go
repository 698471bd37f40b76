package model

import (
	"cmp"
	"crypto/sha256"
	"encoding/base32"
	"regexp"
	"strings"
	"time"
	"unicode"
)

// EventKey identifies one episode of a problem at a source, from its beginning to its end.
type EventKey struct {
	Source string `json:"source"` // the name of the [[inbound]]
	ID     string `json:"id"`     // the source's own key of the episode
}

// String is "icinga/web1!http@1795314579".
func (k EventKey) String() string { return k.Source + "/" + k.ID }

// refLength is of how many characters a Ref is: of 1,000 events two share one once in 60,000 times.
const refLength = 7

// Ref is a short name for an EventKey that can be typed on a phone: letters and digits, the same in every answer. Two keys may share one.
func (k EventKey) Ref() string {
	sum := sha256.Sum256([]byte(k.Source + "\x00" + k.ID))
	return refAlphabet.EncodeToString(sum[:])[:refLength]
}

// refAlphabet has no letter that looks like a digit.
var refAlphabet = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// Event is one episode of a problem, as a source reports it. All times but SeenAt and ConfirmedAt are by the source's clock. Its
// content comes from outside: names and texts are data, of any length that fits into a request.
type Event struct {
	EventKey
	Object   string   `json:"object,omitempty"`  // the source's id of the object to acknowledge or silence: "web1", "web1!http", a fingerprint
	Names    []string `json:"names,omitempty"`   // names and addresses by which the source knows the host, the most reliable first; none: it is about no host
	Service  string   `json:"service,omitempty"` // the source's own check on the host; "": the host itself
	Title    string   `json:"title"`             // the source's own text, one line
	Labels   Labels   `json:"labels,omitempty"`
	Severity Severity `json:"severity"`
	URL      string   `json:"url,omitempty"`     // link to it at the source
	Runbook  string   `json:"runbook,omitempty"` // what to do, as the source says; see RunbookURL

	OpenedAt    time.Time `json:"opened_at"`
	SeenAt      time.Time `json:"seen_at"`               // when opsbot first received it
	ConfirmedAt time.Time `json:"confirmed_at,omitzero"` // when the source last confirmed that it is active
	EndedAt     time.Time `json:"ended_at,omitzero"`     // zero while it is active
	End         EventEnd  `json:"end,omitempty"`         // how certain the end is; "" while it is active

	Acked      bool   `json:"acked,omitempty"` // at the source
	AckedBy    string `json:"acked_by,omitempty"`
	ClosedBy   string `json:"closed_by,omitempty"`  // with EndClosed: who closed it
	Suppressed bool   `json:"suppressed,omitempty"` // at the source: a downtime, a maintenance, a silence

	Host        string       `json:"host,omitempty"`         // Host.Name of the inventory; "": see About. Filled in by package alerts
	About       []ServiceKey `json:"about,omitempty"`        // see Located. Filled in by package alerts
	HostUnknown bool         `json:"host_unknown,omitempty"` // see Located. Filled in by package alerts
	Incident    IncidentID   `json:"incident,omitempty"`     // the event group's incident; 0: none. Filled in by package alerts
}

// EventEnd says how certain it is that an event is over.
type EventEnd string

// The ends.
const (
	EndConfirmed   EventEnd = "confirmed"   // a healthy source confirmed it when asked
	EndUnconfirmed EventEnd = "unconfirmed" // reported once, or no longer listed; could not be verified
	EndClosed      EventEnd = "closed"      // somebody closed it here; its source did not say that it is over
)

// EventSlack is how much later than opsbot a source may notice the same problem: what failed on its hosts that shortly before an
// event began is attributed to the event. Icinga and Prometheus check once a minute, and again before they are sure.
const EventSlack = 2 * time.Minute

// Active reports whether it has not ended.
func (e *Event) Active() bool { return e.EndedAt.IsZero() }

// Located is where it belongs.
func (e *Event) Located() Located {
	return Located{Host: e.Host, About: e.About, HostUnknown: e.HostUnknown}
}

// Locate sets it.
func (e *Event) Locate(l Located) { e.Host, e.About, e.HostUnknown = l.Host, l.About, l.HostUnknown }

// Mapped reports whether the inventory has what it is about.
func (e *Event) Mapped() bool { return e.Located().Mapped() }

// IsUnmapped reports whether it is about a host that is not in the inventory.
func (e *Event) IsUnmapped() bool { return (!e.Mapped() || e.HostUnknown) && len(e.Names) > 0 }

// Within is the event as a user with a scope may see it. On a host shared with other clients, what the source says (its check, title
// and labels) may name them: only the host, the severity and the start time remain; so it is of one that is about several clients. Where
// a scope has no share, since only a client's DNS leads there, it does not see either whether the event was acknowledged.
func (e *Event) Within(inv *Inventory, scope Scope) Event {
	seen, whole := e.Located().Within(inv, scope)
	if whole {
		return *e
	}
	name := cmp.Or(e.Host, strings.Join(seen.ClientsAbout(), ", "))
	shared := len(seen.About) > 0 || inv.HostSharedBy(e.Host, scope)
	return Event{
		EventKey: EventKey{Source: e.Source}, Names: []string{name}, Title: name, Severity: e.Severity, OpenedAt: e.OpenedAt, SeenAt: e.SeenAt,
		ConfirmedAt: e.ConfirmedAt, EndedAt: e.EndedAt, End: e.End, Acked: shared && e.Acked, Suppressed: shared && e.Suppressed,
		Host: seen.Host, About: seen.About, HostUnknown: seen.HostUnknown, Incident: e.Incident,
	}
}

// labelRunbook is the label that holds a link to what to do; Prometheus's users have it as an annotation.
const labelRunbook = "runbook_url"

// RunbookURL is where the source says what to do; "" if it does not.
func (e *Event) RunbookURL() string { return cmp.Or(e.Runbook, e.Labels[labelRunbook]) }

// ofReach matches the source's checks of what opsbot's own checks of a host answer as well: whether it, or a service on it, can be reached.
var ofReach = regexp.MustCompile(`^(my|agent|nettcpservice|web)?(host|instance|node|target|server|machine|vm|endpoint|url|site|website|probe|blackbox|exporter|` +
	`ping|icmp|icmpping|http|https|web|tcp|ssh|nettcpservice|webtest)+(is|has)?(down|dead|fail|failed|failing|failure|unreachable|notreachable|alive|missing|` +
	`unavailable|offline|check|status|loss|timeout|v?[46])?$`)

// parameters are those of a Zabbix item: "net.tcp.service[http]".
var parameters = regexp.MustCompile(`\[.*`)

// IsOfReach reports whether it says that its host, or a service on it, cannot be reached: what opsbot verifies by its own checks. A full
// disk, a failed backup or a replication that lags is not.
func (e *Event) IsOfReach() bool {
	if e.Service == "" {
		return true
	}
	letters := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, parameters.ReplaceAllString(e.Service, ""))
	return ofReach.MatchString(letters)
}

// Name is what the event is about, for people: its first name, or the source's title if it has none.
func (e *Event) Name() string {
	if len(e.Names) > 0 {
		return e.Names[0]
	}
	return cmp.Or(e.Title, e.Service, e.ID)
}

// CompareEvents orders events worst first, then oldest first; for slices.SortFunc.
func CompareEvents(a, b Event) int {
	return cmp.Or(cmp.Compare(b.Severity, a.Severity), a.OpenedAt.Compare(b.OpenedAt), cmp.Compare(a.Source, b.Source), cmp.Compare(a.ID, b.ID))
}

// SourceKind is a kind of system that sends events.
type SourceKind string

// The kinds.
const (
	SourceAlertmanager SourceKind = "alertmanager"
	SourceIcinga       SourceKind = "icinga"
	SourceZabbix       SourceKind = "zabbix"
	SourceGeneric      SourceKind = "generic" // anything that can send JSON
)

// SourceState is the connection status of a source.
type SourceState struct {
	Name    string     `json:"name"`
	Kind    SourceKind `json:"kind"`
	Version string     `json:"version,omitempty"` // as the source reports it; "" before the first answer, or of SourceGeneric

	Answered     time.Time `json:"answered,omitzero"`      // when it last answered or sent something; zero is never
	Failing      Reason    `json:"failing,omitzero"`       // why it cannot be reached now; zero: it is connected
	Since        time.Time `json:"since,omitzero"`         // of Failing
	Disconnected bool      `json:"disconnected,omitempty"` // Failing for so long that an incident was opened
	Missing      []Reason  `json:"missing,omitempty"`      // what it does not let us do: rights, features of its version
	Queried      bool      `json:"queried,omitempty"`      // it can be asked what is open there
	Active       int       `json:"active"`                 // active events
	LastHook     time.Time `json:"last_hook,omitzero"`

	// LostAt and FoundAt are the last time that it was disconnected, or opsbot was not running: short problems in between may be
	// missing.
	LostAt  time.Time `json:"lost_at,omitzero"`
	FoundAt time.Time `json:"found_at,omitzero"`
}

// The codes of why a source cannot be reached or does not do what it is asked. The comment of each lists its arguments.
const (
	ReasonSourceAway     ReasonCode = "source.away"     // said: it does not answer
	ReasonSourceRefuses  ReasonCode = "source.refuses"  // said: it rejects our credentials
	ReasonSourceGarbage  ReasonCode = "source.garbage"  // said: its answer cannot be parsed
	ReasonSourceOld      ReasonCode = "source.old"      // version, needs
	ReasonSourceRight    ReasonCode = "source.right"    // right, for ("ack", "downtime", "events", "hosts"): we lack it
	ReasonSourceHookOff  ReasonCode = "source.hook"     // since (RFC 3339): polling found an end that no webhook call reported
	ReasonSourceIdle     ReasonCode = "source.idle"     // since (RFC 3339): it sent nothing, and it cannot be polled
	ReasonSourceDeclines ReasonCode = "source.declines" // said: it declined a request
	ReasonSeveralHosts   ReasonCode = "source.several"  // name, hosts: it matches several hosts of the inventory
	ReasonSourceStore    ReasonCode = "source.store"    // said: its events could not be stored, and it was answered so
	ReasonSourceOdd      ReasonCode = "source.odd"      // fields: what was dropped from its events, since it could not be read
	ReasonSourceFuture   ReasonCode = "source.future"   // its events begin or end in the future
	ReasonSourceSkipped  ReasonCode = "source.skipped"  // count: events that were not taken, since nothing in them could be read
)

// The codes of what came of write-back to a source, as a card shows it. The comment of each lists its arguments.
const (
	ReplyAcked         ReasonCode = "reply.acked"          // source, count: events acknowledged there
	ReplyAckFailed     ReasonCode = "reply.ack_failed"     // source, count, cause (a code) with its arguments
	ReplyUnackFailed   ReasonCode = "reply.unack_failed"   // source, count, cause (a code) with its arguments
	ReplySilenced      ReasonCode = "reply.silenced"       // source, count, until (RFC 3339): a downtime, maintenance or silence there
	ReplySilenceFailed ReasonCode = "reply.silence_failed" // source, count, cause (a code) with its arguments
)
