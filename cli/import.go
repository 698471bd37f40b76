package cli

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"opsbot/model"
)

type importCmd struct {
	Icinga  importIcingaCmd  `cmd:"" help:"Hosts that Icinga knows."`
	Zabbix  importZabbixCmd  `cmd:"" help:"Hosts that Zabbix knows."`
	Ansible importAnsibleCmd `cmd:"" help:"Hosts of an inventory of Ansible: a file, or a folder."`
	CSV     importCSVCmd     `cmd:"" name:"csv" help:"Hosts of any CSV whose first line names its columns."`
}

// importFlags are those of every import.
type importFlags struct {
	ConfigFlag
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
func (c *importIcingaCmd) Run(con *Console) error {
	return c.run(con, importOptions{kind: "icinga", from: c.Sources})
}

type importZabbixCmd struct{ importSourceCmd }

// Run imports from Zabbix.
func (c *importZabbixCmd) Run(con *Console) error {
	return c.run(con, importOptions{kind: "zabbix", from: c.Sources})
}

type importAnsibleCmd struct {
	Path string `arg:"" type:"path" help:"The inventory."`
	importFlags
}

// Run imports from an inventory of Ansible.
func (c *importAnsibleCmd) Run(con *Console) error {
	return c.run(con, importOptions{kind: "ansible", from: []string{c.Path}, noConfig: true})
}

type importCSVCmd struct {
	Path string `arg:"" type:"path" help:"The file."`
	importFlags
	Map map[string]string `help:"Which column a field is: --map client=Customer. Fields are name, address, aliases, client, services, tier, labels."`
}

// Run imports from a CSV.
func (c *importCSVCmd) Run(con *Console) error {
	return c.run(con, importOptions{kind: "csv", from: []string{c.Path}, columns: c.Map, noConfig: true})
}

// run shows what an import would change, asks, and writes it.
func (f *importFlags) run(con *Console, o importOptions) error {
	o.noConfig = o.noConfig && f.Config == DefaultConfig // one that was named must exist
	o.config, o.out, o.as, o.group, o.language = f.Config, f.Out, f.As, f.Group, con.Language
	plan, err := planImport(con.Ctx, o)
	if err != nil {
		return err
	}
	if plan.out() == "" { // the file is what is printed
		fmt.Fprintln(con.Err, plan.preview())
		_, err := io.WriteString(con.Out, plan.csv())
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
func (f *importFlags) confirm(con *Console, plan *importPlan) error {
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
	switch strings.ToLower(strings.TrimSpace(line)) {
	case "y", "yes", "д", "да":
		return true
	default:
		return false
	}
}
