package cli

import (
	"fmt"
	"os"

	"github.com/alecthomas/kong"

	"opsbot/app/setup"
)

// Global are the flags that go with every command.
type Global struct {
	Language string `help:"Language of what is printed: en or ru. Default: the locale's." enum:",en,ru" default:"" env:"OPSBOT_LANGUAGE"`
}

// language is that of --language, else of the environment.
func (g *Global) language() string {
	if g.Language != "" {
		return g.Language
	}
	return setup.Language(os.Getenv)
}

// Run parses a command line, runs its command and returns the exit code. line is a pointer to a struct that has the
// commands and embeds the flags of global; Run sets the language of the console by them.
func Run(line any, global *Global, con *Console, args []string) int {
	code := -1
	parser, err := kong.New(line, kong.Name("opsbot"), kong.Description("An ops assistant that lives in a Telegram chat."),
		kong.Writers(con.Out, con.Err), kong.Exit(func(n int) { code = n }), kong.UsageOnError())
	if err != nil {
		fmt.Fprintln(con.Err, err)
		return ExitFailed
	}
	parsed, err := parser.Parse(args)
	switch {
	case code == ExitOK: // help or the version was asked for
		return ExitOK
	case err != nil:
		fmt.Fprintf(con.Err, "opsbot: %v\nopsbot --help shows how to write it.\n", err)
		return ExitFailed
	}
	con.Language = global.language()
	return exitCode(con, parsed.Run(con))
}
