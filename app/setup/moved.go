package setup

import (
	"slices"
	"strings"
	"time"

	"opsbot/model"
	"opsbot/oncall"
)

// movedAhead is how far ahead a reload compares schedules: the longest turn.
const movedAhead = 8 * model.Week

// Moved are the people whose shifts in the next weeks another configuration changes: whoever joins a rotation moves those behind. Schedules that
// are new move nobody.
func (l *Loaded) Moved(next *Loaded, now time.Time) model.Problems {
	return next.MovedBy(l.Roster, next.Roster, now)
}

// MovedBy is Moved from one roster to another, that of this configuration. A schedule of which a calendar was never read moves nobody.
func (l *Loaded) MovedBy(was, is *oncall.Roster, now time.Time) model.Problems {
	next := l
	var all model.Problems
	for _, before := range was.Schedules {
		at := model.Place{File: next.Config.Files[0], Path: "schedules"}
		var after *oncall.Schedule
		if i := slices.IndexFunc(is.Schedules, func(s *oncall.Schedule) bool { return s.Name == before.Name }); i >= 0 {
			after, at = is.Schedules[i], next.Config.OnCall[i].At
		}
		if before.Missing || after != nil && after.Missing {
			continue
		}
		for _, m := range oncall.Moved(before, after, now, now.Add(movedAhead)) {
			all = append(all, at.Problem(movedNote(before.Name, &m, before.Zone)))
		}
	}
	return all
}

func movedNote(schedule string, m *oncall.Move, zone *time.Location) model.Sentence {
	was, now := ranges(m.Was, zone), ranges(m.Now, zone)
	switch {
	case len(m.Now) == 0:
		return model.Say("config.note.oncall.freed", "person", m.Person, "schedule", schedule, "was", was)
	case len(m.Was) == 0:
		return model.Say("config.note.oncall.joined", "person", m.Person, "schedule", schedule, "now", now)
	default:
		return model.Say("config.note.oncall.moved", "person", m.Person, "schedule", schedule, "was", was, "now", now)
	}
}

// mostRanges is how many shifts a note names.
const mostRanges = 3

// ranges are shifts in words, the next first.
func ranges(shifts []oncall.Shift, zone *time.Location) string {
	end := func(t time.Time) string {
		if t.IsZero() {
			return "…"
		}
		return t.In(zone).Format("2006-01-02 15:04")
	}
	var all []string
	for i, s := range shifts {
		if i == mostRanges {
			all = append(all, "…")
			break
		}
		all = append(all, end(s.From)+" – "+end(s.To))
	}
	return strings.Join(all, ", ")
}
