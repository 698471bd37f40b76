package model

import (
	"slices"
	"time"
)

// Note is what somebody wrote about an incident: for colleagues, or for its clients, whose reports then have it.
type Note struct {
	At   time.Time `json:"at"`
	User UserID    `json:"user,omitempty"`
	Name string    `json:"name"` // as shown at the time; never trusted
	Text string    `json:"text"`

	Scope     Scope `json:"scope,omitzero"`       // what its writer sees: nobody who sees less reads an internal note
	ForClient bool  `json:"for_client,omitempty"` // its clients, of those that the writer sees, read it too
}

// The limits of notes.
const (
	MaxNote  = 500 // UTF-16 units of one
	MaxNotes = 50  // of one incident
)

// Within are the notes that a scope may read: those for the clients in it, and internal ones of people who see no more.
func (n Note) Within(scope Scope) bool {
	if n.ForClient {
		both := n.Scope.And(scope)
		return !both.Limited || len(both.Clients) > 0
	}
	return scope.Includes(n.Scope)
}

// NotesWithin are the notes of an incident that a scope may read.
func (in *Incident) NotesWithin(scope Scope) []Note {
	var all []Note
	for _, n := range in.Notes {
		if n.Within(scope) {
			all = append(all, n)
		}
	}
	return all
}

// Hit are the states that services had in an incident at their worst, as far as it keeps them: of a storm and an event group the worst they
// reached, of others the last.
func (in *Incident) Hit() []ServiceState {
	switch {
	case in.EventGroup != nil && len(in.EventGroup.Worst) > 0:
		return in.EventGroup.Worst
	case in.Storm != nil:
		all := append([]ServiceState(nil), in.Storm.Worst...)
		for i := range in.Storm.Parts {
			all = append(all, in.Storm.Parts[i].Affected...)
		}
		return append(all, in.Affected...)
	default:
		return in.Affected
	}
}

// ClientsHit are the clients that an incident hit, of those that a scope sees, by name: a note for clients is for these.
func (in *Incident) ClientsHit(scope Scope) []string {
	var names []string
	for _, s := range in.Hit() {
		if s.Verdict != VerdictOK && scope.Sees(s.Client) && !slices.Contains(names, s.Client) {
			names = append(names, s.Client)
		}
	}
	slices.SortFunc(names, CompareNatural)
	return names
}
