package opsbot

import "time"

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
	Active       int       `json:"active"`               // events that stand there
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
	ReasonSourceIdle     ReasonCode = "source.idle"    // since (RFC 3339): nothing came from it, and it cannot be asked
	ReasonSourceDeclines ReasonCode = "source.declines" // said: it would not do what it was asked
	ReasonSeveralHosts   ReasonCode = "source.several"  // name, hosts: it fits several of the inventory
	ReasonSourceStore    ReasonCode = "source.store"    // said: what it sent could not be stored, and it was told so
)

// The codes of what became of what a source was asked to do, as a card says it. The arguments stand behind them.
const (
	ReplyAcked         ReasonCode = "reply.acked"        // source, count: events acknowledged there
	ReplyAckFailed     ReasonCode = "reply.ack_failed"   // source, count, cause (a code) with its arguments
	ReplySilenced      ReasonCode = "reply.silenced"        // source, count, until (RFC 3339): a downtime, maintenance or silence there
	ReplySilenceFailed ReasonCode = "reply.silence_failed" // source, count, cause (a code) with its arguments
)
