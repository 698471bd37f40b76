package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestImportOfSchedules: it writes a file of conf.d that the configuration takes, once; people it cannot reach and a file of people are refused; what
// could not be carried over is named; a second run changes nothing.
func TestImportOfSchedules(t *testing.T) {
	dir := t.TempDir()
	main := filepath.Join(dir, "opsbot.toml")
	if err := os.WriteFile(main, []byte("[[telegram.users]]\nid = 44\nname = \"vera\"\nrole = \"operator\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	export := func(name string) string { return filepath.Join("..", "oncall", "moving", "testdata", name) }
	run := func(want int, args ...string) string {
		t.Helper()
		code, out, errs := opsbotRun(t, args...)
		if code != want {
			t.Fatalf("%v: exit code %d\n%s%s", args, code, out, errs)
		}
		return out + errs
	}
	for kind, files := range map[string][]string{
		"pagerduty": {export("pagerduty.json"), export("pagerduty-users.json")}, "opsgenie": {export("opsgenie.json"), export("opsgenie-users.json")},
		"goalert": {export("goalert.json")}, "oncall": {export("oncall-users.json"), export("oncall-schedules.json"), export("oncall-shifts.json")},
	} {
		args := append([]string{"import", kind, "--config", main, "--yes"}, files...)
		if kind == "oncall" {
			if said := run(2, args...); !strings.Contains(said, "No phone and no Telegram id known of: anna.smith, boris") {
				t.Error(said)
			}
			args = append(args, "--telegram", "anna=42;boris=43")
		}
		said := run(0, args...)
		if !strings.Contains(said, "Not carried over") {
			t.Errorf("%s: %s", kind, said)
		}
		path := filepath.Join(dir, "conf.d", kind+".toml")
		written, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if said := run(0, "config", "check", "--config", main); !strings.Contains(said, "no errors") || strings.Contains(said, "other users of this machine") {
			t.Errorf("%s: %s", kind, said)
		}
		if said := run(0, args...); !strings.Contains(said, "No changes to write") {
			t.Errorf("%s again: %s", kind, said)
		}
		again, err := os.ReadFile(path)
		if err != nil || !bytes.Equal(written, again) {
			t.Errorf("%s: the second run changed the file: %v", kind, err)
		}
		if err := os.WriteFile(path, append([]byte("# ours\n"), written...), 0o600); err != nil {
			t.Fatal(err)
		}
		if said := run(2, args...); !strings.Contains(said, "was not written by this import") {
			t.Errorf("%s: a file of people: %s", kind, said)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}
