package cli

import (
	"opsbot/app"
)

type sandboxCmd struct {
	Example  string `arg:"" optional:"" enum:",site-monitor,web-fleet" default:""`
	Page     string
	APIURL   string `name:"api-url"`
	Proxy    string
	LogLevel string `enum:"debug,info,warn,error" default:"warn"`
}

// Run runs the sandbox until it is stopped.
func (c *sandboxCmd) Run(con *Console) error {
	return runSandbox(con.Ctx, sandboxOptions{
		p: con.printer(), pageAddr: c.Page, example: c.Example, apiURL: c.APIURL, proxy: c.Proxy,
		app: app.Options{Version: con.Version, Stdout: con.Out, Getenv: con.Getenv, Log: con.Log(c.LogLevel)},
	})
}
