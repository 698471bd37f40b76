package model

import "time"

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
	MaxNotes = 20  // of one incident
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
