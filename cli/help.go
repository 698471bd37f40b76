package cli

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
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
		child.Group = &kong.Group{Key: "commands", Title: h.p.T("cli.usage.commands")}
		if err := h.node(child, append(path[:len(path):len(path)], child.Name)); err != nil {
			return err
		}
	}
	return nil
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
	for line := range strings.Lines(english.String()) {
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
