package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"opsbot/config"
)

// TestAFileIsLoadedBeforeItIsWritten: a new file of conf.d counts as if it were there, in the order of names, in place of the one that is, and
// with the limits of any other.
func TestAFileIsLoadedBeforeItIsWritten(t *testing.T) {
	dir := t.TempDir()
	main, path := filepath.Join(dir, "opsbot.toml"), filepath.Join(dir, "conf.d", "b.toml")
	if err := os.Mkdir(filepath.Join(dir, "conf.d"), 0o700); err != nil {
		t.Fatal(err)
	}
	for file, text := range map[string]string{main: "[instance]\nname = 'x'\n", filepath.Join(dir, "conf.d", "c.toml"): "[web]\nlisten = '127.0.0.1:1'\n"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	load := func(text string) (*config.Config, string) {
		cfg, problems := config.LoadAll(main, config.Options{Instead: &config.NewFile{Path: path, Text: []byte(text)}})
		return cfg, problems.Error()
	}
	for range 2 { // a new file, then in place of one with a mistake
		cfg, _ := load("[[telegram.chats]]\nname = 'ops'\nid = 1\n")
		if cfg == nil || len(cfg.Telegram.Chats) != 1 || len(cfg.Files) != 3 || cfg.Files[1] != path {
			t.Fatalf("it is not loaded: %+v", cfg)
		}
		if err := os.WriteFile(path, []byte("nonsense = 1\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, said := load("\n\nnonsense = 1\n"); !strings.Contains(said, "b.toml:3") {
		t.Errorf("a mistake has no place: %s", said)
	}
	if cfg, said := load("#" + strings.Repeat("x", 5<<20)); cfg != nil && !strings.Contains(said, "larger than 4 MiB") {
		t.Errorf("a file that is too large is taken: %s", said)
	}
}
