//go:build integration

package deploy_test

import (
	"context"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"opsbot/app/setup"
)

// The role is run over a local connection against a scratch root, without rights and without systemd: opsbot_manage_service
// is off, and no host name is set. It needs ansible-core and ansible-lint; nothing is installed here.

func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%s is not here: apt-get install --no-install-recommends ansible-core ansible-lint", name)
	}
	return path
}

// scratch is a machine that is only a folder.
type scratch struct {
	root   string
	vars   map[string]any
	binary string
}

func newScratch(t *testing.T) *scratch {
	t.Helper()
	s := &scratch{root: t.TempDir(), binary: filepath.Join(t.TempDir(), "opsbot")}
	build := exec.CommandContext(t.Context(), "go", "build", "-o", s.binary, "opsbot/cmd/opsbot")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build opsbot: %v\n%s", err, out)
	}
	for _, folder := range []string{"bin", "units"} {
		if err := os.Mkdir(filepath.Join(s.root, folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	s.vars = map[string]any{
		"ansible_become": false, "opsbot_hostname": "", "opsbot_manage_service": false, "opsbot_binary_src": s.binary,
		"opsbot_binary": s.root + "/bin/opsbot", "opsbot_config_dir": s.root + "/etc", "opsbot_unit_dir": s.root + "/units",
		"opsbot_owner": whoami(t, "-un"), "opsbot_group": whoami(t, "-gn"), "opsbot_token": "123456:scratch-secret",
	}
	return s
}

func whoami(t *testing.T, flag string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "id", flag).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// play runs the example playbook, with the variables of its example host, on the scratch root.
func (s *scratch) play(t *testing.T, more map[string]any, flags ...string) (string, error) {
	t.Helper()
	vars := maps.Clone(s.vars)
	maps.Copy(vars, more)
	said, err := json.Marshal(vars)
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"playbook.yml", "--connection=local", "--limit=ops-msk.example.com", "--diff", "--extra-vars=" + string(said)}
	return ansible(t, "ansible-playbook", append(args, flags...)...)
}

func ansible(t *testing.T, name string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), tool(t, name), args...)
	cmd.Dir = "ansible"
	cmd.Env = append(os.Environ(), "ANSIBLE_LOCAL_TEMP="+t.TempDir(), "ANSIBLE_REMOTE_TEMP="+t.TempDir(), "ANSIBLE_HOME="+t.TempDir(),
		"ANSIBLE_NOCOLOR=1", "NO_COLOR=1", "LC_ALL=C.UTF-8")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

var recap = regexp.MustCompile(`changed=(\d+)`)

func changed(t *testing.T, out string, err error) string {
	t.Helper()
	m := recap.FindStringSubmatch(out)
	if err != nil || m == nil {
		t.Fatalf("the play broke (%v):\n%s", err, out)
	}
	return m[1]
}

func TestAnsibleRoleLints(t *testing.T) {
	if out, err := ansible(t, "ansible-lint", "--offline", "--profile=production", "--nocolor"); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestAnsibleRoleInstallsOnce goes through the life of a machine: check mode, a first run, a run that changes nothing, a new
// host name in the config, a config with a mistake.
func TestAnsibleRoleInstallsOnce(t *testing.T) {
	s := newScratch(t)
	config := s.root + "/etc/opsbot.toml"

	out, err := s.play(t, nil, "--check")
	if n := changed(t, out, err); n == "0" {
		t.Error("check mode sees nothing to change on an empty machine")
	}
	if _, err := os.Stat(config); !os.IsNotExist(err) {
		t.Errorf("check mode has written the configuration: %v", err)
	}

	out, err = s.play(t, nil)
	if n := changed(t, out, err); n == "0" {
		t.Errorf("the first run changed nothing:\n%s", out)
	}
	if strings.Contains(out, "scratch-secret") {
		t.Error("the token is in Ansible's output")
	}
	s.wantInstalled(t)

	out, err = s.play(t, nil)
	if n := changed(t, out, err); n != "0" {
		t.Errorf("the second run changed %s things:\n%s", n, out)
	}
	out, err = s.play(t, nil, "--check")
	if n := changed(t, out, err); n != "0" {
		t.Errorf("check mode of an installed machine sees %s changes:\n%s", n, out)
	}

	s.wantRefused(t, config, map[string]any{"opsbot_token": "no token"}, "opsbot_token is invalid")
	s.wantRefused(t, config, map[string]any{"opsbot_config": map[string]any{"web": map[string]any{"lisen": ":80"}}}, "lisen")
}

// TestAnsibleSecretsAreCredentials: every secret of the configuration is a file of root's that systemd gives to the service; none is in
// the output, the unit or the configuration, which is validated with them.
func TestAnsibleSecretsAreCredentials(t *testing.T) {
	s := newScratch(t)
	credentials := "/run/credentials/opsbot.service/"
	config := map[string]any{
		"telegram": map[string]any{"chats": []any{map[string]any{"name": "ops", "id": -1}}},
		"email": []any{map[string]any{
			"name": "oncall", "smtp": "smtp.example.com:587", "from": "ops@example.com", "to": []any{"ops@example.com"}, "user": "ops", "password_file": credentials + "smtp",
		}},
		"routes": []any{map[string]any{"to": []any{"chat:ops", "email:oncall"}}},
	}
	secrets := map[string]any{"opsbot_secrets": map[string]any{"smtp": "scratch-smtp-1", "a.b": "scratch-other"}, "opsbot_config": config}
	out, err := s.play(t, secrets)
	changed(t, out, err)
	units := read(t, s.root+"/units/opsbot.service.d/credentials.conf")
	for _, name := range []string{"smtp", "a.b"} {
		path := s.root + "/etc/secrets/" + name
		if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
		if line := "LoadCredential=" + name + ":" + path + "\n"; !strings.Contains(units, line) {
			t.Errorf("the unit has no %q:\n%s", line, units)
		}
	}
	if read(t, s.root+"/etc/secrets/smtp") != "scratch-smtp-1" {
		t.Error("the secret is another one")
	}
	if all := out + units + read(t, s.root+"/etc/opsbot.toml"); strings.Contains(all, "scratch-") {
		t.Errorf("a secret came out:\n%s", all)
	}
	out, err = s.play(t, secrets)
	if n := changed(t, out, err); n != "0" {
		t.Errorf("the second run changed %s things:\n%s", n, out)
	}
	for _, name := range []string{"token", "../x", "a b"} {
		if out, err := s.play(t, map[string]any{"opsbot_secrets": map[string]any{name: "scratch-bad"}}); err == nil || !strings.Contains(out, "opsbot_secrets: names") || strings.Contains(out, "scratch-bad") {
			t.Errorf("the name %q is taken, or its secret is shown (%v):\n%s", name, err, out)
		}
	}
}

// wantRefused plays with a mistake: it is reported, and the installed files stay.
func (s *scratch) wantRefused(t *testing.T, config string, mistake map[string]any, said string) {
	t.Helper()
	before, token := read(t, config), read(t, s.root+"/etc/token")
	out, err := s.play(t, mistake)
	if err == nil || !strings.Contains(out, said) {
		t.Errorf("%v was taken, or nobody said %q (%v):\n%s", mistake, said, err, out)
	}
	if read(t, config) != before || read(t, s.root+"/etc/token") != token {
		t.Errorf("%v was refused and put in place all the same", mistake)
	}
}

// wantInstalled checks modes and contents; the config must load as it is.
func (s *scratch) wantInstalled(t *testing.T) {
	t.Helper()
	for path, mode := range map[string]os.FileMode{
		"bin/opsbot": 0o755, "etc": 0o755 | os.ModeDir, "etc/token": 0o600, "etc/opsbot.toml": 0o644, "units/opsbot.service": 0o644,
	} {
		info, err := os.Stat(filepath.Join(s.root, path))
		if err != nil {
			t.Error(err)
		} else if info.Mode() != mode {
			t.Errorf("%s has mode %v, want %v", path, info.Mode(), mode)
		}
	}
	text := read(t, s.root+"/etc/opsbot.toml")
	if !strings.Contains(text, "/run/credentials/opsbot.service/token") || strings.Contains(text, "scratch-secret") {
		t.Errorf("the configuration holds the token, or does not name its file:\n%s", text)
	}
	local := filepath.Join(t.TempDir(), "opsbot.toml")
	text = strings.Replace(text, "/run/credentials/opsbot.service/token", s.root+"/etc/token", 1)
	if err := os.WriteFile(local, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	loaded, err := setup.Load(local, noEnv)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if c := loaded.Config; len(c.Clients) != 1 || len(c.Checks) != 1 || len(c.Telegram.Chats) != 1 || *c.Clients[0].Service["store"].Port != 9804 {
		t.Errorf("some of the variables did not arrive:\n%s", text)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
