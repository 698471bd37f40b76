package sandbox_test

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"opsbot/sandbox"
)

func worldOf(t *testing.T, e sandbox.Example) (*sandbox.Sandbox, error) {
	t.Helper()
	s, err := sandbox.Start(t.Context(), sandbox.Options{PageAddr: "127.0.0.1:0", Dir: t.TempDir(), FreePorts: true, Example: e})
	if err == nil {
		t.Cleanup(s.Close)
	}
	return s, err
}

// TestExampleFiles: the example's own text with other addresses and another pace; with a real token none of our chats.
func TestExampleFiles(t *testing.T) {
	for _, name := range sandbox.Examples() {
		s, err := worldOf(t, sandbox.Example{Name: name, Files: os.DirFS("../deploy/examples/" + name)})
		if err != nil {
			t.Fatal(err)
		}
		local, err := s.Files(true)
		if err != nil {
			t.Fatal(err)
		}
		for file, text := range local {
			if strings.Contains(text, "192.0.2.") || strings.Contains(text, "*/5") {
				t.Errorf("%s: %s has an address or the pace of the example:\n%s", name, file, text)
			}
		}
		remote, err := s.Files(false)
		if err != nil || strings.Contains(remote["opsbot.toml"], "[telegram") || !strings.Contains(local["opsbot.toml"], "[[telegram.chats]]") {
			t.Errorf("%s: %v, with a token of one's own:\n%s", name, err, remote["opsbot.toml"])
		}
		if strings.Count(local["opsbot.toml"], "\n[store]") != 1 || strings.Contains(local["opsbot.toml"], "-1001234567890") {
			t.Errorf("%s keeps sections that the sandbox has its own of:\n%s", name, local["opsbot.toml"])
		}
	}
}

// An example that changed without its world is detected, and so is one without a world.
func TestExampleThatDoesNotFit(t *testing.T) {
	files := fstest.MapFS{"opsbot.toml": {Data: []byte("[instance]\n")}}
	s, err := worldOf(t, sandbox.Example{Name: "site-monitor", Files: files})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Files(true); err == nil || !strings.Contains(err.Error(), `opsbot.toml has no "192.0.2.10:8090"`) {
		t.Errorf("got %v", err)
	}
	if _, err := worldOf(t, sandbox.Example{Name: "nowhere", Files: files}); err == nil || !strings.Contains(err.Error(), "site-monitor, web-fleet") {
		t.Errorf("got %v", err)
	}
}
