package payload_test

import (
	"strings"
	"testing"

	"opsbot/inbound/payload"
	"opsbot/model"
)

func TestUsualSeverities(t *testing.T) {
	for severity, words := range map[model.Severity]string{
		model.SeverityCritical: "critical|Critical|CRIT|critical |page|error|fatal|emergency|disaster|high|Major|P1|p2|sev1|SEV-2|Sev 1|1|urgent|blocker",
		model.SeverityWarning:  "warning|Warn|minor|average|medium|P3|sev3|unknown|3",
		model.SeverityInfo:     "info|none|ok|OK|notice|debug|low|P4|p5|sev-4|information|Not classified|5",
	} {
		for word := range strings.SplitSeq(words, "|") {
			if got, ok := payload.Severities(nil).Of(word); !ok || got != severity {
				t.Errorf("%q is %v, %v, and not %v", word, got, ok, severity)
			}
		}
	}
}

func TestOwnSeveritiesComeFirst(t *testing.T) {
	own := payload.NewSeverities(map[string]model.Severity{"Gold": model.SeverityCritical, "page": model.SeverityWarning, "sev-1": model.SeverityInfo})
	for word, want := range map[string]model.Severity{
		"gold ": model.SeverityCritical, "PAGE": model.SeverityWarning, "Sev 1": model.SeverityInfo, "critical": model.SeverityCritical,
	} {
		var n payload.Notes
		if got := own.Or(&n, "severity", word, model.SeverityWarning); got != want || len(n.All()) != 0 {
			t.Errorf("%q is %v, said %v", word, got, n.All())
		}
	}
}

// TestUnknownSeverityIsSaid: a word that means nothing is a warning, and no secret.
func TestUnknownSeverityIsSaid(t *testing.T) {
	var n payload.Notes
	if got := payload.Severities(nil).Or(&n, "severity", "mauve", model.SeverityWarning); got != model.SeverityWarning {
		t.Error(got)
	}
	if said := payload.Sentence(n.All()); said != "event 0: severity cannot be read: taken without it" {
		t.Error(said)
	}
	if payload.Severities(nil).Or(&n, "severity", " ", model.SeverityWarning); len(n.All()) != 1 {
		t.Errorf("none is odd: %v", n.All())
	}
}
