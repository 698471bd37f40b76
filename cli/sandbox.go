package cli

import (
	"opsbot/app"
)

type sandboxCmd struct {
	Example  string `arg:"" optional:"" help:"What to try: site-monitor or web-fleet, as in deploy/examples; nothing: a small hosting company." enum:",site-monitor,web-fleet" default:""`
	Page     string `help:"Address of the page; a taken port gives the next free one. Default: 127.0.0.1:8899."`
	LogLevel string `help:"Log level: debug, info, warn or error." enum:"debug,info,warn,error" default:"warn"`
}

// Run runs the sandbox until it is stopped.
func (c *sandboxCmd) Run(con *Console) error {
	return runSandbox(con.Ctx, sandboxOptions{
		pageAddr: c.Page, example: c.Example,
		app: app.Options{Version: con.Version, Stdout: con.Out, Getenv: con.Getenv, Log: con.Log(c.LogLevel)},
	})
}
