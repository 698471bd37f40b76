package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"opsbot/model"
)

type importCmd struct {
	Icinga  importIcingaCmd  `cmd:""`
	Zabbix  importZabbixCmd  `cmd:""`
	Ansible importAnsibleCmd `cmd:""`
	CSV     importCSVCmd     `cmd:"" name:"csv"`

	OnCall       importGrafanaOnCallCmd `cmd:"" name:"oncall"`
	GoAlert      importGoAlertCmd       `cmd:"" name:"goalert"`
	PagerDuty    importPagerDutyCmd     `cmd:"" name:"pagerduty"`
	Opsgenie     importOpsgenieCmd      `cmd:""`
	Kuma         moveKumaCmd            `cmd:""`
	Gatus        moveGatusCmd           `cmd:""`
	Blackbox     moveBlackboxCmd        `cmd:""`
	Healthchecks moveHealthchecksCmd    `cmd:""`
	Cloudprober  moveCloudproberCmd     `cmd:""`
	Nagios       moveNagiosCmd          `cmd:""`
	Icinga2      moveIcingaCmd          `cmd:"" name:"icinga2"`
	Crontab      moveCrontabCmd         `cmd:""`
}

// writeFlags are those of every import.
type writeFlags struct {
	ConfigFlag
	Out           string `type:"path"`
	As            string
	Yes           bool
	AllowRemovals bool
	DryRun        bool
}

// importFlags are those of imports of hosts.
type importFlags struct {
	writeFlags
	Group string
}

type importSourceCmd struct {
	Sources []string `arg:"" optional:"" name:"source"`
	importFlags
}

type importIcingaCmd struct{ importSourceCmd }

// Run imports from Icinga.
func (c *importIcingaCmd) Run(con *Console) error {
	return c.run(con, importOptions{kind: "icinga", from: c.Sources})
}

type importZabbixCmd struct{ importSourceCmd }

// Run imports from Zabbix.
func (c *importZabbixCmd) Run(con *Console) error {
	return c.run(con, importOptions{kind: "zabbix", from: c.Sources})
}

type importAnsibleCmd struct {
	Path string `arg:"" type:"path"`
	List bool
	importFlags
}

// Run imports from an inventory of Ansible.
func (c *importAnsibleCmd) Run(con *Console) error {
	return c.run(con, importOptions{kind: "ansible", from: []string{c.Path}, list: c.List, noConfig: true})
}

type importCSVCmd struct {
	Path string `arg:"" type:"path"`
	importFlags
	Map map[string]string
}

// Run imports from a CSV.
func (c *importCSVCmd) Run(con *Console) error {
	return c.run(con, importOptions{kind: "csv", from: []string{c.Path}, columns: c.Map, noConfig: true})
}

// run shows what an import would change, asks, and writes it.
func (f *importFlags) run(con *Console, o importOptions) error {
	o.noConfig = o.noConfig && f.Config == DefaultConfig // one that was named must exist
	o.config, o.out, o.as, o.group, o.p = f.Config, f.Out, f.As, f.Group, con.printer()
	plan, err := planImport(con.Ctx, o)
	if _, refused := errors.AsType[model.Problems](err); refused && plan != nil { // what would have been written
		fmt.Fprintln(con.Err, plan.preview())
	}
	if err != nil {
		return err
	}
	return f.apply(con, plan)
}

// change is what an import would change.
type change interface {
	preview() string            // for people
	content() string            // the new text of the file
	out() string                // the file; "": there is none, and the text is printed
	unchanged() bool            // there is nothing to write
	drastic() bool              // so much is removed that it needs confirmation
	write() error               // replaces the file
	message(what string) string // one of the sentences around an import
}

// apply shows what an import would change, asks, and writes it.
func (f *writeFlags) apply(con *Console, plan change) error {
	if plan.out() == "" { // the file is what is printed
		fmt.Fprintln(con.Err, plan.preview())
		_, err := io.WriteString(con.Out, plan.content())
		return err
	}
	if err := con.printLine(plan.preview()); err != nil {
		return err
	}
	switch {
	case plan.unchanged():
		return con.printLine(plan.message("same"))
	case f.DryRun:
		return con.printLine(plan.message("not_written"))
	}
	if err := f.confirm(con, plan); err != nil {
		return err
	}
	if err := plan.write(); err != nil {
		return err
	}
	return con.printLine(plan.message("written"))
}

// confirm asks what the flags do not answer.
func (f *writeFlags) confirm(con *Console, plan change) error {
	in := bufio.NewReader(con.In)
	allowed := f.AllowRemovals || !plan.drastic()
	if !allowed && con.Interactive && !f.Yes {
		allowed = ask(con, in, plan.message("ask_removals"))
	}
	if !allowed {
		fmt.Fprintln(con.Err, plan.message("refused"))
		return exitError{ExitRefused}
	}
	switch {
	case f.Yes:
		return nil
	case !con.Interactive:
		return &model.Error{Code: model.ErrNeedYes, Args: map[string]string{"path": plan.out()}}
	case !ask(con, in, plan.message("ask")):
		fmt.Fprintln(con.Out, plan.message("not_written"))
		return exitError{ExitProblems}
	}
	return nil
}

// ask waits for a yes; anything else is a no.
func ask(con *Console, in *bufio.Reader, question string) bool {
	fmt.Fprint(con.Out, question)
	line, _ := in.ReadString('\n') // an input that ends without a yes is a no
	return yes(line)
}

func yes(answer string) bool {
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes", "д", "да":
		return true
	default:
		return false
	}
}
