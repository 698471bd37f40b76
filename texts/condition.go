package texts

import (
	"time"

	"opsbot/model"
)

// Condition says how an incident is now beside what it is: "flapping, works right now", "works again since 14:02, press Reset"; "" if
// it is simply open, or over. Whatever shows incidents takes these words.
func (p *Printer) Condition(in *model.Incident, now time.Time) string {
	switch in.Condition() {
	case model.ConditionLatched:
		return p.Latched(in.WorksSince, now)
	case model.ConditionResting:
		if in.Storm != nil {
			return p.T("condition.storm_resting")
		}
		return p.T("condition.resting")
	case model.ConditionVerifying:
		return p.T("condition.verifying")
	case model.ConditionMuted:
		return p.T("condition.muted", Args{"until": p.Moment(in.MutedUntil, now)})
	case model.ConditionOpen:
		if in.Flap != nil {
			return p.T("condition.flapping")
		}
	}
	return ""
}

// Latched says that something works again and waits for a reset.
func (p *Printer) Latched(since, now time.Time) string {
	return p.T("condition.latched", Args{"at": p.Moment(since, now)})
}

// Counted says how many incidents are open, and apart how many are being verified or work right now: "2 open incidents · 1 works
// right now".
func (p *Printer) Counted(n model.IncidentCount) string {
	text := p.T("count.none_open")
	if n.Open > 0 {
		text = p.N("count.open", n.Open)
	}
	if n.Verifying > 0 {
		text += " · " + p.N("count.verifying", n.Verifying)
	}
	if n.Working > 0 {
		text += " · " + p.N("count.working", n.Working)
	}
	return text
}
