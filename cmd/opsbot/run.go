package main

import (
	"io"
	"os"

	"github.com/sirupsen/logrus"

	"opsbot/app"
	"opsbot/cli"
)

type runCmd struct {
	cli.ConfigFlag
	LogFormat string `enum:"text,json" default:"text"`
	LogLevel  string `enum:"debug,info,warn,error" default:"info"`
}

// Run runs the bot until it is stopped.
func (c *runCmd) Run(con *cli.Console) error {
	tuneGarbage(os.Getenv)
	a, err := app.New(con.Ctx, app.Options{
		ConfigPath: c.Config, Version: con.Version, Stdout: con.Out, Getenv: con.Getenv, Log: newLogger(con.Err, c.LogFormat, c.LogLevel),
	})
	if err != nil {
		return err
	}
	return a.Run(con.Ctx)
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
