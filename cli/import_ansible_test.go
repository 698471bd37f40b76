package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestImportAnsibleList runs ansible-inventory when it is asked to, and never by itself.
func TestImportAnsibleList(t *testing.T) {
	s := newSite(t, "")
	s.write(t, "hosts", "#!/bin/sh\n")
	bin := t.TempDir()
	run := func(script string, args ...string) (code int, out, errOut string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(bin, "ansible-inventory"), []byte("#!/bin/sh\n"+script), 0o700); err != nil { //nolint:gosec // it is run
			t.Fatal(err)
		}
		t.Setenv("PATH", bin+":/usr/bin:/bin")
		return s.run(t, append([]string{"ansible", s.path("hosts"), "--dry-run"}, args...)...)
	}
	list := `[ "$1 $2 $3" = "--list -i ` + s.path("hosts") + `" ] || exit 9; echo '{"_meta": {"hostvars": {"web1": {"ansible_host": "10.0.0.1"}}}, "client_acme": {"hosts": ["web1"]}}'`
	if code, out, errOut := run(list, "--list", "--group", "std"); code != ExitOK || !strings.Contains(out, "+ web1 (acme)") {
		t.Errorf("%d %s%s", code, out, errOut)
	}
	if code, out, errOut := run("touch " + s.path("ran")); code != ExitOK || !strings.Contains(out, "is a program, and is not run") {
		t.Errorf("%d %s%s", code, out, errOut)
	}
	if _, err := os.Stat(s.path("ran")); err == nil {
		t.Error("it was run unasked")
	}
	if code, out, errOut := run("echo one >&2; echo 'no inventory was parsed' >&2; exit 5", "--list"); code != ExitFailed || !strings.Contains(errOut, "no inventory was parsed") {
		t.Errorf("%d %s%s", code, out, errOut)
	}
	t.Setenv("PATH", "/nowhere")
	if code, out, errOut := s.run(t, "ansible", s.path("hosts"), "--list"); code != ExitFailed || !strings.Contains(errOut, "is not installed here") {
		t.Errorf("%d %s%s", code, out, errOut)
	}
}
