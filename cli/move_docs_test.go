package cli

import (
	"database/sql"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	_ "modernc.org/sqlite"

	"opsbot/app/setup"
)

// inMovingIn runs a test of docs/moving-in.md in each language.
func inMovingIn(t *testing.T, test func(t *testing.T, text string)) {
	t.Helper()
	for _, path := range []string{"../docs/moving-in.md", "../docs/ru/moving-in.md"} {
		t.Run(path, func(t *testing.T) { test(t, readFile(t, path)) })
	}
}

// TestMovingInSnippetsLoad loads each piece of configuration in docs/moving-in.md.
func TestMovingInSnippetsLoad(t *testing.T) {
	inMovingIn(t, func(t *testing.T, text string) {
		snippets := regexp.MustCompile("(?ms)^```toml\n(.*?)^```$").FindAllStringSubmatch(text, -1)
		if len(snippets) < 3 {
			t.Fatalf("%d snippets: they are written in another way now", len(snippets))
		}
		for _, m := range snippets {
			dir := t.TempDir()
			s := site{dir}
			s.write(t, "opsbot.toml", m[1])
			s.write(t, "oncall-primary.ics", "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20261201T000000Z\r\nDTSTART:20261201T080000Z\r\nDTEND:20261208T080000Z\r\nSUMMARY:anna.smith\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
			if _, err := setup.Load(s.path("opsbot.toml"), nil); err != nil {
				t.Errorf("%v\n%s", err, m[1])
			}
		}
	})
}

// sources are the files of the commands in docs/moving-in.md, and where the tests have such.
var sources = map[string]string{
	"kuma.db": "kuma/v2/kuma.sql", "config.yaml": "gatus/plain/gatus.yml", "blackbox.yml": "blackbox/prometheus/blackbox.yml", "prometheus.yml": "blackbox/prometheus/prometheus.yml",
	"checks.json": "healthchecks/api/checks.json", "/etc/cron.d": "crontab/system/cron.d", "/etc/nagios4/nagios.cfg": "nagios/templates/nagios.cfg", "/etc/icinga2/conf.d": "icinga2/conf.d",
}

// TestMovingInCommandsRun runs each import that docs/moving-in.md shows.
func TestMovingInCommandsRun(t *testing.T) {
	inMovingIn(t, func(t *testing.T, text string) {
		commands := regexp.MustCompile(`(?m)^    opsbot (import .*)$`).FindAllStringSubmatch(text, -1)
		if len(commands) < 8 {
			t.Fatalf("%d commands: they are written in another way now", len(commands))
		}
		s := site{t.TempDir()}
		s.write(t, "opsbot.toml", "[web]\nlisten = '127.0.0.1:0'\n")
		for _, m := range commands {
			args := strings.Fields(m[1])
			for i, arg := range args[2:] {
				if from, known := sources[arg]; known {
					args[i+2] = source(t, filepath.Join("../movein/testdata", from))
				} else if !strings.HasPrefix(arg, "--") {
					t.Errorf("%s: which file is %s?", m[0], arg)
				}
			}
			code, out, errOut := opsbotRun(t, append(args, "--config", s.path("opsbot.toml"), "--yes", "--allow-removals")...)
			if code != ExitOK || !strings.Contains(out, "Added,") && !strings.Contains(out, "No changes") {
				t.Errorf("%s: %d\n%s%s", m[0], code, out, errOut)
			}
		}
		s.loads(t, "all of them", "")
	})
}

// source is a file of the tests; of statements the database that they make.
func source(t *testing.T, path string) string {
	t.Helper()
	if filepath.Ext(path) != ".sql" {
		return path
	}
	statements, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	made := filepath.Join(t.TempDir(), "kuma.db")
	db, err := sql.Open("sqlite", made)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }() // the next query would fail
	if _, err := db.ExecContext(t.Context(), string(statements)); err != nil {
		t.Fatal(err)
	}
	return made
}
