// Package moved is what the readers of other monitors' configurations produce: tables of opsbot's configuration, and notes on what
// opsbot does not do in the same way.
//
// It must not know any of these programs, nor what becomes of the tables.
package moved

import (
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"opsbot/model"
)

// Options are what a reader may know of the opsbot that moves in.
type Options struct {
	Zone   *time.Location // of its schedules
	Module string         // of blackbox: the module of targets that name none
}

// Moved is what a configuration has, as far as opsbot can take it over, in the order of the source.
type Moved struct {
	Tables []*Table
	Notes  []Note

	more int // notes that had no room
}

// The limits of one source: a damaged file must not fill the memory.
const (
	MaxTables = 20_000
	maxNotes  = 5_000
)

// Table is one table of a list of opsbot's configuration, such as a check.
type Table struct {
	Section string // "checks", "maintenance"
	ID      string // in the source; it stays the same when the thing is renamed there, where the source allows
	Name    string // as the source says it; it is made a valid and unique name later
	At      string // the place in the source, for people
	Keys    []Key
}

// Key is a key with its value: string, int, bool, []string, map[string]string, Secret, Refs, or []any of texts and numbers.
type Key struct {
	Name  string
	Value any
}

// Secret is a value that goes into a file of its own; the key gets the file's path.
type Secret string

// Refs are ids of other tables, which are written as their names.
type Refs []string

// Note is one thing of the source that is not carried over, or not in the same way.
type Note struct {
	At   string // the place in the source, for people
	What model.Sentence
	Left bool // nothing of it is carried over; otherwise it is, with a difference
}

// Check is a new check, to be filled and added.
func Check(id, name, kind string) *Table {
	return &Table{Section: "checks", ID: id, Name: name, At: name, Keys: []Key{{"kind", kind}}}
}

// Set sets a key. A zero value (an empty text or list, 0, false) is left out: it is the default.
func (t *Table) Set(name string, value any) *Table {
	if zero(value) {
		return t
	}
	if i := slices.IndexFunc(t.Keys, func(k Key) bool { return k.Name == name }); i >= 0 {
		t.Keys[i].Value = value
		return t
	}
	t.Keys = append(t.Keys, Key{name, value})
	return t
}

// Get is the value of a key; nil if it is not set.
func (t *Table) Get(name string) any {
	for _, k := range t.Keys {
		if k.Name == name {
			return k.Value
		}
	}
	return nil
}

// Duration sets a key to a length of time; zero leaves it out.
func (t *Table) Duration(name string, d time.Duration) *Table {
	return t.Set(name, Length(d))
}

// Every sets the schedule: every d, at least a second.
func (t *Table) Every(d time.Duration) *Table {
	if d <= 0 {
		return t
	}
	return t.Set("schedule", "@every "+Length(max(d.Truncate(time.Second), time.Second)))
}

// Length is a length of time as the configuration has it; "" for none.
func Length(d time.Duration) string {
	d = d.Round(time.Millisecond)
	if d <= 0 {
		return ""
	}
	return model.Duration(d).String()
}

// Failures sets how many failed results in a row make it down; 64 is the most that opsbot counts.
func (t *Table) Failures(n int) *Table {
	return t.Set("failures", max(1, min(n, 64)))
}

func zero(value any) bool {
	switch v := value.(type) {
	case string:
		return v == ""
	case int:
		return v == 0
	case bool:
		return !v
	case []string:
		return len(v) == 0
	case []any:
		return len(v) == 0
	case map[string]string:
		return len(v) == 0
	case Secret:
		return v == ""
	case Refs:
		return len(v) == 0
	default:
		return value == nil
	}
}

// Add takes a table over; of too many the rest is counted in a note.
func (m *Moved) Add(t *Table) {
	if len(m.Tables) >= MaxTables {
		if len(m.Tables) == MaxTables {
			m.Left(t.At, model.Say("movein.too_many", "most", MaxTables))
		}
		return
	}
	m.Tables = append(m.Tables, t)
}

// Left notes that a thing is not carried over: why, and what to do.
func (m *Moved) Left(at string, what model.Sentence) { m.note(Note{At: at, What: what, Left: true}) }

// Differs notes that a thing is carried over with a difference.
func (m *Moved) Differs(at string, what model.Sentence) { m.note(Note{At: at, What: what}) }

func (m *Moved) note(n Note) {
	n.At = model.Clip(n.At, maxPlace)
	if slices.ContainsFunc(m.Notes[max(0, len(m.Notes)-20):], func(o Note) bool { return o.At == n.At && o.What.String() == n.What.String() && o.Left == n.Left }) {
		return
	}
	if len(m.Notes) < maxNotes {
		m.Notes = append(m.Notes, n)
		return
	}
	if m.more == 0 {
		m.Notes = append(m.Notes, Note{})
	}
	m.more++
	m.Notes[maxNotes] = Note{What: model.Say("movein.more_notes", "n", m.more), Left: true}
}

// maxPlace bounds the place of a note, in letters.
const maxPlace = 120

// Line is a place in a file: "gatus.yml:41".
func Line(file string, line int) string {
	file = filepath.Base(file)
	if line <= 0 {
		return file
	}
	return fmt.Sprintf("%s:%d", file, line)
}
