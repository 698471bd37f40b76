// Command opsbot is an ops assistant that lives in a Telegram chat.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	_ "time/tzdata" // a machine without a time zone database must still know Europe/Moscow

	"github.com/alecthomas/kong"

	"opsbot/app"
)

// The exit codes. Scripts rely on them.
const (
	exitOK       = 0
	exitProblems = 1 // it ran and found problems: a web test with findings, a config with mistakes
	exitFailed   = 2 // it could not run
)

// cli is the command line; each command is a struct with a Run method.
type cli struct {
	Run         runCmd         `cmd:"" help:"Run the bot: check, tell, answer."`
	Sandbox     sandboxCmd     `cmd:"" help:"Try it: a simulated fleet and a chat page in the browser, no account needed."`
	Webtest     webtestCmd     `cmd:"" help:"Test web services now, by itself. Exit code 0: all well, 1: problems found, 2: could not run."`
	Before      beforeCmd      `cmd:"" help:"Measure web services in several rounds, before an update, by itself: opsbot before FILE clientA."`
	After       afterCmd       `cmd:"" help:"Say what an update broke, mended, made slower. Exit code 0: nothing got worse, 1: something did, 2: could not run."`
	Status      statusCmd      `cmd:"" help:"Ask the running bot how things stand."`
	Mute        muteCmd        `cmd:"" help:"Silence alerts for a while: opsbot mute 2h clientA -- update."`
	Unmute      unmuteCmd      `cmd:"" help:"End mutes early: a number, a selector, or all."`
	Mutes       mutesCmd       `cmd:"" help:"List the mutes that hold."`
	Impact      impactCmd      `cmd:"" help:"Say what the events of Icinga, Zabbix, Prometheus mean for clients."`
	Why         whyCmd         `cmd:"" help:"Say why something is not well."`
	Unmapped    unmappedCmd    `cmd:"" help:"List hosts that sources of events speak of and that are not in the inventory."`
	Sources     sourcesCmd     `cmd:"" help:"Say how the sources of events are heard."`
	Logs        logsCmd        `cmd:"" help:"Say what the logs of hosts say: opsbot logs web1 access --since 1h."`
	Incidents   incidentsCmd   `cmd:"" help:"List what is wrong now."`
	Ack         ackCmd         `cmd:"" help:"Take an incident on: nobody is reminded of it any more."`
	History     historyCmd     `cmd:"" help:"List what went wrong: opsbot history clientA 7d."`
	Chart       chartCmd       `cmd:"" help:"Draw how something was: opsbot chart clientA reports 7d --out chart.png."`
	Report      reportCmd      `cmd:"" help:"Say how a client's services were over a time, or send that to the client: opsbot report clientA 2026-10."`
	Maintenance maintenanceCmd `cmd:"" help:"Plan a mute, or list what is planned: opsbot maintenance 23:00 2h clientA -- update."`
	Outbox      outboxCmd      `cmd:"" help:"Look at the messages that are not delivered, and send them again."`
	Route       routeCmd       `cmd:"" help:"See where alerts go."`
	Import      importCmd      `cmd:"" help:"Bring hosts that Icinga, Zabbix, Ansible or a CSV knows into an inventory file. Exit code 0: written, or nothing to do; 1: not agreed to; 2: could not; 3: too much would be taken out."`
	Reload      reloadCmd      `cmd:"" help:"Have the running bot read its configuration again."`
	Config      configCmd      `cmd:"" help:"Look at a configuration."`
	Init        initCmd        `cmd:"" help:"Write a commented starter configuration."`
	Version     versionCmd     `cmd:"" help:"Print the version."`
	About       aboutFlag      `name:"version" help:"Print the version."`
	Language    string         `help:"Language of what is printed: en or ru. Default: the locale's." enum:",en,ru" default:"" env:"OPSBOT_LANGUAGE"`
}

// languageEnv says the same as --language.
const languageEnv = "OPSBOT_LANGUAGE"

// console is where a command prints, and what it needs of the process.
type console struct {
	ctx      context.Context //nolint:containedctx // kong hands it to Run methods as a value
	out, err io.Writer
	language string
	terminal bool // err is a terminal: a progress bar may move
	in       io.Reader
	asks     bool // in is a terminal: somebody may answer
}

// exitError carries an exit code through kong. Its text was printed already when empty.
type exitError struct{ code int }

// Error implements error.
func (e exitError) Error() string { return fmt.Sprintf("exit code %d", e.code) }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run runs a command line and returns the exit code.
func run(ctx context.Context, args []string, out, errOut io.Writer) int {
	var c cli
	code := -1
	parser, err := kong.New(&c, kong.Name("opsbot"), kong.Description("An ops assistant that lives in a Telegram chat."),
		kong.Writers(out, errOut), kong.Exit(func(n int) { code = n }), kong.UsageOnError())
	if err != nil {
		fmt.Fprintln(errOut, err)
		return exitFailed
	}
	parsed, err := parser.Parse(args)
	lang := c.Language
	if lang == "" {
		lang = app.Language(os.Getenv)
	}
	switch {
	case code == exitOK: // help was asked for
		return exitOK
	case err != nil:
		fmt.Fprintf(errOut, "%s\nopsbot --help shows how to write it.\n", app.Explain(lang, err)[0])
		return exitFailed
	}
	return exitCode(errOut, lang, parsed.Run(&console{
		ctx: ctx, out: out, err: errOut, language: lang, terminal: isTerminal(errOut), in: os.Stdin, asks: isTerminal(os.Stdin),
	}))
}

// exitCode is the one place where an error becomes an exit code, and words on the terminal.
func exitCode(errOut io.Writer, lang string, err error) int {
	if err == nil {
		return exitOK
	}
	if e, ok := errors.AsType[exitError](err); ok {
		return e.code
	}
	for _, line := range app.Explain(lang, err) {
		fmt.Fprintln(errOut, line)
	}
	return exitFailed
}

// version is what was built: the module's version, or the commit.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if buildVersion != "" {
		return buildVersion
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return s.Value[:12]
		}
	}
	return info.Main.Version
}

// buildVersion is set by the Makefile at link time.
var buildVersion string
