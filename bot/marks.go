package bot

import "opsbot"

// The marks stand at the beginning of a line: what is red is seen before it is read.
var (
	verdictMarks  = map[opsbot.Verdict]string{opsbot.VerdictOK: "🟢", opsbot.VerdictDegraded: "🟡", opsbot.VerdictAtRisk: "🟠", opsbot.VerdictUnknown: "⚪", opsbot.VerdictDown: "🔴"}
	severityMarks = map[opsbot.Severity]string{opsbot.SeverityInfo: "🔵", opsbot.SeverityWarning: "🟡", opsbot.SeverityCritical: "🔴"}
	statusMarks   = map[opsbot.Status]string{opsbot.StatusOK: "🟢", opsbot.StatusFail: "🔴", opsbot.StatusUnknown: "⚪"}
)

func markOf(v opsbot.Verdict) string          { return verdictMarks[v] }
func markOfSeverity(s opsbot.Severity) string { return severityMarks[s] }
func markOfStatus(s opsbot.Status) string     { return statusMarks[s] }

func markOfPhase(s opsbot.CheckState) string {
	switch {
	case s.Phase == opsbot.PhaseDown:
		return "🔴"
	case s.Status == opsbot.StatusUnknown:
		return "⚪"
	case s.Phase == opsbot.PhaseFailing:
		return "🟡"
	default:
		return "🟢"
	}
}
