package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"opsbot/app/setup"
	"opsbot/checks"
	"opsbot/config"
	"opsbot/inventory"
	"opsbot/model"
	"opsbot/oncall/moving"
	"opsbot/schedule"
	"opsbot/texts"
)

// importOnCallFlags are those of imports of on-call schedules.
type importOnCallFlags struct {
	Files []string `arg:"" name:"file" type:"existingfile"`
	ConfigFlag
	Out      string `type:"path"`
	Telegram map[string]model.UserID
	Yes      bool
	DryRun   bool
}

type importGrafanaOnCallCmd struct{ importOnCallFlags }

// Run imports from Grafana OnCall.
func (c *importGrafanaOnCallCmd) Run(con *Console) error { return c.run(con, moving.OnCall) }

type importGoAlertCmd struct{ importOnCallFlags }

// Run imports from GoAlert.
func (c *importGoAlertCmd) Run(con *Console) error { return c.run(con, moving.GoAlert) }

type importPagerDutyCmd struct{ importOnCallFlags }

// Run imports from PagerDuty.
func (c *importPagerDutyCmd) Run(con *Console) error { return c.run(con, moving.PagerDuty) }

type importOpsgenieCmd struct{ importOnCallFlags }

// Run imports from Opsgenie.
func (c *importOpsgenieCmd) Run(con *Console) error { return c.run(con, moving.Opsgenie) }

// dutyPlan is the file that an import of schedules would write.
type dutyPlan struct {
	out       string
	old, text []byte
	export    *moving.Export
	p         *texts.Printer
}

// run shows what an import would write, asks, and writes it.
func (c *importOnCallFlags) run(con *Console, kind string) error {
	plan, err := c.plan(con, kind)
	if err != nil {
		return err
	}
	if err := con.printLine(plan.preview()); err != nil {
		return err
	}
	say := func(what string) error { return con.printLine(plan.p.T("import."+what, texts.Args{"file": plan.out})) }
	switch {
	case bytes.Equal(plan.old, plan.text):
		return say("same")
	case c.DryRun:
		if err := con.printLine(string(plan.text)); err != nil {
			return err
		}
		return say("not_written")
	}
	if err := (&writeFlags{Yes: c.Yes, AllowRemovals: true}).confirm(con, &importPlan{o: importOptions{out: plan.out}, p: plan.p, old: plan.old}); err != nil {
		return err
	}
	if err := plan.write(c.Config); err != nil {
		return fileError(model.ErrFile, plan.out, err)
	}
	if plan.old == nil {
		return say("written_new")
	}
	return say("written")
}

// plan reads the export and makes the file of it; it writes nothing.
func (c *importOnCallFlags) plan(con *Console, kind string) (*dutyPlan, error) {
	plan := &dutyPlan{out: c.Out, p: con.printer()}
	if plan.out == "" {
		plan.out = filepath.Join(filepath.Dir(c.Config), "conf.d", kind+".toml")
	}
	var err error
	if plan.old, err = inventory.ReadFile(plan.out); err != nil {
		return nil, fileError(model.ErrUnreadable, plan.out, err)
	}
	if plan.old != nil && !moving.Owned(plan.old, kind) {
		return nil, &model.Error{Code: model.ErrNotOurs, Args: map[string]string{"file": plan.out}}
	}
	files, err := readExports(c.Files)
	if err != nil {
		return nil, err
	}
	if plan.export, err = moving.Read(kind, files); err != nil {
		return nil, err
	}
	o := moving.Options{Kind: kind, Telegram: c.Telegram}
	if o.Telegram == nil {
		o.Telegram = map[string]model.UserID{}
	}
	if err := c.environment(plan.out, &o); err != nil {
		return nil, err
	}
	text, unreached := plan.export.TOML(o)
	if len(unreached) > 0 {
		return nil, &model.Error{Code: model.ErrNoWay, Args: map[string]string{"people": strings.Join(unreached, ", "), "person": unreached[0]}}
	}
	plan.text = text
	return plan, plan.validate(o.People)
}

// readExports reads the files of an export, and when they were made.
func readExports(paths []string) ([]moving.File, error) {
	var files []moving.File
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, fileError(model.ErrUnreadable, path, err)
		}
		info, err := os.Stat(path)
		if err != nil {
			return nil, fileError(model.ErrUnreadable, path, err)
		}
		files = append(files, moving.File{Name: filepath.Base(path), Data: data, At: info.ModTime()})
	}
	return files, nil
}

// environment adds what the configuration has beside the file: people, schedules, and users of Telegram by their names.
func (c *importOnCallFlags) environment(out string, o *moving.Options) error {
	if _, err := os.Stat(c.Config); err != nil && c.Config == DefaultConfig {
		return nil // without a configuration there is nothing beside it
	}
	cfg, problems := config.LoadAll(c.Config, loading())
	others := slices.DeleteFunc(slices.Clone(problems), func(p model.Problem) bool { return sameFile(p.Place.File, out) })
	if len(others) > 0 {
		return others
	}
	if cfg == nil {
		return problems
	}
	for _, p := range cfg.People {
		if !sameFile(p.At.File, out) {
			o.People = append(o.People, moving.Known{Name: p.Name, Telegram: p.Telegram})
		}
	}
	for i := range cfg.OnCall {
		if s := &cfg.OnCall[i]; !sameFile(s.At.File, out) {
			o.Taken = append(o.Taken, s.Name)
		}
	}
	for _, u := range cfg.Telegram.Users {
		if _, said := o.Telegram[u.Name]; !said && u.Name != "" {
			o.Telegram[u.Name] = u.ID
		}
	}
	return nil
}

// validate finds what the configuration would not take of the new file. People of other files stand in for themselves.
func (d *dutyPlan) validate(others []moving.Known) error {
	folder, err := os.MkdirTemp("", "opsbot-import")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }() // a folder for files that nobody needs
	text := d.text
	for i, p := range others {
		text = fmt.Appendf(text, "\n[[people]]\nname = %q\nphone = \"%d\"\n", p.Name, i)
	}
	path := filepath.Join(folder, filepath.Base(d.out))
	if err := os.WriteFile(path, text, 0o600); err != nil {
		return err
	}
	if _, problems := config.LoadAll(path, loading()); len(problems) > 0 {
		return problems
	}
	return nil
}

// write replaces the file and keeps the old one beside it. A new one is for those alone who read the configuration: it has phones.
func (d *dutyPlan) write(main string) error {
	if err := os.MkdirAll(filepath.Dir(d.out), 0o755); err != nil { //nolint:gosec // as the folder of a configuration is
		return err
	}
	if d.old == nil {
		if err := d.create(main); err != nil {
			return err
		}
	}
	err := inventory.Replace(d.out, d.old, d.text, func(string) error { return nil })
	if err != nil && d.old == nil {
		err = errors.Join(err, os.Remove(d.out))
	}
	return err
}

// create makes an empty file with the owner of the configuration, whose service must read it.
func (d *dutyPlan) create(main string) error {
	mode := fs.FileMode(0o600)
	info, err := os.Stat(main)
	if err == nil {
		mode |= info.Mode().Perm() & 0o060
	}
	if err := os.WriteFile(d.out, nil, mode); err != nil {
		return err
	}
	if info == nil {
		return nil
	}
	if of, ok := info.Sys().(*syscall.Stat_t); ok && os.Geteuid() == 0 {
		return os.Chown(d.out, int(of.Uid), int(of.Gid))
	}
	return nil
}

// loading is how the configuration is read for an import.
func loading() config.Options {
	return config.Options{Kinds: setup.Kinds(checks.Deps{}), CheckSchedule: schedule.Validate, LocalIP: checks.LocalIP, NewInventory: true}
}

// preview says what was found, and what could not be carried over.
func (d *dutyPlan) preview() string {
	lines := []string{d.p.T("moving.found", texts.Args{"people": len(d.export.People), "schedules": len(d.export.Schedules)})}
	for i := range d.export.Schedules {
		s := &d.export.Schedules[i]
		lines = append(lines, "  "+d.p.T("moving.schedule", texts.Args{"schedule": s.Name, "zone": s.Zone, "layers": len(s.Layers)}))
	}
	if len(d.export.Notes) > 0 {
		lines = append(lines, d.p.T("moving.notes", texts.Args{"n": len(d.export.Notes)}))
	}
	for _, note := range d.export.Notes {
		lines = append(lines, "  "+d.p.Sentence(note))
	}
	return strings.Join(lines, "\n")
}
