package cli

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// TestDoctor: exit codes, the fix below what fails, and the same for scripts and in Russian.
func TestDoctor(t *testing.T) {
	config, path := stored(t)
	code, out, errOut := opsbotRun(t, "doctor", "--config", config)
	if code != ExitOK || !strings.Contains(out, "🟢 Database: "+path+"\n") || !strings.Contains(out, "🟡 Bot: nobody answers") || !strings.Contains(out, "\n   → Start it") || errOut != "" {
		t.Errorf("%d %s%s", code, out, errOut)
	}
	away := filepath.Join(t.TempDir(), "none", "opsbot.db")
	config = file(t, "opsbot.toml", fmt.Sprintf("[store]\npath = %q\n", away))
	code, out, _ = opsbotRun(t, "doctor", "--config", config, "--json")
	var all []findingView
	if err := json.Unmarshal([]byte(out), &all); err != nil || code != ExitProblems {
		t.Fatalf("%d %v %s", code, err, out)
	}
	for _, f := range all {
		if f.Code == "" || f.Found == "" || f.Status == "" || strings.Contains(f.Found, "<no value>") || strings.Contains(f.Fix, "<no value>") {
			t.Errorf("%+v", f)
		}
	}
	if code, out, _ = opsbotRun(t, "doctor", "--config", config, "--language", "ru"); code != ExitProblems || !strings.Contains(out, "🔴 Диск:") {
		t.Errorf("%d %s", code, out)
	}
	broken := file(t, "opsbot.toml", "[stor]\n")
	if code, out, _ = opsbotRun(t, "doctor", "--config", broken); code != ExitProblems || !strings.Contains(out, "has errors (1)") {
		t.Errorf("%d %s", code, out)
	}
}
