package cli

import (
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// reasonMarks begin a reason, which may have words that look like flags.
var reasonMarks = []string{"--", "—", "–"}

// flagsFirst moves the flags among the words of a command in front of them: "mute 2h clientA --socket PATH -- why". Kong leaves all
// that follows the first word of such a command to the command, since its reason begins with "--". Others stay as they are.
func flagsFirst(app *kong.Application, args []string) []string {
	var node *kong.Node
	at := slices.IndexFunc(args, func(arg string) bool {
		for _, n := range app.Children {
			if n.Name == arg {
				node = n
			}
		}
		return node != nil
	})
	if node == nil || !takesWords(node) {
		return args
	}
	flags, words := []string{}, []string{}
	for rest := args[at+1:]; len(rest) > 0; {
		if slices.Contains(reasonMarks, rest[0]) {
			words = append(words, rest...)
			break
		}
		n := flagLength(slices.Concat(app.Flags, node.Flags), rest)
		if n == 0 {
			words, rest = append(words, rest[0]), rest[1:]
			continue
		}
		flags, rest = append(flags, rest[:n]...), rest[n:]
	}
	return slices.Concat(args[:at+1], flags, words)
}

// takesWords reports whether kong does not look into the words of a command.
func takesWords(n *kong.Node) bool {
	return slices.ContainsFunc(n.Positional, func(v *kong.Value) bool { return v.Passthrough })
}

// flagLength is of how many arguments a flag with its value is: 0 if they begin with none that is known.
func flagLength(known []*kong.Flag, args []string) int {
	name, isLong := strings.CutPrefix(args[0], "--")
	name, _, hasValue := strings.Cut(name, "=")
	at := slices.IndexFunc(known, func(f *kong.Flag) bool {
		return isLong && f.Name == name || f.Short != 0 && args[0] == "-"+string(f.Short)
	})
	switch {
	case at < 0:
		return 0
	case hasValue || known[at].IsBool() || len(args) == 1:
		return 1
	default:
		return 2
	}
}
