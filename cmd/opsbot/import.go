package main

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"opsbot/app"
	"opsbot/model"
)

// defaultConfig is the default of --config.
const defaultConfig = "/etc/opsbot/opsbot.toml"

// exitRefused is the exit code of an import that would take out too much.
const exitRefused = 3

type importCmd struct {
	Icinga  importIcingaCmd  `cmd:"" help:"Hosts that Icinga knows."`
	Zabbix  importZabbixCmd  `cmd:"" help:"Hosts that Zabbix knows."`
	Ansible importAnsibleCmd `cmd:"" help:"Hosts of an inventory of Ansible: a file, or a folder."`
	CSV     importCSVCmd     `cmd:"" name:"csv" help:"Hosts of any CSV whose first line names its columns."`
}

// importFlags are those of every import.
type importFlags struct {
	configFlag
	Out           string `help:"File to write. Default: the one [[inventory]] of the configuration; without one the file is printed." type:"path"`
	As            string `help:"What its rows say of where they come from: the next import of the same name replaces them. Default: the source's name, or ansible, csv."`
	Group         string `help:"[[groups]] of clients for which nobody says services."`
	Yes           bool   `help:"Write without asking."`
	AllowRemovals bool   `help:"Take out more than a tenth of the hosts or clients without asking."`
	DryRun        bool   `help:"Only show what would be done."`
}

type importSourceCmd struct {
	Sources []string `arg:"" optional:"" name:"source" help:"Names of [[inbound]]. Default: all of the kind."`
	importFlags
}

type importIcingaCmd struct{ importSourceCmd }

// Run imports from Icinga.
func (c *importIcingaCmd) Run(con *console) error {
	return c.run(con, app.ImportOptions{Kind: "icinga", From: c.Sources})
}

type importZabbixCmd struct{ importSourceCmd }

// Run imports from Zabbix.
func (c *importZabbixCmd) Run(con *console) error {
	return c.run(con, app.ImportOptions{Kind: "zabbix", From: c.Sources})
}

type importAnsibleCmd struct {
	Path string `arg:"" type:"path" help:"The inventory."`
	importFlags
}

// Run imports from an inventory of Ansible.
func (c *importAnsibleCmd) Run(con *console) error {
	return c.run(con, app.ImportOptions{Kind: "ansible", From: []string{c.Path}, NoConfig: true})
}

type importCSVCmd struct {
	Path string `arg:"" type:"path" help:"The file."`
	importFlags
	Map map[string]string `help:"Which column a field is: --map client=Customer. Fields are name, address, aliases, client, services, tier, labels."`
}

// Run imports from a CSV.
func (c *importCSVCmd) Run(con *console) error {
	return c.run(con, app.ImportOptions{Kind: "csv", From: []string{c.Path}, Map: c.Map, NoConfig: true})
}

// run shows what an import would do, asks, and does it.
func (f *importFlags) run(con *console, o app.ImportOptions) error {
	o.NoConfig = o.NoConfig && f.Config == defaultConfig // one that somebody named is meant
	o.ConfigPath, o.Out, o.As, o.Group, o.Language = f.Config, f.Out, f.As, f.Group, con.language
	plan, err := app.PlanImport(con.ctx, o)
	if err != nil {
		return err
	}
	if plan.Out() == "" { // the file is what is printed
		fmt.Fprintln(con.err, plan.Text())
		_, err := io.WriteString(con.out, plan.CSV())
		return err
	}
	fmt.Fprintln(con.out, plan.Text())
	switch {
	case plan.Same():
		return printLine(con, plan.Say("same"), nil)
	case f.DryRun:
		return printLine(con, plan.Say("not_written"), nil)
	}
	if err := f.agreed(con, plan); err != nil {
		return err
	}
	if err := plan.Write(); err != nil {
		return err
	}
	return printLine(con, plan.Say("written"), nil)
}

// agreed asks what the flags do not answer.
func (f *importFlags) agreed(con *console, plan *app.ImportPlan) error {
	in := bufio.NewReader(con.in)
	allowed := f.AllowRemovals || !plan.Drastic()
	if !allowed && con.asks && !f.Yes {
		allowed = ask(con, in, plan.Say("ask_removals"))
	}
	if !allowed {
		fmt.Fprintln(con.err, plan.Say("refused"))
		return exitError{exitRefused}
	}
	switch {
	case f.Yes:
		return nil
	case !con.asks:
		return &model.Error{Code: model.ErrNeedYes, Args: map[string]string{"path": plan.Out()}}
	case !ask(con, in, plan.Say("ask")):
		fmt.Fprintln(con.out, plan.Say("not_written"))
		return exitError{exitProblems}
	}
	return nil
}

// ask waits for a yes; anything else is a no.
func ask(con *console, in *bufio.Reader, question string) bool {
	fmt.Fprint(con.out, question)
	line, _ := in.ReadString('\n') // what ends without a yes is a no
	switch strings.ToLower(strings.TrimSpace(line)) {
	case "y", "yes", "д", "да":
		return true
	default:
		return false
	}
}
