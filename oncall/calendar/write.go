package calendar

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"time"

	ics "github.com/arran4/golang-ical"

	"opsbot/oncall"
)

// WriteICS writes shifts as a calendar, each an event with the name of its person, in whole seconds. at is when it is written. Shifts need
// both of their ends: cut them first. The same shift has the same UID, whenever it is written.
func WriteICS(w io.Writer, schedule string, shifts []oncall.Shift, at time.Time) error {
	cal := ics.NewCalendarFor("opsbot")
	cal.SetMethod(ics.MethodPublish)
	cal.SetXWRCalName(schedule)
	for _, s := range shifts {
		e := cal.AddEvent(uid(schedule, s))
		e.SetDtStampTime(at)
		e.SetStartAt(s.From)
		e.SetEndAt(s.To)
		e.SetSummary(s.Person)
		e.SetTimeTransparency(ics.TransparencyTransparent)
	}
	return cal.SerializeTo(w)
}

// Entry is a shift of a schedule.
type Entry struct {
	Schedule string
	oncall.Shift
}

// WritePersonal writes the shifts of one person as a calendar, each an event with the schedule and the name in its title, as ReadICS reads it. What
// holds for WriteICS does here. Programs are asked to read it again every hour.
func WritePersonal(w io.Writer, person string, all []Entry, at time.Time) error {
	cal := ics.NewCalendarFor("opsbot")
	cal.SetMethod(ics.MethodPublish)
	cal.SetXWRCalName("On call: " + person)
	cal.SetRefreshInterval("PT1H")
	cal.SetXPublishedTTL("PT1H")
	for _, one := range all {
		e := cal.AddEvent(uid(one.Schedule, one.Shift))
		e.SetDtStampTime(at)
		e.SetStartAt(one.From)
		e.SetEndAt(one.To)
		e.SetSummary("On call - " + person + " - " + one.Schedule)
	}
	return cal.SerializeTo(w)
}

func uid(schedule string, s oncall.Shift) string {
	sum := sha256.Sum256([]byte(schedule + "\x00" + s.Person + "\x00" + s.From.UTC().Format(time.RFC3339)))
	return hex.EncodeToString(sum[:12]) + "@opsbot"
}
