package cli

import (
	"cmp"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"opsbot/ops"
)

// filesFollow in place of a word says that the shell completes files there.
const filesFollow = ":files"

// completer finds what may be typed at the end of a command line.
type completer struct {
	app   *kong.Node
	names func() ops.Names // asked only where a name may follow
}

// candidate is a word with its meaning, which may be empty.
type candidate struct{ word, help string }

// lines are what may replace the last of some words, a line each: the word, and after a tab what it means.
func (c completer) lines(words []string) string {
	if len(words) == 0 {
		words = []string{""}
	}
	var b strings.Builder
	typed := words[len(words)-1]
	for _, one := range c.candidates(words[:len(words)-1], typed) {
		if one.word == filesFollow || strings.HasPrefix(one.word, typed) && one.word != "" {
			b.WriteString(strings.TrimSuffix(one.word+"\t"+one.help, "\t") + "\n")
		}
	}
	return b.String()
}

// candidates are all words that may follow the ones before.
func (c completer) candidates(before []string, typed string) []candidate {
	at := c.walk(before)
	switch flag, _, assigned := strings.Cut(typed, "="); {
	case at.flag != nil:
		return c.values(at.flag.Value, "")
	case at.verbatim:
		return c.positional(at)
	case assigned && strings.HasPrefix(flag, "--"):
		if f := at.find(flag); f != nil && !f.IsBool() {
			return c.values(f.Value, flag+"=")
		}
		return nil
	case strings.HasPrefix(typed, "-"):
		return at.flags()
	case len(at.node.Children) > 0 && at.args == 0: // what follows an unknown command is not known either
		return commandsOf(at.node)
	default:
		return c.positional(at)
	}
}

// position is where in a command line the next word is.
type position struct {
	node     *kong.Node
	args     int        // positional arguments so far
	flag     *kong.Flag // the next word is its value
	verbatim bool       // after "--"
}

func (c completer) walk(words []string) position {
	at := position{node: c.app}
	for _, word := range words {
		switch {
		case at.flag != nil:
			at.flag = nil
		case at.verbatim:
			at.args++
		case word == "--":
			at.verbatim = true
		case strings.HasPrefix(word, "-"):
			if f := at.find(word); f != nil && !f.IsBool() {
				at.flag = f
			}
		default:
			at.word(word)
		}
	}
	return at
}

// word goes on by a command, or by an argument of one.
func (at *position) word(word string) {
	if i := slices.IndexFunc(at.node.Children, func(n *kong.Node) bool { return n.Name == word }); i >= 0 {
		at.node, at.args = at.node.Children[i], 0
		return
	}
	at.args++
}

// find is a flag by how it is written, "--socket" or "-h"; nil if there is none.
func (at *position) find(written string) *kong.Flag {
	for _, group := range at.node.AllFlags(true) {
		for _, f := range group {
			if written == "--"+f.Name || f.Short != 0 && written == "-"+string(f.Short) {
				return f
			}
		}
	}
	return nil
}

func (at *position) flags() (all []candidate) {
	for _, group := range at.node.AllFlags(true) {
		for _, f := range group {
			all = append(all, candidate{"--" + f.Name, oneLine(f.Help)})
		}
	}
	slices.SortFunc(all, func(a, b candidate) int { return cmp.Compare(a.word, b.word) })
	return all
}

func commandsOf(n *kong.Node) (all []candidate) {
	for _, child := range n.Children {
		if !child.Hidden {
			all = append(all, candidate{child.Name, oneLine(child.Help)})
		}
	}
	return all
}

// positional are the values of the next argument; the last one of a command may be repeated.
func (c completer) positional(at position) []candidate {
	args := at.node.Positional
	switch {
	case len(args) == 0:
		return nil
	case at.args >= len(args) && !args[len(args)-1].IsCumulative():
		return nil
	}
	return c.values(args[min(at.args, len(args)-1)], "")
}

// values are what a flag or an argument may be, each behind a prefix.
func (c completer) values(v *kong.Value, prefix string) (all []candidate) {
	if v.Enum != "" {
		for _, one := range v.EnumSlice() {
			all = append(all, candidate{word: prefix + one})
		}
		return all
	}
	if isFile(v) {
		return []candidate{{word: filesFollow}}
	}
	for _, one := range c.named(v.Name) {
		all = append(all, candidate{word: prefix + one})
	}
	return all
}

// fileValues are the names of flags and arguments that are files and not marked as paths, since they are used as they were written.
var fileValues = []string{"file", "out", "html", "csv", "path"}

func isFile(v *kong.Value) bool {
	return slices.Contains(fileValues, v.Name) || v.Tag != nil && v.Tag.Type == "path"
}

// named are the names for an argument, by what its own name says it takes: "selector", "client-time".
func (c completer) named(argument string) []string {
	parts := strings.Split(argument, "-")
	has := func(part string) bool { return slices.Contains(parts, part) }
	switch {
	case has("selector"):
		names := c.names()
		return slices.Concat(names.Clients, names.Services, names.Hosts, names.Checks)
	case has("client"):
		return c.names().Clients
	case has("service"):
		return c.names().Services
	case has("host"):
		return c.names().Hosts
	case has("check"):
		return c.names().Checks
	case argument == "name": // of route test: a client or a standalone check
		names := c.names()
		return slices.Concat(names.Clients, names.Checks)
	default:
		return nil
	}
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
