package main

import "opsbot/app"

type sandboxCmd struct {
	Page     string `help:"Address of the page; a taken port gives the next free one. Default: 127.0.0.1:8899."`
	LogLevel string `help:"Log level: debug, info, warn or error." enum:"debug,info,warn,error" default:"warn"`
}

// Run runs the sandbox until it is told to stop.
func (c *sandboxCmd) Run(con *console) error {
	return app.Sandbox(con.ctx, app.SandboxOptions{
		PageAddr: c.Page,
		App:      app.Options{Version: version(), Stdout: con.out, Log: newLogger(con.err, "text", c.LogLevel)},
	})
}
