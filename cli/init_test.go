package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestInitWritesAStarterThatChecks(t *testing.T) {
	dir := t.TempDir()
	code, out, _ := opsbotRun(t, "init", dir)
	path := filepath.Join(dir, "opsbot.toml")
	if code != ExitOK || !strings.Contains(out, "opsbot config check "+path) {
		t.Fatalf("%d: %s", code, out)
	}
	code, out, errOut := opsbotRun(t, "config", "check", path)
	if code != ExitOK || !strings.Contains(out, "no errors") {
		t.Fatalf("%d: %s%s", code, out, errOut)
	}
	if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, _, errOut = opsbotRun(t, "init", dir)
	kept, err := os.ReadFile(path)
	if code != ExitFailed || !strings.Contains(errOut, "already exists") || err != nil || string(kept) != "mine" {
		t.Errorf("%d: %s, the file holds %q", code, errOut, kept)
	}
	if code, _, _ := opsbotRun(t, "init", "--force", dir); code != ExitOK {
		t.Errorf("--force: %d", code)
	}
}
