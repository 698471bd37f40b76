package bot_test

import (
	"strings"
	"testing"
	"time"

	"opsbot/bot"
	"opsbot/model"
	"opsbot/ops"
	"opsbot/texts"
)

// TestImpactSaysWhetherItLooked asks that the command line does not call live what was seen by the schedule.
func TestImpactSaysWhetherItLooked(t *testing.T) {
	catalog, err := texts.Load()
	if err != nil {
		t.Fatal(err)
	}
	plain := &bot.Plain{Texts: catalog, Zone: func() *time.Location { return time.UTC }, Now: func() time.Time { return epoch }}
	for live, want := range map[bool]string{true: "verified live at 12:00: 1 down", false: "last known state: 1 down"} {
		found := &ops.Impact{
			At: epoch, Live: live, Sources: []string{"icinga"}, Events: []model.Event{{Host: "web1"}},
			Found: model.Impact{Hosts: []model.HostImpact{{Host: "web1", Verification: model.VerifyConfirmed}}, Done: 1, Total: 1},
		}
		if got := plain.Impact("en", found); !strings.Contains(got, want) {
			t.Errorf("live %v:\n%s", live, got)
		}
	}
}

// TestWhatFailsIsNotAllClear: a check that has failed, and not often enough to be down, is no "all clear".
func TestWhatFailsIsNotAllClear(t *testing.T) {
	catalog, err := texts.Load()
	if err != nil {
		t.Fatal(err)
	}
	plain := &bot.Plain{Texts: catalog, Zone: func() *time.Location { return time.UTC }, Now: func() time.Time { return epoch }}
	st := &ops.Status{
		CheckCounts: model.CheckCounts{Checks: map[model.CheckPhase]int{model.PhaseOK: 4, model.PhaseFailing: 1}}, Clients: map[model.Verdict]int{model.VerdictOK: 2},
	}
	for language, want := range map[string]string{
		texts.English: "🟡 Nothing is down: 2 clients; 1 check has failed, not often enough to be down", texts.Russian: "🟡 Всё доступно: 2 клиента; 1 проверка не прошла, но это ещё не отказ",
	} {
		if first, _, _ := strings.Cut(plain.Status(language, st), "\n"); first != want {
			t.Errorf("%q, want %q", first, want)
		}
	}
}
