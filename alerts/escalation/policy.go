// Package escalation is the machine that has people paged until one of them answers: steps, waits, rounds, personal rules.
//
// It is pure: every call gets the time, what is known of the incident, and who is meant. It must not know the store, a channel, how a page
// is worded, or how an incident is judged. Package alerts keeps its state and writes what it says.
package escalation

import (
	"time"

	"opsbot/model"
)

// The times of the machine.
const (
	// Again is how often it is said that everybody was paged and nobody answered.
	Again = time.Hour
	// AskAhead is how long before the end of an acknowledgement whoever gave it is asked whether it still holds; of a short one, a quarter of it.
	AskAhead = 15 * time.Minute
	// MentionAfter is the least delay of a mention: the card that it replies to goes first.
	MentionAfter = 3 * time.Second
	// LateAfter is the delay from which a page says that it is late.
	LateAfter = time.Minute
)

// Policy is whom to page, in what order.
type Policy struct {
	Name   string
	Repeat int           // rounds after the first
	AckFor time.Duration // how long an acknowledgement holds; 0: until the end
	Steps  []Step        // at least one
}

// Step is who is paged together, and how long they have to answer.
type Step struct {
	To   []Target
	Wait time.Duration
}

// Target is one of those whom a step pages.
type Target = model.PageTarget

// Rule is one way to reach a person.
type Rule = model.PageRule

// Direct is the policy of /page: one target alone, three times.
func Direct(who Target) Policy {
	return Policy{Repeat: 2, Steps: []Step{{To: []Target{who}, Wait: 5 * time.Minute}}}
}

// People answers who is meant, and how to reach them.
type People interface {
	// Meant lists whom a target means at a time, by name, and when that changes next; zero: not within sight. For a chat that is nobody.
	Meant(t Target, at time.Time) (names []string, changes time.Time)
	// Rules are those of a person; nil: nobody is known by that name.
	Rules(name string) []Rule
}

// Facts are what is known of the incident.
type Facts struct {
	Over          bool      // it is over
	Deferred      bool      // nobody is to be paged for now
	Resting       bool      // of Deferred: it works right now, and the same goes on when it does not
	DeferredUntil time.Time // when that may change by time alone; zero: not foreseen
	Taken         *Taken    // somebody has all of it; nil: nobody has
}

// Taken is who has an incident in hand.
type Taken struct {
	By   string
	User model.UserID
	At   time.Time
	Open bool // it holds as long as it is given: nobody is asked whether it still does
}

// Outcome is what has to be done. Pages are by number.
type Outcome struct {
	Write     []int // to be written to the outbox now
	Stop      []int // to be taken out of the outbox, if they are still there
	Close     []int // whose messages are to say how it went on
	Exhausted bool  // it has to be said loudly that nobody answered
	Lapsed    bool  // the acknowledgements no longer hold
	Changed   bool  // the escalation is another one than before
}
