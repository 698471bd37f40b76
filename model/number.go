package model

import (
	"cmp"
	"encoding/json"
)

// NumberKind is what is numbered.
type NumberKind string

// The kinds.
const (
	NumberIncident NumberKind = "incident"
	NumberMute     NumberKind = "mute"
)

// ReaderNumber is what readers limited to some clients call an incident or a mute. They count their own, from 1: the number that it is stored by
// would tell them how much happens to others. Whoever sees everything calls it by that.
type ReaderNumber struct {
	Readers string // Scope.Key of the readers
	Kind    NumberKind
	ID      int64 // by which it is stored
	Number  int64
}

// Key is a scope as a database key: `["a","b"]`, "" for everything.
func (s Scope) Key() string {
	if !s.Limited {
		return ""
	}
	text, err := json.Marshal(s.Clients)
	if err != nil || len(s.Clients) == 0 { // names always marshal
		return "[]"
	}
	return string(text)
}

// Numbering gives incidents and mutes the numbers of their reader. It is applied where they leave for a reader, and nowhere before: whatever is
// written down of them after that is theirs.
type Numbering struct {
	Readers Scope
	// Numbers returns the numbers by stored id; it gives those that are missing.
	Numbers func(readers Scope, kind NumberKind, ids []int64) map[int64]int64
}

// Incidents numbers copies of incidents, with what they are part of and what is part of them.
func (n Numbering) Incidents(all ...*Incident) {
	if !n.Readers.Limited || len(all) == 0 {
		return
	}
	var ids []int64
	for _, in := range all {
		ids = in.addRefs(ids)
	}
	numbers := n.Numbers(n.Readers, NumberIncident, ids)
	for _, in := range all {
		in.renumber(numbers)
	}
}

// Mutes numbers copies of mutes.
func (n Numbering) Mutes(all ...*Mute) {
	if !n.Readers.Limited || len(all) == 0 {
		return
	}
	var ids, of []int64
	for _, m := range all {
		ids = append(ids, int64(m.Ref()))
		if m.Incident != 0 {
			of = append(of, int64(m.Incident))
		}
	}
	numbers := n.Numbers(n.Readers, NumberMute, ids)
	var incidents map[int64]int64
	if len(of) > 0 {
		incidents = n.Numbers(n.Readers, NumberIncident, of)
	}
	for _, m := range all {
		if m.StoredID == 0 && m.ID != 0 {
			m.StoredID, m.ID = m.ID, MuteID(numbers[int64(m.ID)])
			m.Incident = IncidentID(incidents[int64(m.Incident)])
		}
	}
}

// Incident is the number of one incident, which is stored by an id; 0 of none.
func (n Numbering) Incident(id IncidentID) IncidentID {
	if !n.Readers.Limited || id == 0 {
		return id
	}
	return IncidentID(n.Numbers(n.Readers, NumberIncident, []int64{int64(id)})[int64(id)])
}

// Events numbers the incidents of copies of events.
func (n Numbering) Events(all []Event) {
	if !n.Readers.Limited {
		return
	}
	var ids []int64
	for i := range all {
		if all[i].Incident != 0 {
			ids = append(ids, int64(all[i].Incident))
		}
	}
	if len(ids) == 0 {
		return
	}
	numbers := n.Numbers(n.Readers, NumberIncident, ids)
	for i := range all {
		all[i].Incident = IncidentID(numbers[int64(all[i].Incident)])
	}
}

// Ref is the id by which an incident is stored, whoever's numbers it has: what buttons carry.
func (in *Incident) Ref() IncidentID { return cmp.Or(in.StoredID, in.ID) }

// Ref is the id by which a mute is stored, whoever's numbers it has: what buttons carry.
func (m *Mute) Ref() MuteID { return cmp.Or(m.StoredID, m.ID) }

// addRefs adds the ids of an incident and of all that it names.
func (in *Incident) addRefs(ids []int64) []int64 {
	if in.StoredID != 0 {
		return ids
	}
	ids = append(ids, int64(in.ID))
	if in.Parent != 0 {
		ids = append(ids, int64(in.Parent))
	}
	if in.Storm != nil {
		for i := range in.Storm.Parts {
			ids = in.Storm.Parts[i].addRefs(ids)
		}
	}
	return ids
}

// renumber gives an incident its numbers; one that has them already stays.
func (in *Incident) renumber(numbers map[int64]int64) {
	if in.StoredID != 0 {
		return
	}
	in.StoredID, in.ID, in.Parent = in.ID, IncidentID(numbers[int64(in.ID)]), IncidentID(numbers[int64(in.Parent)])
	if in.Storm == nil || len(in.Storm.Parts) == 0 {
		return
	}
	storm := *in.Storm // the others that show it have it too
	storm.Parts = append([]Incident(nil), storm.Parts...)
	for i := range storm.Parts {
		storm.Parts[i].renumber(numbers)
	}
	in.Storm = &storm
}

// Snapshot is what a notification is about, with the numbers of its readers. The given one stays as it is.
func (n Numbering) Snapshot(s Snapshot) Snapshot {
	if !n.Readers.Limited {
		return s
	}
	var incidents []*Incident
	if s.Incident != nil {
		in := *s.Incident
		s.Incident = &in
		incidents = append(incidents, s.Incident)
	}
	for _, list := range []*[]Incident{&s.Open, &s.Resolved, &s.Gone} {
		*list = append([]Incident(nil), *list...)
		for i := range *list {
			incidents = append(incidents, &(*list)[i])
		}
	}
	n.Incidents(incidents...)
	if s.Mute != nil {
		m := *s.Mute
		s.Mute = &m
		n.Mutes(s.Mute)
	}
	if s.Daily != nil && len(s.Daily.Mutes) > 0 {
		daily := *s.Daily
		daily.Mutes = append([]Mute(nil), daily.Mutes...)
		for i := range daily.Mutes {
			n.Mutes(&daily.Mutes[i])
		}
		s.Daily = &daily
	}
	return s
}
