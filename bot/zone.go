package bot

import (
	"cmp"
	"fmt"
	"time"

	"opsbot/model"
	"opsbot/texts"
)

// zone is the time zone in which the requester writes and reads times: that of the chat, else of all.
func (r *request) zone() *time.Location { return cmp.Or(r.actor.Zone, r.b.d.Zone()) }

// zoned is the current time in it.
func (r *request) zoned() time.Time { return r.b.d.Now().In(r.zone()) }

// zoneAt is the time zone of what is sent somewhere.
func (c *Cards) zoneAt(to model.Destination) *time.Location {
	if c.ZoneAt != nil {
		return cmp.Or(c.ZoneAt(to), c.Zone())
	}
	return c.Zone()
}

// elsewhere reports whether the reader's clock differs from that of all at a time.
func (s *renderer) elsewhere(at time.Time) bool {
	if s.zone == nil || s.usual == nil {
		return false
	}
	_, here := at.In(s.zone).Zone()
	_, there := at.In(s.usual).Zone()
	return here != there
}

// zoneLine names the time zone of a chat whose clock differs from that of all; "" elsewhere, where nobody needs it.
func (s *renderer) zoneLine() block {
	if !s.elsewhere(s.now) {
		return ""
	}
	return block(s.p.HTML("zone.line", texts.Args{"zone": s.zone.String(), "offset": offset(s.now.In(s.zone))}))
}

// until is a moment that somebody has chosen, with its zone where it could be taken for another one.
func (s *renderer) until(t time.Time) string {
	if t.IsZero() || !s.elsewhere(t) {
		return s.moment(t)
	}
	return s.moment(t) + " (" + offset(t.In(s.zone)) + ")"
}

// offset is "UTC", "UTC+3", "UTC-4:30".
func offset(t time.Time) string {
	_, seconds := t.Zone()
	if seconds == 0 {
		return "UTC"
	}
	text := fmt.Sprintf("UTC%+d", seconds/3600)
	if minutes := max(seconds, -seconds) / 60 % 60; minutes != 0 {
		text += fmt.Sprintf(":%02d", minutes)
	}
	return text
}
