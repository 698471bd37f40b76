package cli

import (
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// TestFlagsWorkAfterWords: wherever a flag stands among the words of a command, it is one; in a reason it is a word.
func TestFlagsWorkAfterWords(t *testing.T) {
	type line struct {
		Commands
		Global
	}
	socketOf := map[string]func(*line) (string, []string){
		"mute":        func(l *line) (string, []string) { return l.Mute.Socket, l.Mute.Words },
		"maintenance": func(l *line) (string, []string) { return l.Maintenance.Socket, l.Maintenance.Words },
		"logs":        func(l *line) (string, []string) { return l.Logs.Socket, l.Logs.Words },
		"status":      func(l *line) (string, []string) { return l.Status.Socket, l.Status.Words },
	}
	for _, c := range []struct{ args, words string }{
		{"mute --socket /S 2h clientA -- why", "2h clientA -- why"},
		{"mute 2h --socket /S clientA -- why", "2h clientA -- why"},
		{"mute 2h clientA --socket=/S", "2h clientA"},
		{"mute 2h clientA --socket /S", "2h clientA"},
		{"mute 2h clientA --socket /S -- why --json --socket /other", "2h clientA -- why --json --socket /other"},
		{"mute 2h clientA --socket /S — why --json", "2h clientA — why --json"},
		{"--language en mute 2h clientA --socket /S --language ru -- why", "2h clientA -- why"},
		{"maintenance 23:00 2h clientA --json --socket /S -- why", "23:00 2h clientA -- why"},
		{"maintenance --socket /S", ""},
		{"status clientA --socket /S", "clientA"},
		{"status mute --socket /S", "mute"},
	} {
		var l line
		parser, err := kong.New(&l, kong.Exit(func(int) {}))
		if err != nil {
			t.Fatal(err)
		}
		args := strings.Fields(c.args)
		if _, err := parser.Parse(flagsFirst(parser.Model, args)); err != nil {
			t.Errorf("%q: %v", c.args, err)
			continue
		}
		command := args[slices.IndexFunc(args, func(arg string) bool { return socketOf[arg] != nil })]
		if socket, words := socketOf[command](&l); socket != "/S" || strings.Join(words, " ") != c.words {
			t.Errorf("%q: socket %q, words %q, want %q", c.args, socket, words, c.words)
		}
	}
}
