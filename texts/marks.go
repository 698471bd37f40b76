package texts

import (
	"slices"
	"strings"
	"time"

	"opsbot/model"
)

// Level is how bad something is, for the eye. Each has one mark and one colour, the same in the chat, in mails, in documents and on
// the command line.
type Level uint8

// The levels. Beside the severities there is one for services at risk, and one for what is not known.
const (
	LevelOK Level = iota
	LevelInfo
	LevelWarning
	LevelRisk
	LevelCritical
	LevelUnknown
)

var levels = [...]struct {
	mark, color string
	texts       []string // ids of its meanings
}{
	LevelOK:       {"🟢", "#2e7d32", []string{"verdict.ok"}},
	LevelInfo:     {"🔵", "#1565c0", []string{"severity.info"}},
	LevelWarning:  {"🟡", "#f9a825", []string{"severity.warning", "verdict.degraded"}},
	LevelRisk:     {"🟠", "#ef6c00", []string{"verdict.at_risk"}},
	LevelCritical: {"🔴", "#c62828", []string{"severity.critical", "verdict.down"}},
	LevelUnknown:  {"⚪", "#607d8b", []string{"verdict.unknown"}},
}

// Mark is the emoji at the start of a line.
func (l Level) Mark() string { return levels[l].mark }

// Color is the colour of documents, as CSS writes it.
func (l Level) Color() string { return levels[l].color }

// Legend explains the marks: "🟢 ok · 🔵 info · …".
func (p *Printer) Legend() string {
	parts := make([]string, len(levels))
	for i := range levels {
		var means []string
		for _, id := range levels[i].texts {
			means = append(means, p.T(id))
		}
		parts[i] = levels[i].mark + " " + strings.Join(means, ", ")
	}
	return strings.Join(parts, " · ")
}

// OfSeverity is the level of a severity.
func OfSeverity(s model.Severity) Level {
	switch s {
	case model.SeverityCritical:
		return LevelCritical
	case model.SeverityWarning:
		return LevelWarning
	default:
		return LevelInfo
	}
}

// OfVerdict is the level of a verdict on a service or a client.
func OfVerdict(v model.Verdict) Level {
	switch v {
	case model.VerdictOK:
		return LevelOK
	case model.VerdictDegraded:
		return LevelWarning
	case model.VerdictAtRisk:
		return LevelRisk
	case model.VerdictDown:
		return LevelCritical
	default:
		return LevelUnknown
	}
}

// OfStatus is the level of one result.
func OfStatus(s model.Status) Level {
	switch s {
	case model.StatusOK:
		return LevelOK
	case model.StatusFail:
		return LevelCritical
	default:
		return LevelUnknown
	}
}

// OfCheck is the level of a check's state.
func OfCheck(s *model.CheckState) Level {
	switch s.Condition() {
	case model.ConditionOpen:
		return LevelCritical
	case model.ConditionUnknown:
		return LevelUnknown
	case model.ConditionFailing, model.ConditionLatched:
		return LevelWarning
	default:
		return LevelOK
	}
}

// OfIncident is the level of an incident as it is now: that of its worst verdict, so that a colour means the same on its card as in a line
// about one service; of a check of its own that of its severity. What works right now does not look as bad as what it was.
func OfIncident(in *model.Incident) Level {
	switch {
	case !in.Open() && in.Reason.Code == model.ReasonLeftInventory:
		return LevelUnknown
	case !in.Open():
		return LevelOK
	case in.Condition().Works():
		return LevelWarning
	default:
		return atItsWorst(in)
	}
}

// OfPast is the level that an incident had at its worst, over or not.
func OfPast(in *model.Incident) Level {
	was := *in
	was.ClosedAt, was.WorksSince, was.Flap, was.MutedUntil, was.Severity = time.Time{}, time.Time{}, nil, time.Time{}, max(in.Worst, in.Severity)
	switch {
	case was.EventGroup != nil && len(was.EventGroup.Worst) > 0:
		was.Affected = was.EventGroup.Worst
	case was.Storm != nil && len(was.Storm.Worst) > 0:
		was.Affected = was.Storm.Worst
	}
	return atItsWorst(&was)
}

func atItsWorst(in *model.Incident) Level {
	if in.Reason.Code == model.ReasonUnknownLong {
		return LevelUnknown
	}
	worst := slices.SortedStableFunc(slices.Values(in.Affected), model.CompareStates)
	if len(worst) == 0 || worst[0].Verdict == model.VerdictOK {
		return OfSeverity(in.Severity)
	}
	level := OfVerdict(worst[0].Verdict)
	switch { // what is no service has a severity of its own
	case in.EventGroup != nil && len(in.EventGroup.Critical) > 0, in.Storm != nil && in.Storm.ChecksAll > 0 && len(in.Storm.Parts) == 0:
		return Worse(level, OfSeverity(in.Severity))
	case in.Storm != nil:
		for i := range in.Storm.Parts {
			if part := &in.Storm.Parts[i]; part.Open() && !part.Condition().Works() && part.Kind == model.IncidentCheck {
				level = Worse(level, atItsWorst(part))
			}
		}
	}
	return level
}

// Worse is the one of two levels that matters more: what is not known matters less than what is at risk.
func Worse(a, b Level) Level {
	rank := func(l Level) int {
		return slices.Index([]Level{LevelOK, LevelInfo, LevelWarning, LevelUnknown, LevelRisk, LevelCritical}, l)
	}
	if rank(b) > rank(a) {
		return b
	}
	return a
}

// OfTest is the level of what a web test found of a client: that of the card that the same would open.
func OfTest(c *model.ClientTest) Level {
	switch {
	case c.Verdict == model.VerdictDegraded, c.Verdict == model.VerdictAtRisk, c.Verdict == model.VerdictDown:
		return OfVerdict(c.Verdict)
	case c.Severity > model.SeverityInfo:
		return OfSeverity(c.Severity)
	case c.Failed > 0:
		return LevelInfo
	default:
		return LevelOK
	}
}

// OfWebTest is the level of a web test of several clients: that of the worst of them.
func OfWebTest(t *model.WebTest) Level {
	worst := LevelOK
	for i := range t.Clients {
		worst = Worse(worst, OfTest(&t.Clients[i]))
	}
	return worst
}

// OfNotification is the level of a message: that of its incident, else its severity; OK once its incident is resolved.
func OfNotification(n *model.Notification) Level {
	if n.Kind == model.NotifyResolved || n.Snapshot.Incident != nil && !n.Snapshot.Incident.Open() {
		return LevelOK
	}
	if in := n.Snapshot.Incident; in != nil {
		return OfIncident(in)
	}
	return OfSeverity(n.Severity)
}

// OfChange is the level of what an update changed.
func OfChange(k model.ChangeKind) Level {
	switch k {
	case model.ChangeBroken, model.ChangeNew:
		return LevelCritical
	case model.ChangeUnsteady, model.ChangeSlower, model.ChangeStill:
		return LevelWarning
	case model.ChangeUnclear:
		return LevelUnknown
	default:
		return LevelOK
	}
}
