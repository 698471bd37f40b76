package calendar

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	ics "github.com/arran4/golang-ical"

	"opsbot/model"
)

// mostEvents bounds a calendar.
const mostEvents = 20_000

// reader makes a Calendar of the components of a file.
type reader struct {
	Options
	out      *Calendar
	local    *time.Location            // of times without a zone
	declared map[string]*time.Location // by TZID
	zones    map[string]*time.Location // those that were found, by TZID
	masters  map[string]*event         // recurring events, by UID
	moved    []moved
}

// moved is an occurrence of a recurring event that was changed or cancelled.
type moved struct {
	uid string
	was when
}

// ReadICS reads a calendar. What it cannot understand of an event leaves that event out, and is a note; an error is of the whole file.
func ReadICS(data []byte, o Options) (*Calendar, error) {
	cal, err := ics.ParseCalendarWithOptions(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))),
		ics.WithUnknownPropertyHandler(ics.AcceptUnknownPropertyHandler))
	if err != nil {
		return nil, fmt.Errorf("read a calendar: %w", err)
	}
	events := cal.Events()
	if len(events) == 0 && len(cal.Components) == 0 && len(cal.CalendarProperties) == 0 {
		return nil, errors.New("read a calendar: it is empty")
	}
	if len(events) > mostEvents {
		return nil, fmt.Errorf("read a calendar: it has more than %d events", mostEvents)
	}
	r := &reader{
		Options: o, out: &Calendar{}, local: o.Zone, masters: map[string]*event{},
		declared: map[string]*time.Location{}, zones: map[string]*time.Location{},
	}
	for _, z := range cal.Timezones() {
		if id := z.GetProperty("TZID"); id != nil {
			r.declared[id.Value] = declaredZone(z)
		}
	}
	for _, p := range cal.CalendarProperties {
		if zone := zoneNamed(p.Value); p.IANAToken == "X-WR-TIMEZONE" && zone != nil {
			r.local = zone
		}
	}
	for _, e := range events {
		r.event(e)
	}
	for _, m := range r.moved {
		if master := r.masters[m.uid]; master != nil {
			master.repeat.leaveOut(m.was, master.zone)
		}
	}
	return r.out, nil
}

// event adds an event, or what it says of another.
func (r *reader) event(v *ics.VEvent) {
	uid := text(v, ics.ComponentPropertyUniqueId)
	if p := v.GetProperty(ics.ComponentPropertyRecurrenceId); p != nil {
		was, err := r.when(&p.BaseProperty, p.Value)
		if err != nil || parameter(&p.BaseProperty, "RANGE") != "" {
			r.leave(v, model.Say("config.note.ics.moved"))
			return
		}
		r.moved = append(r.moved, moved{uid, was})
	}
	if strings.EqualFold(text(v, ics.ComponentPropertyStatus), "CANCELLED") {
		return
	}
	e, err := r.read(v)
	if err != nil {
		r.leave(v, why(err))
		return
	}
	people, unknown := r.people(v)
	if len(unknown) > 0 {
		r.leave(v, model.Say("config.note.ics.name", "names", unknown))
	}
	if e.people = people; len(people) == 0 {
		return
	}
	r.out.events = append(r.out.events, *e)
	if e.repeat != nil {
		r.masters[uid] = e // the copy has the same repeat
	}
}

// why says why an event cannot be read.
func why(err error) model.Sentence {
	switch {
	case errors.Is(err, errZone):
		return model.Say("config.note.ics.zone", "said", err)
	case errors.Is(err, errRule):
		return model.Say("config.note.ics.rule", "said", err)
	default:
		return model.Say("config.note.ics.time", "said", err)
	}
}

// leave notes what is left out of an event.
func (r *reader) leave(v *ics.VEvent, what model.Sentence) {
	begin := ""
	if p := v.GetProperty(ics.ComponentPropertyDtStart); p != nil {
		begin = model.Clip(p.Value, 20)
	}
	r.out.note(model.Say("config.note.ics", "event", model.Clip(text(v, ics.ComponentPropertySummary), 60), "begin", begin, "what", what))
}

func text(v *ics.VEvent, name ics.ComponentProperty) string {
	if p := v.GetProperty(name); p != nil {
		return strings.TrimSpace(p.Value)
	}
	return ""
}

// read reads when an event is.
func (r *reader) read(v *ics.VEvent) (*event, error) {
	p := v.GetProperty(ics.ComponentPropertyDtStart)
	if p == nil {
		return nil, fmt.Errorf("%w: no beginning", errTime)
	}
	begin, err := r.when(&p.BaseProperty, p.Value)
	if err != nil {
		return nil, err
	}
	e := &event{zone: begin.zone, begin: begin.wall}
	if err := r.length(v, e, begin); err != nil {
		return nil, err
	}
	return e, r.repeats(v, e)
}

// maxLength is the longest shift.
const maxLength = 366 * model.Day

// length reads how long an event is.
func (r *reader) length(v *ics.VEvent, e *event, begin when) (err error) {
	end, length := v.GetProperty(ics.ComponentPropertyDtEnd), text(v, "DURATION")
	switch {
	case end != nil:
		var to when
		if to, err = r.when(&end.BaseProperty, end.Value); err != nil {
			return err
		}
		if e.length = to.wall.Sub(begin.wall); to.zone != begin.zone {
			e.length, e.exact = to.instant().Sub(begin.instant()), true
		}
	case length != "":
		e.length, e.exact, err = parseLength(length)
	case begin.whole:
		e.length = model.Day
	}
	if err != nil {
		return err
	}
	if e.length <= 0 || e.length > maxLength {
		return fmt.Errorf("%w: no end after the beginning, or one more than a year later", errTime)
	}
	return nil
}

// repeats reads when an event occurs again.
func (r *reader) repeats(v *ics.VEvent, e *event) error {
	rep := &repeat{begin: e.begin, except: map[time.Time]bool{}, days: map[time.Time]bool{}}
	var err error
	if rule := text(v, ics.ComponentPropertyRrule); rule != "" {
		if rep.rule, err = parseRule(rule, e.zone); err != nil {
			return err
		}
	}
	also, err := r.dates(v, ics.ComponentPropertyRdate)
	if err != nil {
		return err
	}
	except, err := r.dates(v, ics.ComponentPropertyExdate)
	if err != nil {
		return err
	}
	for _, w := range also {
		rep.also = append(rep.also, w.in(e.zone))
	}
	for _, w := range except {
		rep.leaveOut(w, e.zone)
	}
	if rep.rule != nil || len(also) > 0 {
		e.repeat = rep
	}
	return nil
}

// leaveOut leaves an occurrence out; of a whole day, all.
func (r *repeat) leaveOut(w when, zone *time.Location) {
	if w.whole {
		r.days[w.wall] = true
		return
	}
	r.except[w.in(zone)] = true
}

// dates reads the times of properties that have several.
func (r *reader) dates(v *ics.VEvent, name ics.ComponentProperty) ([]when, error) {
	var all []when
	for _, p := range v.GetProperties(name) {
		for value := range strings.SplitSeq(p.Value, ",") {
			w, err := r.when(&p.BaseProperty, strings.TrimSpace(value))
			if err != nil {
				return nil, err
			}
			all = append(all, w)
		}
	}
	return all, nil
}

// people are who is on call in an event: whom its title names, else whom it invites. unknown are the names that are nobody's.
func (r *reader) people(v *ics.VEvent) (people, unknown []string) {
	people, unknown = r.named(text(v, ics.ComponentPropertySummary))
	if len(people) > 0 {
		return people, unknown
	}
	for _, a := range v.GetProperties(ics.ComponentPropertyAttendee) {
		address := strings.TrimPrefix(strings.TrimPrefix(a.Value, "mailto:"), "MAILTO:")
		local, _, _ := strings.Cut(address, "@")
		for _, name := range []string{address, parameter(&a.BaseProperty, "CN"), local} {
			if person, known := r.Person(strings.TrimSpace(name)); known {
				people = append(people, person)
				break
			}
		}
	}
	if len(people) > 0 {
		unknown = nil
	}
	slices.Sort(people)
	return slices.Compact(people), unknown
}
