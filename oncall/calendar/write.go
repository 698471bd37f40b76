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

func uid(schedule string, s oncall.Shift) string {
	sum := sha256.Sum256([]byte(schedule + "\x00" + s.Person + "\x00" + s.From.UTC().Format(time.RFC3339)))
	return hex.EncodeToString(sum[:12]) + "@opsbot"
}
