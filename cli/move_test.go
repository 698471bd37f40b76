package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// gatusFile is a configuration of Gatus with n endpoints, and a job.
func gatusFile(urls ...string) string {
	var b strings.Builder
	b.WriteString("endpoints:\n")
	for _, url := range urls {
		b.WriteString("  - {name: \"" + strings.NewReplacer("http://", "", "/", " ").Replace(url) + "\", url: \"" + url + "\", method: POST, headers: {Authorization: Bearer s3cret-token}, conditions: ['[STATUS] == 200']}\n")
	}
	return b.String() + "external-endpoints:\n  - {name: job, token: x, heartbeat: {interval: 1h}}\n"
}

// TestMoveInNightly is what a person does, and what cron does later.
func TestMoveInNightly(t *testing.T) {
	s := site{t.TempDir()}
	main := "[[checks]]\nname = 'a'\nkind = 'tcp'\naddress = '10.0.0.1:1'\n"
	s.write(t, "opsbot.toml", main)
	many := []string{"http://a", "http://b", "http://c"}
	nights := []struct {
		name, main, source string
		flags              []string
		code               int
		says               []string
	}{
		{"nobody said yes", main, gatusFile(many...), nil, ExitFailed, []string{"needs confirmation", "--yes"}},
		{"only shown", main, gatusFile(many...), []string{"--dry-run"}, ExitOK, []string{"0 → 3.", "+ a-2", "Secrets to write: 3", "jobs cannot call opsbot. Set listen in [web]", "Nothing written."}},
		{"the first", main, gatusFile(many...), []string{"--yes"}, ExitOK, []string{"gatus.toml written. To apply: opsbot reload"}},
		{"nothing new", main, gatusFile(many...), []string{"--yes"}, ExitOK, []string{"No changes to write."}},
		{"jobs can call", main + "[web]\nlisten = '127.0.0.1:0'\n", gatusFile(many...), []string{"--yes"}, ExitOK, []string{"+ job", "Unchanged: 3."}},
		{"the token of the job stays", main + "[web]\nlisten = '127.0.0.1:0'\n", gatusFile(many...), []string{"--yes"}, ExitOK, []string{"No changes to write."}},
		{"another secret", main, strings.ReplaceAll(gatusFile(many...), "s3cret-token", "s3cret-other"), []string{"--yes", "--allow-removals"}, ExitOK, []string{"Secrets to write: 3", "- job", "written"}},
		{"one is gone", main, gatusFile(many[:2]...), []string{"--yes"}, ExitRefused, []string{"This removes 1 of 3, more than 10 %", "--allow-removals"}},
		{"it may go", main, gatusFile(many[:2]...), []string{"--yes", "--allow-removals"}, ExitOK, []string{"- c", "previous version kept as"}},
		{"what the configuration refuses", main, strings.Replace(gatusFile(many[:2]...), "http://b", "tcp://b:99999", 1), []string{"--yes", "--allow-removals"}, ExitOK, []string{`"b": not carried over: address`, "- b"}},
		{"no YAML", main, "endpoints: [", []string{"--yes"}, ExitFailed, []string{"gatus.yml", "yaml:"}},
		{"a configuration with mistakes", "nonsense = 1\n", gatusFile(many...), []string{"--yes"}, ExitFailed, []string{"opsbot.toml:1"}},
		{"a name that leads out", main, gatusFile(many...), []string{"--yes", "--as", "../x"}, ExitFailed, []string{"English letters"}},
	}
	for _, n := range nights {
		s.write(t, "opsbot.toml", n.main)
		s.write(t, "gatus.yml", n.source)
		code, out, errOut := s.run(t, append([]string{"gatus", s.path("gatus.yml")}, n.flags...)...)
		if code != n.code {
			t.Errorf("%s: exit code %d, want %d: %s%s", n.name, code, n.code, out, errOut)
		}
		for _, want := range n.says {
			if !strings.Contains(out+errOut, want) {
				t.Errorf("%s: %q is missing in:\n%s%s", n.name, want, out, errOut)
			}
		}
		if strings.Contains(out+errOut+s.read(t, "conf.d/gatus.toml"), "s3cret") {
			t.Errorf("%s: a secret is said or in the file", n.name)
		}
		s.loads(t, n.name, n.main)
	}
	if token := s.read(t, "conf.d/gatus.secrets/a-2-bearer"); token != "s3cret-token\n" {
		t.Errorf("the last secret is %q", token)
	}
	files, err := filepath.Glob(s.path("conf.d/gatus.secrets/*"))
	if err != nil || len(files) != 1 {
		t.Errorf("secrets that are left: %q", files)
	}
	for _, file := range files {
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", file, info.Mode(), err)
		}
	}
}

// loads: whatever an import did, the configuration can be loaded.
func (s site) loads(t *testing.T, name, main string) {
	t.Helper()
	if strings.HasPrefix(main, "nonsense") {
		return
	}
	if code, out, errOut := opsbotRun(t, "config", "check", s.path("opsbot.toml")); code != ExitOK {
		t.Errorf("%s: it does not load: %s%s", name, out, errOut)
	}
}

// TestMoveInFailsWhole: a table of a person that the configuration refuses ends the import, and nothing is written.
func TestMoveInFailsWhole(t *testing.T) {
	s := site{t.TempDir()}
	s.write(t, "opsbot.toml", "")
	s.write(t, "gatus.yml", gatusFile("http://a"))
	if err := os.Mkdir(s.path("conf.d"), 0o700); err != nil {
		t.Fatal(err)
	}
	const mine = "[[checks]]\nname = 'mine'\nkind = 'nonsense'\n"
	s.write(t, "conf.d/gatus.toml", mine)
	code, out, errOut := s.run(t, "gatus", s.path("gatus.yml"), "--yes")
	if code != ExitFailed || !strings.Contains(errOut, "nonsense") || s.read(t, "conf.d/gatus.toml") != mine {
		t.Errorf("%d: %s%s", code, out, errOut)
	}
	if _, err := os.Stat(s.path("conf.d/gatus.secrets")); err == nil {
		t.Error("secrets were written")
	}
}

// TestMoveInWithoutAConfiguration prints the file.
func TestMoveInWithoutAConfiguration(t *testing.T) {
	if _, err := os.Stat(DefaultConfig); err == nil {
		t.Skip("this machine has a configuration")
	}
	path := file(t, "gatus.yml", gatusFile("http://a"))
	code, out, errOut := opsbotRun(t, "import", "gatus", path)
	if code != ExitOK || !strings.Contains(out, "[[checks]]\nname = \"a\"") || !strings.Contains(errOut, "Added, 2 tables") || strings.Contains(out+errOut, "s3cret") {
		t.Errorf("%d\n%s\n%s", code, out, errOut)
	}
	if code, _, errOut := opsbotRun(t, "import", "kuma", path+".db"); code != ExitFailed || !strings.Contains(errOut, ".db: no such file") {
		t.Errorf("a file that is not there: %d %s", code, errOut)
	}
	if code, _, errOut := opsbotRun(t, "import", "kuma"); code == ExitOK || !strings.Contains(errOut, "path") {
		t.Errorf("without a path: %d %s", code, errOut)
	}
}
