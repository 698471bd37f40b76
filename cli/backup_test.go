package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"opsbot/store"
)

// stored makes a database and a configuration that names it.
func stored(t *testing.T) (config, path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "opsbot.db")
	db, err := store.Open(t.Context(), store.Options{Path: path, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.SetSetting(t.Context(), "a", "b"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return file(t, "opsbot.toml", fmt.Sprintf("[store]\npath = %q\n", path)), path
}

func TestBackupAndRestore(t *testing.T) {
	config, path := stored(t)
	to := filepath.Join(t.TempDir(), "b.db")
	steps := []struct {
		line string
		code int
		want []string
	}{
		{"backup --config CONFIG TO", ExitOK, []string{"setting", "Backup written and checked: " + to, "rows", "MiB"}},
		{"backup --database PATH TO --language ru", ExitOK, []string{"Резервная копия записана и проверена: " + to}},
		{"backup --config CONFIG CONFIG", ExitFailed, []string{"exists and is not an opsbot backup", "not overwritten"}},
		{"backup --config CONFIG PATH", ExitFailed, []string{"a database in use"}},
		{"backup --config CONFIG --keep -1 TO", ExitFailed, []string{"--keep"}},
		{"backup --config none.toml TO", ExitFailed, []string{"none.toml"}},
		{"restore --config CONFIG TO", ExitFailed, []string{"State as of an unknown time", "It replaces " + path, "needs confirmation"}},
		{"restore --config CONFIG TO --dry-run", ExitOK, []string{"Mutes, acknowledgements", "Nothing was changed."}},
		{"restore --config CONFIG CONFIG --yes", ExitFailed, []string{"is not an opsbot database"}},
		{"restore --config CONFIG TO --yes", ExitOK, []string{"Restored: " + path, "Old database: " + path + ".replaced-", "systemctl start opsbot"}},
	}
	for _, s := range steps {
		line := strings.NewReplacer("CONFIG", config, "PATH", path, "TO", to).Replace(s.line)
		code, out, errOut := opsbotRun(t, strings.Fields(line)...)
		if code != s.code {
			t.Errorf("%s: exit code %d\n%s%s", s.line, code, out, errOut)
		}
		for _, want := range s.want {
			if !strings.Contains(out+errOut, want) {
				t.Errorf("%s: %q is not in\n%s%s", s.line, want, out, errOut)
			}
		}
	}
	db, err := store.Open(t.Context(), store.Options{Path: path, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, restored, err := db.Restored(t.Context()); !restored || err != nil {
		t.Errorf("it was not restored: %v", err)
	}
	if code, out, errOut := opsbotRun(t, "restore", "--config", config, to, "--yes"); code != ExitFailed || !strings.Contains(errOut, "opsbot is running") {
		t.Errorf("%d %s%s", code, out, errOut)
	}
}

func TestBackupForScripts(t *testing.T) {
	config, _ := stored(t)
	dir := t.TempDir()
	for range 2 {
		code, out, errOut := opsbotRun(t, "backup", "--config", config, "--keep", "1", "--json", filepath.Join(dir, "b.db"))
		var is struct {
			File   string
			Schema int64
			Bytes  int64
			Tables []struct {
				Name string
				Rows int64
			}
		}
		if err := json.Unmarshal([]byte(out), &is); code != ExitOK || err != nil || is.Schema != store.Schema() || is.Bytes == 0 || len(is.Tables) == 0 || is.Tables[0].Name == "" {
			t.Errorf("%d %v %s%s", code, err, out, errOut)
		}
		if _, err := os.Stat(is.File); err != nil {
			t.Error(err)
		}
	}
}

// TestBackupOfAServer: PostgreSQL has tools of its own, and the exit code says that nothing was backed up.
func TestBackupOfAServer(t *testing.T) {
	config := file(t, "opsbot.toml", "[store]\ndsn = \"postgres://opsbot:geheim@db1.example.com/opsbot\"\n")
	for _, c := range []struct{ command, want string }{{"backup", "pg_dump --format=custom --file=/b/x.dump"}, {"restore", "pg_restore --clean"}} {
		code, out, errOut := opsbotRun(t, c.command, "--config", config, "/b/x.dump")
		if code != ExitFailed || !strings.Contains(errOut, c.want) || strings.Contains(out+errOut, "geheim") {
			t.Errorf("%d %s%s", code, out, errOut)
		}
	}
}
