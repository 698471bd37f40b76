package cli

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"opsbot/texts"
)

// helper puts the help of commands, flags and arguments into a language.
type helper struct{ p *texts.Printer }

// fill sets the help of everything in the model. An error names a text that is missing.
func (h helper) fill(k *kong.Kong) error {
	return h.node(k.Model.Node, nil)
}

func (h helper) node(n *kong.Node, path []string) (err error) {
	if n.Help, err = h.text("cli.help", path); err != nil {
		return err
	}
	if n.Leaf() {
		n.Detail = exitsFor(path).help(h.p)
	}
	for _, f := range n.Flags {
		if f.Help, err = h.value("cli.flag", path, f.Name); err != nil {
			return err
		}
		f.Group = &kong.Group{Key: "flags", Title: h.p.T("cli.usage.flags")}
	}
	for _, a := range n.Positional {
		if a.Help, err = h.value("cli.arg", path, a.Name); err != nil {
			return err
		}
	}
	for _, child := range n.Children {
		if child.Group = n.Group; len(path) == 0 {
			if child.Group, err = h.group(child.Name); err != nil {
				return err
			}
		}
		if err := h.node(child, append(path[:len(path):len(path)], child.Name)); err != nil {
			return err
		}
	}
	return nil
}

// groups are the commands by what one wants, in the order of the help.
var groups = []struct{ key, commands string }{
	{"run", "run sandbox init config doctor health reload completion man version"},
	{"ask", "status why impact webtest before after logs incidents history chart events unmapped sources"},
	{"act", "mute unmute mutes extend maintenance ack unack note recheck reset report"},
	{"oncall", "oncall takeover handback cover page escalate gateway"},
	{"care", "outbox set-aside backup restore store support route import"},
}

// group is that of a command. An error names one that has none.
func (h helper) group(command string) (*kong.Group, error) {
	for _, g := range groups {
		if slices.Contains(strings.Fields(g.commands), command) {
			return &kong.Group{Key: g.key, Title: h.p.T("cli.usage.commands." + g.key)}, nil
		}
	}
	return nil, fmt.Errorf("%q is in no group of the help", command)
}

// value is the help of a flag or an argument: that of the command, else that of all commands.
func (h helper) value(kind string, path []string, name string) (string, error) {
	if text, err := h.text(kind, append(path[:len(path):len(path)], name)); err == nil {
		return text, nil
	}
	text, err := h.text(kind, []string{name})
	if err != nil {
		return "", fmt.Errorf("%s of %q: %w", name, strings.Join(path, " "), err)
	}
	return text, nil
}

func (h helper) text(kind string, path []string) (string, error) {
	id := strings.Join(append([]string{kind}, path...), ".")
	if !h.p.Has(id) {
		return "", fmt.Errorf("no text %q", id)
	}
	return h.p.T(id), nil
}

// usagesOf replaces arguments that are several things in a row by these things, as they are written: their tag "usage" in place of
// "<duration-selector-reason> ...".
func usagesOf(app *kong.Node) *strings.Replacer {
	var pairs []string
	for _, n := range app.Leaves(false) {
		for _, a := range n.Positional {
			if usage := a.Tag.Get("usage"); usage != "" {
				pairs = append(pairs, a.Summary(), usage)
			}
		}
	}
	return strings.NewReplacer(pairs...)
}

// moreHelp is kong's line about further help.
var moreHelp = regexp.MustCompile(`^Run "(.*) --help" for more information`)

// print prints kong's help with its headings in the language.
func (h helper) print(o kong.HelpOptions, ctx *kong.Context) error {
	out := ctx.Stdout
	var english bytes.Buffer
	ctx.Stdout = &english
	err := kong.DefaultHelpPrinter(o, ctx)
	ctx.Stdout = out
	if err != nil {
		return err
	}
	for line := range strings.Lines(usagesOf(ctx.Model.Node).Replace(english.String())) {
		if _, err := io.WriteString(out, h.heading(strings.TrimSuffix(line, "\n"))+"\n"); err != nil {
			return err
		}
	}
	return nil
}

func (h helper) heading(line string) string {
	if usage, ok := strings.CutPrefix(line, "Usage: "); ok {
		return h.p.T("cli.usage", texts.Args{"line": usage})
	}
	if line == "Arguments:" {
		return h.p.T("cli.usage.arguments")
	}
	if more := moreHelp.FindStringSubmatch(line); more != nil {
		return h.p.T("cli.usage.more", texts.Args{"command": more[1]})
	}
	return line
}
