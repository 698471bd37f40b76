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
