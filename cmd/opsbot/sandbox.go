package main

import "opsbot/app"

type sandboxCmd struct {
	Example  string `arg:"" optional:"" help:"What to try: site-monitor or web-fleet, as in deploy/examples; nothing: a small hosting company." enum:",site-monitor,web-fleet" default:""`
	Page     string `help:"Address of the page; a taken port gives the next free one. Default: 127.0.0.1:8899."`
	LogLevel string `help:"Log level: debug, info, warn or error." enum:"debug,info,warn,error" default:"warn"`
}

// Run runs the sandbox until it is told to stop.
func (c *sandboxCmd) Run(con *console) error {
	return app.Sandbox(con.ctx, app.SandboxOptions{
		PageAddr: c.Page, Example: c.Example,
		App: app.Options{Version: version(), Stdout: con.out, Log: newLogger(con.err, "text", c.LogLevel)},
	})
}
