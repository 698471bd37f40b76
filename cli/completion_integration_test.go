//go:build integration

package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestIntegrationCompletionInOtherShells runs the scripts of zsh and fish in these shells.
func TestIntegrationCompletionInOtherShells(t *testing.T) {
	for _, c := range []struct{ line, says, asked, want string }{
		{"opsbot sta", `status\tShow it.\n`, "[completion][words][--][sta]", "status:Show it."},
		{"opsbot status check:ma", `check:main-db\n`, "[completion][words][--][status][check:ma]", `check\:main-db`},
		{"opsbot status ", `clientA\nclientB\n`, "[completion][words][--][status][]", "clientA|clientB"},
		{"opsbot config check ", `:files\n`, "[completion][words][--][config][check][]", "FILES"},
	} {
		words := strings.Split(c.line, " ")
		program := fakeOpsbot(t, c.says)
		_, zsh, _ := opsbotRun(t, "completion", "zsh")
		// What the completion system of zsh provides, as far as the script calls it.
		zshTest := "compdef() { :; }; _files() { print -rn FILES; }; _describe() { print -rn -- ${(Pj:|:)3}; }\n" + zsh + `
words=("$@"); words[1]=` + program + `; CURRENT=$#words; PREFIX=$words[-1]; _opsbot`
		out, err := exec.CommandContext(t.Context(), "zsh", append([]string{"-fc", zshTest, "zsh"}, words...)...).CombinedOutput()
		wantAsked(t, program, c.asked)
		if err != nil || string(out) != c.want {
			t.Errorf("zsh: %q: %v %q, want %q", c.line, err, out, c.want)
		}

		program = fakeOpsbot(t, c.says)
		_, fish, _ := opsbotRun(t, "completion", "fish")
		cmd := exec.CommandContext(t.Context(), "fish", "--no-config", "-c", fish+"\ncomplete -C '"+c.line+"'")
		cmd.Env = append(os.Environ(), "PATH="+filepath.Dir(program)+":"+os.Getenv("PATH"))
		out, err = cmd.CombinedOutput()
		wantAsked(t, program, c.asked)
		first, _, _ := strings.Cut(strings.ReplaceAll(c.want, `\`, ""), "|")
		first, _, _ = strings.Cut(first, ":Show")
		if err != nil || first != "FILES" && !strings.Contains(string(out), first) {
			t.Errorf("fish: %q: %v %q, want %q", c.line, err, out, first)
		}
	}
}

func wantAsked(t *testing.T, program, want string) {
	t.Helper()
	asked, err := os.ReadFile(filepath.Join(filepath.Dir(program), "asked"))
	if err != nil || string(asked) != want {
		t.Errorf("asked %s (%v), want %s", asked, err, want)
	}
}
