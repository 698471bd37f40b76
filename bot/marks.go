package bot

import "opsbot/model"

// The marks stand at the beginning of a line: what is red is seen before it is read.
var (
	verdictMarks  = map[model.Verdict]string{model.VerdictOK: "🟢", model.VerdictDegraded: "🟡", model.VerdictAtRisk: "🟠", model.VerdictUnknown: "⚪", model.VerdictDown: "🔴"}
	severityMarks = map[model.Severity]string{model.SeverityInfo: "🔵", model.SeverityWarning: "🟡", model.SeverityCritical: "🔴"}
	statusMarks   = map[model.Status]string{model.StatusOK: "🟢", model.StatusFail: "🔴", model.StatusUnknown: "⚪"}
)

func markOf(v model.Verdict) string { return verdictMarks[v] }

func markOfSeverity(s model.Severity) string { return severityMarks[s] }

func markOfStatus(s model.Status) string { return statusMarks[s] }

func markOfPhase(s model.CheckState) string {
	switch {
	case s.Phase == model.PhaseDown:
		return "🔴"
	case s.Status == model.StatusUnknown:
		return "⚪"
	case s.Phase == model.PhaseFailing:
		return "🟡"
	default:
		return "🟢"
	}
}
