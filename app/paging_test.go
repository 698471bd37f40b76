package app

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"opsbot/checks"
	"opsbot/model"
	"opsbot/notify"
	"opsbot/ops"
)

// TestWithoutPeopleNothingIsRead: where nobody can be paged there is no database call for it; one here would panic.
func TestWithoutPeopleNothingIsRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "opsbot.toml")
	if err := os.WriteFile(path, []byte("[alerts]\nconsole = true\n[[checks]]\nname = \"disk\"\nkind = \"disk\"\npaths = [\"/\"]\nschedule = \"@every 1m\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	options := Options{ConfigPath: path, Getenv: func(string) string { return "" }, Now: time.Now}
	conf, err := newConfiguration(&options, checks.Deps{})
	if err != nil {
		t.Fatal(err)
	}
	b := &base{core: &core{Options: options, conf: conf}}
	var memory model.Memory
	if err := loadEscalations(t.Context(), b, &memory); err != nil {
		t.Error(err)
	}
	(&alerting{}).takeUp(t.Context(), b, conf.current())
	box := &outbox{base: b, dispatcher: notify.New(notify.Options{Now: time.Now})}
	rota, feeds, err := newRota(t.Context(), b, box)
	if err != nil {
		t.Fatal(err)
	}
	takeUpDuty(t.Context(), b, rota, feeds, conf.current())
	actions := ops.New(ops.Deps{Rota: rota, Now: time.Now})
	if err := actions.NotifyShifts(t.Context()); err != nil {
		t.Error(err)
	}
	x := &term{base: b}
	if escalations, pages := x.pagingMetrics(); escalations != nil || pages != nil {
		t.Errorf("metrics %v, %v", escalations, pages)
	}
}
