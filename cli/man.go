package cli

import (
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"opsbot/texts"
)

type manCmd struct{}

// Run prints the manual page, in the language of the console: commands, arguments and flags as the program knows them.
func (manCmd) Run(con *Console, k *kong.Context) error {
	page := manual{p: con.printer(), version: con.Version}
	return con.printLine(strings.TrimSuffix(page.of(k.Model.Node), "\n"))
}

// manual writes a page in the format of man(7).
type manual struct {
	strings.Builder
	p       *texts.Printer
	version string
}

// of writes the page of a program.
func (m *manual) of(app *kong.Node) string {
	m.line(`.\" opsbot man`)
	m.line(`.TH OPSBOT 1 "" "opsbot ` + escaped(m.version) + `" ""`)
	m.section("name", "opsbot \\- "+escaped(m.p.T("cli.man.purpose")))
	m.section("synopsis", ".B opsbot", ".I "+escaped(m.p.T("cli.man.command")), "[\\fI"+escaped(m.p.T("cli.man.flags"))+"\\fR]")
	m.section("description", escaped(m.p.T("cli.man.text")))
	m.section("commands")
	m.commands(app)
	m.section("flags")
	m.flags(app.Flags)
	for _, name := range []string{"exit", "environment", "files"} {
		m.section(name)
		m.terms("cli.man." + name)
	}
	m.section("see", escaped(m.p.T("cli.man.see.text")))
	return m.String()
}

func (m *manual) line(text string) { m.WriteString(text + "\n") }

func (m *manual) section(name string, lines ...string) {
	m.line(".SH " + strings.ToUpper(escaped(m.p.T("cli.man."+name+".heading"))))
	for _, line := range lines {
		m.line(line)
	}
}

// terms writes a text with a term and its explanation on each line, divided by " = ".
func (m *manual) terms(id string) {
	for line := range strings.SplitSeq(m.p.T(id), "\n") {
		term, text, _ := strings.Cut(line, " = ")
		m.term(escaped(term), text)
	}
}

func (m *manual) term(term, text string) {
	m.line(".TP")
	m.line("\\fB" + term + "\\fR")
	m.line(escaped(text))
}

// commands writes all commands that can be run, in the order of the help.
func (m *manual) commands(app *kong.Node) {
	usages := usagesOf(app)
	for _, n := range app.Leaves(true) {
		m.line(".SS " + escaped(n.Path()))
		m.line(escaped(n.Help))
		m.line(escaped(n.Detail))
		for _, arg := range n.Positional {
			m.term(escaped(usages.Replace(arg.Summary())), arg.Help)
		}
		m.flags(n.Flags)
	}
}

func (m *manual) flags(all []*kong.Flag) {
	for _, f := range all {
		if f.Hidden {
			continue
		}
		text := f.Help
		for _, env := range f.Envs {
			text += " $" + env
		}
		m.term(escaped(f.Summary()), text)
	}
}

// special is what has a meaning in the format: a backslash anywhere, a dash that would become a hyphen.
var special = strings.NewReplacer(`\`, `\(rs`, "-", `\-`, "\n", " ")

// escaped is a text that stands for itself, on one line. A line that begins with a dot or an apostrophe would be a request.
func escaped(text string) string {
	text = special.Replace(text)
	if text != "" && slices.Contains([]byte(".'"), text[0]) {
		text = `\&` + text
	}
	return text
}
