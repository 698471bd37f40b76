package texts_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/texts"
)

// TestMarks holds every severity, verdict and status to its one mark and colour.
func TestMarks(t *testing.T) {
	for _, c := range []struct {
		name        string
		got         texts.Level
		mark, color string
	}{
		{"info", texts.OfSeverity(model.SeverityInfo), "🔵", "#1565c0"},
		{"warning", texts.OfSeverity(model.SeverityWarning), "🟡", "#f9a825"},
		{"critical", texts.OfSeverity(model.SeverityCritical), "🔴", "#c62828"},
		{"ok", texts.OfVerdict(model.VerdictOK), "🟢", "#2e7d32"},
		{"degraded", texts.OfVerdict(model.VerdictDegraded), "🟡", "#f9a825"},
		{"at risk", texts.OfVerdict(model.VerdictAtRisk), "🟠", "#ef6c00"},
		{"unknown", texts.OfVerdict(model.VerdictUnknown), "⚪", "#607d8b"},
		{"down", texts.OfVerdict(model.VerdictDown), "🔴", "#c62828"},
		{"result ok", texts.OfStatus(model.StatusOK), "🟢", "#2e7d32"},
		{"result failed", texts.OfStatus(model.StatusFail), "🔴", "#c62828"},
		{"result unknown", texts.OfStatus(model.StatusUnknown), "⚪", "#607d8b"},
		{"check ok", texts.OfCheck(&model.CheckState{Status: model.StatusOK}), "🟢", "#2e7d32"},
		{"check failing", texts.OfCheck(&model.CheckState{Phase: model.PhaseFailing, Status: model.StatusFail}), "🟡", "#f9a825"},
		{"check down", texts.OfCheck(&model.CheckState{Phase: model.PhaseDown}), "🔴", "#c62828"},
		{"check unknown", texts.OfCheck(&model.CheckState{Phase: model.PhaseFailing, Status: model.StatusUnknown}), "⚪", "#607d8b"},
		{"incident at risk, of a critical client", texts.OfIncident(&model.Incident{Kind: model.IncidentService, Severity: model.SeverityCritical, Affected: []model.ServiceState{{Verdict: model.VerdictAtRisk, Tier: model.TierGold}}}), "🟠", "#ef6c00"},
		{"incident, worst first or not", texts.OfIncident(&model.Incident{Kind: model.IncidentHost, Severity: model.SeverityCritical, Affected: []model.ServiceState{{Verdict: model.VerdictDegraded}, {Verdict: model.VerdictDown}}}), "🔴", "#c62828"},
		{"check that is unknown", texts.OfIncident(&model.Incident{Kind: model.IncidentCheck, Severity: model.SeverityWarning, Reason: model.NewReason(model.ReasonUnknownLong)}), "⚪", "#607d8b"},
		{"check with a warning", texts.OfIncident(&model.Incident{Kind: model.IncidentCheck, Severity: model.SeverityWarning}), "🟡", "#f9a825"},
		{"client at risk beside a check that is down", texts.OfIncident(&model.Incident{
			Kind: model.IncidentStorm, Severity: model.SeverityCritical, Affected: []model.ServiceState{{Verdict: model.VerdictAtRisk}},
			Storm: &model.Storm{Total: 2, Open: 2, Parts: []model.Incident{{Kind: model.IncidentCheck, Severity: model.SeverityCritical}}},
		}), "🔴", "#c62828"},
		{"what it was at its worst", texts.OfPast(&model.Incident{Kind: model.IncidentStorm, ClosedAt: time.Unix(1, 0), Worst: model.SeverityCritical, Storm: &model.Storm{Worst: []model.ServiceState{{Verdict: model.VerdictAtRisk}}}}), "🟠", "#ef6c00"},
		{"test ok", texts.OfTest(&model.ClientTest{}), "🟢", "#2e7d32"},
		{"test with few failures", texts.OfTest(&model.ClientTest{Tally: model.Tally{Failed: 1}}), "🔵", "#1565c0"},
		{"test with a warning", texts.OfTest(&model.ClientTest{Severity: model.SeverityWarning}), "🟡", "#f9a825"},
		{"test of a critical client at risk", texts.OfTest(&model.ClientTest{Severity: model.SeverityCritical, Verdict: model.VerdictAtRisk}), "🟠", "#ef6c00"},
		{"test with a client at risk and one that is unknown", texts.OfWebTest(&model.WebTest{Clients: []model.ClientTest{
			{Severity: model.SeverityWarning, Verdict: model.VerdictUnknown}, {Verdict: model.VerdictAtRisk},
		}}), "🟠", "#ef6c00"},
		{"test of none", texts.OfWebTest(&model.WebTest{}), "🟢", "#2e7d32"},
		{"message", texts.OfNotification(&model.Notification{Severity: model.SeverityCritical}), "🔴", "#c62828"},
		{"message of an end", texts.OfNotification(&model.Notification{Kind: model.NotifyResolved, Severity: model.SeverityCritical}), "🟢", "#2e7d32"},
		{"broken", texts.OfChange(model.ChangeBroken), "🔴", "#c62828"},
		{"slower", texts.OfChange(model.ChangeSlower), "🟡", "#f9a825"},
		{"unclear", texts.OfChange(model.ChangeUnclear), "⚪", "#607d8b"},
		{"fixed", texts.OfChange(model.ChangeFixed), "🟢", "#2e7d32"},
	} {
		if c.got.Mark() != c.mark || c.got.Color() != c.color {
			t.Errorf("%s: %s %s, want %s %s", c.name, c.got.Mark(), c.got.Color(), c.mark, c.color)
		}
	}
}

func TestLegendExplainsEveryMark(t *testing.T) {
	for _, lang := range texts.Languages() {
		got := load(t).For(lang).Legend()
		for l := texts.LevelOK; l <= texts.LevelUnknown; l++ {
			if !strings.Contains(got, l.Mark()+" ") {
				t.Errorf("%s: no %s in %q", lang, l.Mark(), got)
			}
		}
		if strings.Contains(got, "[") {
			t.Errorf("%s: a level without words: %q", lang, got)
		}
	}
}

// TestMarksHaveOneHome: nobody but marks.go spells out a mark or a colour, neither a text nor code.
func TestMarksHaveOneHome(t *testing.T) {
	var spelled []string
	for l := texts.LevelOK; l <= texts.LevelUnknown; l++ {
		spelled = append(spelled, l.Mark(), l.Color())
	}
	spells := func(text string) bool {
		return slices.ContainsFunc(spelled, func(s string) bool { return strings.Contains(text, s) })
	}
	for _, lang := range texts.Languages() {
		for where, text := range everyText(t, lang) {
			if spells(text) {
				t.Errorf("%s spells out a mark: %s", where, text)
			}
		}
	}
	for _, dir := range []string{"../bot", "../report", "../notify", "../ops", "../web", "../texts"} {
		err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || path == "../texts/marks.go" {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING && spells(lit.Value) {
					t.Errorf("%s spells out a mark: %s", path, lit.Value)
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
