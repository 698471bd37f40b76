package cli

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCommandsFindTheOpsbotOfTheFolder: where opsbot was set up in a folder of its own, its commands need neither --config nor --socket there; but an
// installed one comes first, and so does what was said; and what belongs to somebody else is not taken.
func TestCommandsFindTheOpsbotOfTheFolder(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	was, installed := isThere, false
	t.Cleanup(func() { isThere = was })
	isThere = func(string) bool { return installed }
	// checks is the output of config check: of one that does not exist it names the file, too.
	checks := func(args ...string) string {
		_, out, errOut := opsbotRun(t, append([]string{"config", "check"}, args...)...)
		return out + errOut
	}
	here, other := filepath.Join(dir, "opsbot.toml")+": ", filepath.Join(dir, "other")+": "
	if said := checks(); !strings.HasPrefix(said, DefaultConfig) {
		t.Errorf("in an empty folder: %s", said)
	}
	if err := os.WriteFile("opsbot.toml", []byte("[alerts]\nconsole = true\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	socket, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", "opsbot.sock")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = socket.Close() }()
	if said := checks(); !strings.HasPrefix(said, here) || !strings.Contains(said, "nothing is watched") {
		t.Errorf("beside its configuration: %s", said)
	}
	if err := socket.Close(); err != nil {
		t.Fatal(err)
	}
	if _, _, said := opsbotRun(t, "status"); !strings.Contains(said, filepath.Join(dir, "opsbot.sock")) {
		t.Errorf("it does not run: %s", said)
	}
	if _, help, _ := opsbotRun(t, "reload", "--help"); !strings.Contains(strings.Join(strings.Fields(help), ""), filepath.Join(dir, "opsbot.sock")) {
		t.Errorf("beside its socket: %s", help)
	}
	if said := checks("--config", "other"); !strings.HasPrefix(said, other) {
		t.Errorf("another one is named: %s", said)
	}
	t.Setenv("OPSBOT_CONFIG", "other")
	if said := checks(); !strings.HasPrefix(said, other) {
		t.Errorf("the environment names another one: %s", said)
	}
	if err := os.Unsetenv("OPSBOT_CONFIG"); err != nil {
		t.Fatal(err)
	}
	installed = true
	if said := checks(); !strings.HasPrefix(said, DefaultConfig) {
		t.Errorf("one is installed: %s", said)
	}
	installed = false
	if os.Geteuid() != 0 {
		return
	}
	if err := os.Chown("opsbot.toml", 65534, 65534); err != nil {
		t.Fatal(err)
	}
	if said := checks(); strings.HasPrefix(said, here) {
		t.Errorf("somebody else's: %s", said)
	}
}
