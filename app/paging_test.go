package app

import (
	"os"
	"path/filepath"
	"testing"

	"opsbot/checks"
	"opsbot/model"
)

// TestWithoutPeopleNothingIsRead: where nobody can be paged there is no database call for it; one here would panic.
func TestWithoutPeopleNothingIsRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "opsbot.toml")
	if err := os.WriteFile(path, []byte("[alerts]\nconsole = true\n[[checks]]\nname = \"disk\"\nkind = \"disk\"\npaths = [\"/\"]\nschedule = \"@every 1m\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	conf, err := newConfiguration(&Options{ConfigPath: path, Getenv: func(string) string { return "" }}, checks.Deps{})
	if err != nil {
		t.Fatal(err)
	}
	b := &base{core: &core{conf: conf}}
	var memory model.Memory
	if err := loadEscalations(t.Context(), b, &memory); err != nil {
		t.Error(err)
	}
	(&alerting{}).takeUp(t.Context(), b, conf.current())
}
