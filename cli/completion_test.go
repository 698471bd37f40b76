package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"opsbot/ops"
)

// fleetNames are the names that a bot knows.
func fleetNames() ops.Names {
	return ops.Names{Clients: []string{"clientA", "clientB"}, Services: []string{"reports"}, Hosts: []string{"web1"}, Checks: []string{"main-db"}}
}

// model is the command line as kong sees it, with its help.
func commandModel(t *testing.T) *kong.Node {
	t.Helper()
	var line struct {
		Commands
		Global
	}
	parser, err := kong.New(&line, kong.Name("opsbot"), kong.PostBuild(helper{newConsole(t, "en", nil, nil).printer()}.fill))
	if err != nil {
		t.Fatal(err)
	}
	return parser.Model.Node
}

// TestCompletion is a table of command lines, the last word of which is being typed: the words that may replace it.
func TestCompletion(t *testing.T) {
	c := completer{app: commandModel(t), names: fleetNames}
	for line, want := range map[string]string{
		"sta":                               "status",
		"mut":                               "mute mutes",
		"config ":                           "check schema",
		"config check ":                     ":files",
		"config check x ":                   "",
		"status --js":                       "--json",
		"status --language ":                "en ru",
		"status --language=r":               "--language=ru",
		"status --socket ":                  ":files",
		"status --socket=/run ":             "clientA clientB reports web1 main-db",
		"status cl":                         "clientA clientB",
		"status clientA ma":                 "main-db",
		"mute 2h client":                    "clientA clientB",
		"mute 2h -- client":                 "clientA clientB",
		"why --json web":                    "web1",
		"report client":                     "clientA clientB",
		"logs w":                            "web1",
		"reset m":                           "main-db",
		"route test ":                       "clientA clientB main-db",
		"route test clientA warning --serv": "--service",
		"route test clientA --service ":     "reports",
		"before ":                           ":files",
		"before out.json clientA re":        "reports",
		"completion ":                       "bash zsh fish words",
		"incidents ":                        "",
		"ack ":                              "",
		"no-such-command ":                  "",
		"import csv ":                       ":files",
		"import --help":                     "--help",
		"-":                                 "--help --language",
		"--language ru statu":               "status",
		"status --json=":                    "",
	} {
		var words []string
		for l := range strings.Lines(c.lines(strings.Split(line, " "))) {
			word, help, described := strings.Cut(strings.TrimSuffix(l, "\n"), "\t")
			if words = append(words, word); described && help == "" {
				t.Errorf("%q: %q has an empty help", line, word)
			}
		}
		if got := strings.Join(words, " "); got != want {
			t.Errorf("%q is completed by %q, want %q", line, got, want)
		}
	}
}

// TestEveryCommandIsCompleted walks the whole tree: each command and each flag is offered where it may stand.
func TestEveryCommandIsCompleted(t *testing.T) {
	c := completer{app: commandModel(t), names: fleetNames}
	for _, n := range c.app.Leaves(true) {
		path := strings.Split(n.Path(), " ")
		for i := range path {
			if got := c.lines(path[:i+1]); !strings.Contains(got, path[i]+"\t") {
				t.Errorf("%v is not offered: %q", path[:i+1], got)
			}
		}
		for _, f := range n.Flags {
			if got := c.lines(append(path[:len(path):len(path)], "--")); !strings.Contains(got, "--"+f.Name+"\t") {
				t.Errorf("%v: --%s is not offered", path, f.Name)
			}
		}
	}
}

// TestCompletionWithoutABot: commands are completed although nobody answers at the socket.
func TestCompletionWithoutABot(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "none.sock")
	code, out, errOut := opsbotRun(t, "completion", "--socket", socket, "words", "--", "status", "")
	if code != ExitOK || out != "" || errOut != "" {
		t.Errorf("%d: %q %q", code, out, errOut)
	}
	if code, out, _ := opsbotRun(t, "completion", "words", "--", "mut"); code != ExitOK || !strings.HasPrefix(out, "mute\t") {
		t.Errorf("%d: %q", code, out)
	}
}

// fakeOpsbot is a program that says which words it was asked about, and then what it is to say.
func fakeOpsbot(t *testing.T, says string) (program string) {
	t.Helper()
	dir := t.TempDir()
	program = filepath.Join(dir, "opsbot")
	script := "#!/bin/sh\nprintf '[%s]' \"$@\" >" + dir + "/asked\nprintf '%b' '" + says + "'\n"
	if err := os.WriteFile(program, []byte(script), 0o700); err != nil { //nolint:gosec // a program
		t.Fatal(err)
	}
	return program
}

// TestCompletionInBash runs the script as bash does: words are split at ":", "=" and "@" there, and opsbot's are not.
func TestCompletionInBash(t *testing.T) {
	code, script, _ := opsbotRun(t, "completion", "bash")
	if code != ExitOK {
		t.Fatal(code)
	}
	for _, c := range []struct{ line, typed, says, asked, want string }{
		{"opsbot sta", "sta", `status\tShow.\n`, "[completion][words][--][sta]", "status"},
		{"opsbot status ", "", `clientA\nclientB\n`, "[completion][words][--][status][]", "clientA clientB"},
		{"opsbot status check:ma", "ma", `check:main-db\n`, "[completion][words][--][status][check:ma]", "main-db"},
		{"opsbot status --language=r", "r", `--language=ru\n`, "[completion][words][--][status][--language=r]", "ru"},
		{"opsbot status clientA/reports@w", "w", `clientA/reports@web1\n`, "[completion][words][--][status][clientA/reports@w]", "web1"},
		{"opsbot config check ", "", `:files\n`, "[completion][words][--][config][check][]", ""},
	} {
		program := fakeOpsbot(t, c.says)
		cmd := exec.CommandContext(t.Context(), "bash", "--norc", "-uc", script+`
COMP_LINE=$1 COMP_POINT=${#1}
_opsbot "$2" "$3" ""
echo "${COMPREPLY[*]-}"`, "bash", c.line, program, c.typed)
		out, err := cmd.CombinedOutput()
		asked, readErr := os.ReadFile(filepath.Join(filepath.Dir(program), "asked"))
		if err != nil || readErr != nil || strings.TrimSpace(string(out)) != c.want || string(asked) != c.asked {
			t.Errorf("%q: %v %q, want %q; asked %s, want %s", c.line, err, out, c.want, asked, c.asked)
		}
	}
}
