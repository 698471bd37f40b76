package main

import (
	"time"

	"opsbot/app"
	"opsbot/model"
)

type routeCmd struct {
	Test routeTestCmd `cmd:"" help:"Say where an incident would be told now, by the configuration alone: opsbot route test clientA warning."`
}

type routeTestCmd struct {
	configFlag
	Name     string            `arg:"" help:"A client, or a standalone check."`
	Severity string            `arg:"" optional:"" help:"info, warning or critical." default:"critical"`
	Service  string            `help:"One service of the client. Default: each of them."`
	Label    map[string]string `help:"Labels of what fails, beside the client's or the check's: --label dc=fra1."`

	severity model.Severity
}

// Validate is called by kong.
func (c *routeTestCmd) Validate() error { return c.severity.UnmarshalText([]byte(c.Severity)) }

// Run says where it would be told.
func (c *routeTestCmd) Run(con *console) error {
	said, err := app.RouteTest(app.RouteOptions{
		ConfigPath: c.Config, Name: c.Name, Severity: c.severity, Service: c.Service, Labels: c.Label, Language: con.language, Now: time.Now(),
	})
	return printLine(con, said, err)
}
