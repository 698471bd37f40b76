// Package moving reads people and schedules from the exports of other on-call programs: Grafana OnCall, GoAlert, PagerDuty, Opsgenie.
//
// It is pure like package oncall, which it belongs to: it gets the bytes of files, and must not know where they are from or where what it found goes.
// What a program has and opsbot has not is left out and noted, by name.
package moving

import (
	"cmp"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"opsbot/model"
	"opsbot/oncall"
)

// The kinds of exports.
const (
	OnCall    = "oncall"
	GoAlert   = "goalert"
	PagerDuty = "pagerduty"
	Opsgenie  = "opsgenie"
)

// File is an export, or a part of it.
type File struct {
	Name string // for errors
	Data []byte
	At   time.Time // when it was made
}

// Person is somebody whom an export names.
type Person struct {
	ID    string
	Name  string // one word, unique among the people
	Full  string
	Ref   string // what schedules call them
	Email string
	Phone string // "": not known
	Zone  string // of IANA; "": not known
}

// Layer is one rotation, or a calendar.
type Layer struct {
	People []string // ids of people, in the order of their turns
	Start  time.Time
	Every  oncall.Every
	Hours  string // as in the configuration; "": always
	ICS    string // the address of a calendar, in place of the others
}

// Schedule is one schedule.
type Schedule struct {
	Name   string
	Zone   string
	Layers []Layer // a later one wins
}

// Export is what was found.
type Export struct {
	People    []Person // that schedules name, by name
	Schedules []Schedule
	Notes     []model.Sentence // what could not be carried over
}

// Read reads the files of an export. An error is of a file that is none of that kind.
func Read(kind string, files []File) (*Export, error) {
	readers := map[string]func(*reader, []File) error{OnCall: readOnCall, GoAlert: readGoAlert, PagerDuty: readPagerDuty, Opsgenie: readOpsgenie}
	r := &reader{people: map[string]*Person{}}
	if err := readers[kind](r, files); err != nil {
		return nil, err
	}
	if len(r.schedules) == 0 {
		return nil, &model.ValueError{What: model.Say("moving.nothing", "kind", kind)}
	}
	return r.export(), nil
}

// reader collects what was found.
type reader struct {
	people    map[string]*Person // by id
	schedules []Schedule
	notes     []model.Sentence
}

// note says what of a schedule is left out, or is not the same.
func (r *reader) note(schedule string, what model.Sentence) {
	r.notes = append(r.notes, model.Say("moving.note", "schedule", schedule, "what", what))
}

// person notes somebody whom the export describes. A later description completes an earlier one.
func (r *reader) person(p Person) {
	if p.ID == "" {
		return
	}
	was := r.people[p.ID]
	if was == nil {
		was = &Person{ID: p.ID}
		r.people[p.ID] = was
	}
	was.Ref = cmp.Or(was.Ref, p.Ref)
	was.Full, was.Email, was.Phone, was.Zone = cmp.Or(was.Full, p.Full), cmp.Or(was.Email, p.Email), cmp.Or(was.Phone, p.Phone), cmp.Or(was.Zone, p.Zone)
}

// schedule adds a schedule whose layers can be carried over. Those that count side by side there are layers above each other here: that is noted.
func (r *reader) schedule(s Schedule, sideBySide bool) {
	if s.Zone == "" {
		r.note(s.Name, model.Say("moving.zone"))
		s.Zone = "UTC"
	}
	if len(s.Layers) == 0 {
		r.note(s.Name, model.Say("moving.empty"))
		return
	}
	if sideBySide && len(s.Layers) > 1 {
		r.note(s.Name, model.Say("moving.side_by_side", "n", len(s.Layers)))
	}
	r.schedules = append(r.schedules, s)
}

// export is what was found, with one name for each person and schedule.
func (r *reader) export() *Export {
	e := &Export{Schedules: r.schedules, Notes: r.notes}
	used := map[string]bool{}
	for i := range e.Schedules {
		s := &e.Schedules[i]
		s.Name = unique(word(s.Name), used)
		for _, l := range s.Layers {
			for _, id := range l.People {
				if r.people[id] == nil {
					r.people[id] = &Person{ID: id}
				}
				if p := r.people[id]; p.Name == "" {
					p.Name = "?"
				}
			}
		}
	}
	for _, p := range r.people {
		if p.Name != "" {
			e.People = append(e.People, *p)
		}
	}
	slices.SortFunc(e.People, func(a, b Person) int { return cmp.Or(cmp.Compare(wordOf(&a), wordOf(&b)), cmp.Compare(a.ID, b.ID)) })
	names := map[string]bool{}
	for i := range e.People {
		e.People[i].Name = unique(wordOf(&e.People[i]), names)
	}
	return e
}

// wordOf is what a person is called: by the name of the mailbox, the full name, or the id.
func wordOf(p *Person) string {
	local, _, _ := strings.Cut(p.Email, "@")
	return cmp.Or(word(local), word(p.Full), word(p.Ref), word(p.ID), "person")
}

// word makes a name one word, in small letters, as people type it.
func word(name string) string {
	name = strings.ToLower(model.PersonName(name))
	return strings.Trim(strings.Join(strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune(" '\"&<>,()[]{}", r) }), "-"), "-.")
}

// unique is a name that is not used yet.
func unique(name string, used map[string]bool) string {
	name = cmp.Or(name, "schedule")
	for n, one := 2, name; ; n++ {
		if !used[one] {
			used[one] = true
			return one
		}
		one = name + "-" + string(rune('0'+n%10))
		if n > 9 {
			one = name + "-" + strings.Repeat("x", n-9)
		}
	}
}

// decode reads a file of JSON.
func decode(f File, into any) error {
	if err := json.Unmarshal([]byte(strings.TrimPrefix(string(f.Data), "\ufeff")), into); err != nil {
		return &model.ValueError{What: model.Say("moving.no_json", "file", f.Name, "said", plainError(err))}
	}
	return nil
}

// plainError is why JSON cannot be read, without the types of this program.
func plainError(err error) string {
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return e.Field + ": " + e.Value
	}
	return err.Error()
}

// wallIn is what the clock of a zone shows at a moment, as a time in UTC, to the minute.
func wallIn(at time.Time, zone string) time.Time {
	loc, err := time.LoadLocation(zone)
	if err != nil {
		loc = time.UTC
	}
	at = at.In(loc)
	return time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), 0, 0, time.UTC)
}

// every is a length of turns; ok is false for one that opsbot has not.
func every(length time.Duration) (e oncall.Every, ok bool) {
	switch days := int(length / model.Day); {
	case length <= 0:
		return e, false
	case length%model.Day == 0 && days <= 56:
		return oncall.Days(days), true
	case length%time.Hour == 0 && length < model.Day:
		return oncall.Hours(int(length / time.Hour)), true
	default:
		return e, false
	}
}

// rotated are people so that the one at an index is the first.
func rotated(people []string, first int) []string {
	if len(people) == 0 {
		return nil
	}
	first = ((first % len(people)) + len(people)) % len(people)
	return append(slices.Clone(people[first:]), people[:first]...)
}
