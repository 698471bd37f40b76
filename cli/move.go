package cli

import (
	"errors"
	"fmt"

	"opsbot/model"
)

// moveCmd is an import of the checks of another monitor.
type moveCmd struct {
	Paths []string `arg:"" name:"path" type:"path"`
	writeFlags
}

type moveKumaCmd struct{ moveCmd }

// Run moves in from Uptime Kuma.
func (c *moveKumaCmd) Run(con *Console) error { return c.run(con, "kuma", "") }

type moveGatusCmd struct{ moveCmd }

// Run moves in from Gatus.
func (c *moveGatusCmd) Run(con *Console) error { return c.run(con, "gatus", "") }

type moveBlackboxCmd struct {
	moveCmd
	Module string
}

// Run moves in from blackbox_exporter.
func (c *moveBlackboxCmd) Run(con *Console) error { return c.run(con, "blackbox", c.Module) }

type moveHealthchecksCmd struct{ moveCmd }

// Run moves in from healthchecks.
func (c *moveHealthchecksCmd) Run(con *Console) error { return c.run(con, "healthchecks", "") }

type moveCloudproberCmd struct{ moveCmd }

// Run moves in from cloudprober.
func (c *moveCloudproberCmd) Run(con *Console) error { return c.run(con, "cloudprober", "") }

type moveNagiosCmd struct{ moveCmd }

// Run moves in from Nagios.
func (c *moveNagiosCmd) Run(con *Console) error { return c.run(con, "nagios", "") }

type moveIcingaCmd struct{ moveCmd }

// Run moves in from the configuration files of Icinga 2.
func (c *moveIcingaCmd) Run(con *Console) error { return c.run(con, "icinga2", "") }

type moveCrontabCmd struct{ moveCmd }

// Run moves in the jobs of a crontab that call in.
func (c *moveCrontabCmd) Run(con *Console) error { return c.run(con, "crontab", "") }

// run shows what an import would change, asks, and writes it.
func (c *moveCmd) run(con *Console, kind, module string) error {
	plan, err := planMove(con.Ctx, moveOptions{
		config: c.Config, noConfig: c.Config == DefaultConfig, kind: kind, paths: c.Paths, as: c.As, out: c.Out, module: module, p: con.printer(),
	})
	if _, refused := errors.AsType[model.Problems](err); refused && plan != nil { // what would have been written
		fmt.Fprintln(con.Err, plan.preview())
	}
	if err != nil {
		return err
	}
	return c.apply(con, plan)
}
