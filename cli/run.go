package cli

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"opsbot/app/setup"
	"opsbot/texts"
)

// Global are the flags that go with every command.
type Global struct {
	Language string `enum:",en,ru" default:"" env:"OPSBOT_LANGUAGE"`
}

// languageOf is the language of a command line that is not parsed yet: that of --language, else of the environment. Help and
// errors of parsing are printed in it.
func languageOf(args []string) string {
	for i, arg := range args {
		if arg == "--" {
			break
		}
		value, ok := strings.CutPrefix(arg, "--language=")
		if arg == "--language" && i+1 < len(args) {
			value, ok = args[i+1], true
		}
		if ok && texts.Known(value) {
			return value
		}
	}
	return setup.Language(os.Getenv)
}

// helpFirst makes "help mute", as people type it, what is understood: "mute --help".
func helpFirst(args []string) []string {
	for i, arg := range args {
		switch {
		case arg == "help":
			return append(slices.Concat(args[:i], args[i+1:]), "--help")
		case !strings.HasPrefix(arg, "-") && (i == 0 || args[i-1] != "--language"):
			return args
		}
	}
	return args
}

// Run parses a command line, runs its command and returns the exit code. line is a pointer to a struct that has the
// commands and embeds the flags of global; Run sets the language of the console by them.
func Run(line any, global *Global, con *Console, args []string) int {
	if err := con.loadTexts(); err != nil {
		fmt.Fprintln(con.Err, err)
		return ExitFailed
	}
	con.Language = languageOf(args)
	args = helpFirst(args)
	code := -1
	help := helper{con.printer()}
	parser, err := kong.New(line, kong.Name("opsbot"), kong.Writers(con.Out, con.Err), kong.Exit(func(n int) { code = n }),
		kong.Help(help.print), kong.PostBuild(help.fill), kong.PostBuild(preferHere))
	if err != nil {
		fmt.Fprintln(con.Err, err)
		return ExitFailed
	}
	parsed, err := parser.Parse(flagsFirst(parser.Model, args))
	switch {
	case code == ExitOK: // help or the version was asked for
		return ExitOK
	case err != nil:
		con.refuse(err)
		return ExitFailed
	}
	if global.Language != "" {
		con.Language = global.Language
	}
	return exitCode(con, parsed.Run(con))
}

// refuse prints what is wrong with a command line, and where its help is.
func (con *Console) refuse(err error) {
	command, said := "opsbot", usageError(con.printer(), err)
	if e, ok := errors.AsType[*kong.ParseError](err); ok && e.Context != nil && e.Context.Selected() != nil {
		command, said = e.Context.Selected().FullPath(), usagesOf(e.Context.Model.Node).Replace(said)
	}
	fmt.Fprintf(con.Err, "opsbot: %s\n%s\n", said, con.text("cli.wrong.hint", texts.Args{"command": command}))
}
