package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v3"
)

// snippet is a block of code of a document.
type snippet struct {
	place, language, text string
}

// snippetsOf are the blocks of a document: those between fences, and those that are indented, line by line.
func snippetsOf(t *testing.T, path string) (all []snippet) {
	t.Helper()
	var fence *snippet
	for line := range strings.Lines(readFile(t, path)) {
		switch mark, fenced := strings.CutPrefix(strings.TrimRight(line, "\n"), "```"); {
		case fenced && fence == nil:
			fence = &snippet{place: path, language: mark}
		case fenced:
			all, fence = append(all, *fence), nil
		case fence != nil:
			fence.text += line
		case strings.HasPrefix(line, "    "):
			all = append(all, snippet{path, "shell", strings.TrimSpace(line)})
		}
	}
	return all
}

// elsewhere are the languages of blocks that other tests build: the worked example of a kind of check.
var elsewhere = regexp.MustCompile(`^(go|toml) (checks|model|texts)/`)

// TestEverySnippetOfTheDocs: each block of the documents, in each language, is of a kind that is tried here: configuration has no key and no value that
// opsbot does not know, commands are parsed as opsbot does, targets of make exist, JSON and YAML can be read.
func TestEverySnippetOfTheDocs(t *testing.T) {
	files := []string{"../README.md", "../README.ru.md", "../CONTRIBUTING.md"}
	for _, pattern := range []string{"../docs/*.md", "../docs/ru/*.md"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	targets := regexp.MustCompile(`(?m)^([a-z-]+(?: [a-z-]+)*):`).FindAllStringSubmatch(readFile(t, "../Makefile"), -1)
	var makes []string
	for _, m := range targets {
		makes = append(makes, strings.Fields(m[1])...)
	}
	tried := map[string]int{}
	for _, file := range files {
		for _, s := range snippetsOf(t, file) {
			switch {
			case elsewhere.MatchString(s.language):
			case s.language == "toml":
				knownKeys(t, s)
			case s.language == "yaml":
				if err := yaml.Unmarshal([]byte(s.text), new(any)); err != nil {
					t.Errorf("%s: %v\n%s", s.place, err, s.text)
				}
			case s.language == "shell" && strings.HasPrefix(s.text, `{"`) && !strings.ContainsAny(s.text, "…"):
				if !json.Valid([]byte(s.text)) && strings.HasSuffix(s.text, "}") {
					t.Errorf("%s: no JSON: %s", s.place, s.text)
				}
			case s.language == "shell":
				for _, command := range shellCommands(s.text) {
					switch words := shellWords(command); {
					case len(words) > 0 && slices.Contains([]string{"opsbot", "bin/opsbot"}, words[0]):
						parses(t, s, words[1:])
						tried["opsbot"]++
					case len(words) > 1 && words[0] == "make" && !slices.Contains(makes, words[1]):
						t.Errorf("%s: make has no target %s", s.place, words[1])
					}
				}
			case s.language != "":
				t.Errorf("%s: nobody tries blocks of %q", s.place, s.language)
			}
			tried[s.language]++
		}
	}
	if tried["toml"] < 60 || tried["opsbot"] < 150 {
		t.Errorf("too little is tried: %v", tried)
	}
}

// knownKeys has the program read a piece of a configuration: it may be incomplete.
func knownKeys(t *testing.T, s snippet) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "opsbot.toml")
	if err := os.WriteFile(path, []byte(s.text), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, ok := document(s.text); !ok {
		t.Errorf("%s: no TOML:\n%s", s.place, s.text)
		return
	}
	_, shape := problemPlaces(problemsOf(path))
	for at, p := range shape {
		if p.What.ID != "config.missing" {
			t.Errorf("%s: %s: %v\n%s", s.place, at, p.What, s.text)
		}
	}
}

var (
	remark   = regexp.MustCompile(`\s+(#|//) .*$`)
	synopsis = regexp.MustCompile(`[…\[\]]|\b[a-z]+\|[a-z]+|\s{3,}`)
	follow   = regexp.MustCompile(`\s+(?:&&|\||>|<|;)\s+.*$`)
)

// shellCommands are the commands of a line, without what a shell does with them. Of a synopsis it is the name alone.
func shellCommands(line string) []string {
	line = remark.ReplaceAllString(line, "")
	line = regexp.MustCompile(`^(sudo |\$ )`).ReplaceAllString(line, "")
	if synopsis.MatchString(line) {
		words := strings.Fields(line)
		if len(words) > 1 && words[0] == "opsbot" {
			return []string{"opsbot " + words[1] + " --help"}
		}
		return nil
	}
	return []string{follow.ReplaceAllString(line, "")}
}

// shellWords splits a command as a shell does, as far as documents need it.
func shellWords(command string) (words []string) {
	for _, m := range regexp.MustCompile(`"([^"]*)"|'([^']*)'|(\S+)`).FindAllStringSubmatch(command, -1) {
		words = append(words, m[1]+m[2]+m[3])
	}
	return words
}

func parses(t *testing.T, s snippet, args []string) {
	t.Helper()
	var line struct {
		Commands
		Global
	}
	parser, err := kong.New(&line, kong.Exit(func(int) {}), kong.Writers(nil, nil))
	if err != nil {
		t.Fatal(err)
	}
	if slices.Contains(args, "--help") {
		found := slices.ContainsFunc(parser.Model.Children, func(n *kong.Node) bool { return n.Name == args[0] || slices.Contains(n.Aliases, args[0]) })
		if !found && !slices.Contains([]string{"run", "sandbox", "version"}, args[0]) { // of the program itself
			t.Errorf("%s: no command %s", s.place, args[0])
		}
		return
	}
	if slices.Contains([]string{"run", "sandbox", "version"}, args[0]) {
		return
	}
	if _, err := parser.Parse(flagsFirst(parser.Model, args)); err != nil {
		t.Errorf("%s: %s: %v", s.place, s.text, err)
	}
}
