package model

import (
	"cmp"
	"time"
)

// EventKey names one episode of a problem at a source: from its beginning to its end.
type EventKey struct {
	Source string `json:"source"` // the name of the [[inbound]]
	ID     string `json:"id"`     // the source's own key of the episode
}

// String is "icinga/web1!http@1795314579".
func (k EventKey) String() string { return k.Source + "/" + k.ID }

// Event is one episode of a problem, as a source tells it. All moments but SeenAt and ConfirmedAt are by the source's clock.
// What it holds comes from outside: names and texts are data, of any length that a source may send within a request.
type Event struct {
	EventKey
	Object   string   `json:"object,omitempty"`  // what the source is told to acknowledge or suppress: "web1", "web1!http", a fingerprint
	Names    []string `json:"names,omitempty"`   // names and addresses by which the source knows the host, the surest first; none: it is about no host
	Service  string   `json:"service,omitempty"` // the source's own check on the host; "": the host itself
	Title    string   `json:"title"`             // what the source says, one line
	Labels   Labels   `json:"labels,omitempty"`
	Severity Severity `json:"severity"`
	URL      string   `json:"url,omitempty"` // for a person who wants to see it there

	OpenedAt    time.Time `json:"opened_at"`
	SeenAt      time.Time `json:"seen_at"`               // when opsbot first heard of it
	ConfirmedAt time.Time `json:"confirmed_at,omitzero"` // when the source last answered that it stands
	EndedAt     time.Time `json:"ended_at,omitzero"`     // zero while it stands
	End         EventEnd  `json:"end,omitempty"`         // how sure the end is; "" while it stands

	Acked      bool   `json:"acked,omitempty"` // at the source
	AckedBy    string `json:"acked_by,omitempty"`
	Suppressed bool   `json:"suppressed,omitempty"` // at the source: a downtime, a maintenance, a silence

	Host     string     `json:"host,omitempty"`     // Host.Name of the inventory; "": it is not in it. Filled in by package alerts
	Incident IncidentID `json:"incident,omitempty"` // the burst that took it in; 0: none. Filled in by package alerts
}

// EventEnd says how sure it is that an event is over.
type EventEnd string

// The ends.
const (
	EndConfirmed   EventEnd = "confirmed"   // the source was asked, is well, and says so
	EndUnconfirmed EventEnd = "unconfirmed" // said once, or no longer said; whether it is true could not be found out
)

// EventSlack is how much later than opsbot a source may notice the same: what failed on its hosts that shortly before an event
// began is part of it. Icinga and Prometheus look once a minute, and again before they are sure.
const EventSlack = 2 * time.Minute

// Active reports whether it has not ended.
func (e *Event) Active() bool { return e.EndedAt.IsZero() }

// IsUnmapped reports whether it is about a host that is not in the inventory.
func (e *Event) IsUnmapped() bool { return e.Host == "" && len(e.Names) > 0 }

// Within is the event as somebody with a scope may see it. On a host that carries others too, what the source says (its check, its
// title, its labels) may name them: all that is left is that it says something of the host, how bad, and since when.
func (e *Event) Within(inv *Inventory, scope Scope) Event {
	if inv.HostIsOf(e.Host, scope) {
		return *e
	}
	return Event{
		EventKey: EventKey{Source: e.Source}, Names: []string{e.Host}, Title: e.Host, Severity: e.Severity, OpenedAt: e.OpenedAt, SeenAt: e.SeenAt,
		ConfirmedAt: e.ConfirmedAt, EndedAt: e.EndedAt, End: e.End, Acked: e.Acked, Suppressed: e.Suppressed, Host: e.Host, Incident: e.Incident,
	}
}

// Name is what the event is about, for people: the first of its names, or what the source says where it has none.
func (e *Event) Name() string {
	if len(e.Names) > 0 {
		return e.Names[0]
	}
	return cmp.Or(e.Title, e.Service, e.ID)
}

// CompareEvents orders events worst first, then the oldest first; it is fit for slices.SortFunc.
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

// SourceState is how opsbot hears a source.
type SourceState struct {
	Name    string     `json:"name"`
	Kind    SourceKind `json:"kind"`
	Version string     `json:"version,omitempty"` // what it says of itself; "" before it was asked, or of SourceGeneric

	Answered     time.Time `json:"answered,omitzero"`      // when it last answered, or sent something; zero is never
	Failing      Reason    `json:"failing,omitzero"`       // what keeps opsbot from hearing it now; zero: it is heard
	Since        time.Time `json:"since,omitzero"`         // of Failing
	Disconnected bool      `json:"disconnected,omitempty"` // Failing for so long that it is an incident
	Missing      []Reason  `json:"missing,omitempty"`      // what it does not let us do: rights, features of its version
	Active       int       `json:"active"`                 // events that stand there
	LastHook     time.Time `json:"last_hook,omitzero"`

	// LostAt and FoundAt are the last time that it was not heard, or opsbot did not listen: short problems in between may be unseen.
	LostAt  time.Time `json:"lost_at,omitzero"`
	FoundAt time.Time `json:"found_at,omitzero"`
}

// The codes of what keeps a source from being heard or from doing what it is asked. The arguments stand behind them.
const (
	ReasonSourceAway     ReasonCode = "source.away"     // said: it does not answer
	ReasonSourceRefuses  ReasonCode = "source.refuses"  // said: our credentials are refused
	ReasonSourceGarbage  ReasonCode = "source.garbage"  // said: what it answers is not what it should be
	ReasonSourceOld      ReasonCode = "source.old"      // version, needs
	ReasonSourceRight    ReasonCode = "source.right"    // right, for ("ack", "downtime", "events", "hosts"): it is not given to us
	ReasonSourceHookOff  ReasonCode = "source.hook"     // since (RFC 3339): an end was found by asking that no hook told of
	ReasonSourceIdle     ReasonCode = "source.idle"     // since (RFC 3339): nothing came from it, and it cannot be asked
	ReasonSourceDeclines ReasonCode = "source.declines" // said: it would not do what it was asked
	ReasonSeveralHosts   ReasonCode = "source.several"  // name, hosts: it fits several of the inventory
	ReasonSourceStore    ReasonCode = "source.store"    // said: what it sent could not be stored, and it was told so
)

// The codes of what became of what a source was asked to do, as a card says it. The arguments stand behind them.
const (
	ReplyAcked         ReasonCode = "reply.acked"          // source, count: events acknowledged there
	ReplyAckFailed     ReasonCode = "reply.ack_failed"     // source, count, cause (a code) with its arguments
	ReplySilenced      ReasonCode = "reply.silenced"       // source, count, until (RFC 3339): a downtime, maintenance or silence there
	ReplySilenceFailed ReasonCode = "reply.silence_failed" // source, count, cause (a code) with its arguments
)
