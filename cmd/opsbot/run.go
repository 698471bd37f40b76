package main

import (
	"fmt"
	"io"
	"os"
	"runtime/debug"

	"github.com/alecthomas/kong"
	"github.com/sirupsen/logrus"
	"golang.org/x/term"

	"opsbot/app"
)

// configFlag is the configuration's place, for every command that reads it.
type configFlag struct {
	Config string `help:"Configuration file." default:"/etc/opsbot/opsbot.toml" env:"OPSBOT_CONFIG" type:"path"`
}

type runCmd struct {
	configFlag
	LogFormat string `help:"Log format: text or json." enum:"text,json" default:"text"`
	LogLevel  string `help:"Log level: debug, info, warn or error." enum:"debug,info,warn,error" default:"info"`
}

// garbage is how much may lie about, in percent of what is in use: a large inventory stays, and checks leave much that is
// gone at once. It saves a third of the memory for a few percent of processor time; GOGC in the environment wins.
const garbage = 30

// Run runs the bot until it is told to stop.
func (c *runCmd) Run(con *console) error {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbage)
	}
	return runApp(con, app.Options{ConfigPath: c.Config, Log: newLogger(con.err, c.LogFormat, c.LogLevel)})
}

func runApp(con *console, o app.Options) error {
	o.Version, o.Stdout, o.Getenv = version(), con.out, con.getenv
	a, err := app.New(con.ctx, o)
	if err != nil {
		return err
	}
	return a.Run(con.ctx)
}

// getenv is the environment, in which --language stands above what it says: alerts on the console are printed too.
func (c *console) getenv(name string) string {
	if name == languageEnv {
		return c.language
	}
	return os.Getenv(name)
}

// newLogger writes to the terminal or the journal; under systemd the journal stamps the lines.
func newLogger(w io.Writer, format, level string) *logrus.Logger {
	log := logrus.New()
	log.SetOutput(w)
	if parsed, err := logrus.ParseLevel(level); err == nil {
		log.SetLevel(parsed)
	}
	if format == "json" {
		log.SetFormatter(&logrus.JSONFormatter{})
		return log
	}
	log.SetFormatter(&logrus.TextFormatter{FullTimestamp: true, DisableTimestamp: os.Getenv("JOURNAL_STREAM") != ""})
	return log
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// aboutFlag is "opsbot version" for who writes it as a flag.
type aboutFlag bool

// BeforeReset prints the version in place of running a command.
func (aboutFlag) BeforeReset(k *kong.Kong) error {
	_, err := fmt.Fprintln(k.Stdout, "opsbot", version())
	k.Exit(exitOK)
	return err
}

type versionCmd struct{}

// Run prints the version.
func (versionCmd) Run(con *console) error {
	_, err := fmt.Fprintln(con.out, "opsbot", version())
	return err
}
