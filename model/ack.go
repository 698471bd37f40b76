package model

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// Ack says who acknowledged an incident: there are no further reminders. A rise in severity is still notified.
type Ack struct {
	User UserID    `json:"user,omitempty"`
	Name string    `json:"name"` // as shown at the time; never trusted
	At   time.Time `json:"at"`

	Scope  Scope `json:"scope,omitzero"`  // what they see: reminders about other clients go on
	Covers Named `json:"covers,omitzero"` // what the incident consisted of; reminders about what joins later go on
}

// Ack adds an acknowledgement: it takes over one of the same scope, with what that covered, and leaves those of any other.
func (in *Incident) Ack(a Ack) {
	acks := make([]Ack, 0, len(in.Acks)+1)
	for _, was := range in.Acks {
		if was.Scope.Equal(a.Scope) {
			a.Covers = was.Covers.Union(a.Covers)
		} else {
			acks = append(acks, was)
		}
	}
	acks = append(acks, a)
	in.Acks = acks
}

// AckedFor is the earliest acknowledgement by somebody who sees a client; false if there is none.
func (in *Incident) AckedFor(client string) (Ack, bool) {
	at := slices.IndexFunc(in.Acks, func(a Ack) bool { return a.Scope.Sees(client) })
	if at < 0 {
		return Ack{}, false
	}
	return in.Acks[at], true
}

// UnmarshalJSON reads an incident. Versions that knew one acknowledgement of an incident wrote it as "ack".
func (in *Incident) UnmarshalJSON(raw []byte) error {
	type plain Incident // without this method
	read := struct {
		*plain
		Ack *Ack `json:"ack"`
	}{plain: (*plain)(in)}
	if err := json.Unmarshal(raw, &read); err != nil {
		return fmt.Errorf("read an incident: %w", err)
	}
	if read.Ack != nil && len(in.Acks) == 0 {
		in.Acks = []Ack{*read.Ack}
	}
	return nil
}
