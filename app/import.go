package app

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"opsbot/checks"
	"opsbot/config"
	"opsbot/inventory"
	"opsbot/inventory/found"
	"opsbot/model"
	"opsbot/schedule"
	"opsbot/texts"
)

// ImportOptions say what is brought into which inventory file.
type ImportOptions struct {
	ConfigPath string
	NoConfig   bool              // where there is no file at ConfigPath, go without one
	Kind       string            // "icinga", "zabbix", "ansible", "csv"
	From       []string          // names of [[inbound]], none is all of the kind; of ansible and csv the path
	Map        map[string]string // of csv: which column a field is
	As         string            // what the rows say of where they come from; default the source's name, or the kind
	Group      string            // of clients for which nobody says services
	Out        string            // default: the one [[inventory]] of the configuration, else nothing is written
	Language   string
}

// ImportPlan is what an import would do to a file.
type ImportPlan struct {
	o      ImportOptions
	p      *texts.Printer
	cfg    *config.Config // nil: there is none
	old    []byte
	text   []byte
	drafts []*inventory.Draft
	notes  []string
}

// PlanImport asks who knows hosts, and says what an import would do; it writes nothing. The file as it would be is judged together
// with the configuration: its mistakes are model.Problems.
func PlanImport(ctx context.Context, o ImportOptions) (*ImportPlan, error) {
	catalog, err := texts.Load()
	if err != nil {
		return nil, err
	}
	plan := &ImportPlan{o: o, p: catalog.For(o.Language)}
	if err := plan.configure(); err != nil {
		return nil, err
	}
	if plan.old, err = inventory.ReadFile(plan.o.Out); plan.o.Out != "" && err != nil {
		return nil, fileError(model.ErrUnreadable, plan.o.Out, err)
	}
	all, err := plan.find(ctx)
	if err != nil {
		return nil, err
	}
	declared, err := plan.elsewhere()
	if err != nil {
		return nil, err
	}
	plan.text = plan.old
	for _, im := range all {
		im.Group, im.Else = o.Group, declared
		draft, err := im.Draw(plan.name(), plan.text)
		if err != nil {
			return nil, err
		}
		plan.text = draft.Text
		plan.drafts = append(plan.drafts, draft)
	}
	return plan, plan.judge(func() (inventory.Declared, error) { return inventory.ReadCSV(plan.name(), bytes.NewReader(plan.text)) })
}

// configure reads the configuration, and finds the file that is meant.
func (i *ImportPlan) configure() error {
	if _, err := os.Stat(i.o.ConfigPath); i.o.NoConfig && errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	cfg, err := config.Load(i.o.ConfigPath, config.Options{
		Kinds: checks.AllKinds((&links{}).checkDeps()), CheckSchedule: schedule.Validate, LocalIP: checks.LocalIP, NewInventory: true,
	})
	if err != nil {
		return err
	}
	i.cfg = cfg
	switch {
	case i.o.Out != "":
	case len(cfg.Inventory) == 1:
		i.o.Out = cfg.Inventory[0].Path
	case len(cfg.Inventory) > 1:
		return &model.Error{Code: model.ErrWhichFile}
	}
	return nil
}

// find asks who knows hosts.
func (i *ImportPlan) find(ctx context.Context) ([]inventory.Import, error) {
	var hosts []model.FoundHost
	var err error
	switch i.o.Kind {
	case "ansible":
		hosts, i.notes, err = found.Ansible(i.o.From[0])
	case "csv":
		hosts, i.notes, err = found.CSVFile(i.o.From[0], i.o.Map)
	default:
		return i.ask(ctx)
	}
	if err != nil {
		return nil, fileError(model.ErrUnreadable, i.o.From[0], err)
	}
	as := i.o.As
	if as == "" {
		as = i.o.Kind
	}
	return []inventory.Import{{As: as, Hosts: hosts}}, nil
}

func fileError(code model.ErrorCode, path string, err error) error {
	what := err.Error()
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		path, what = e.Path, e.Err.Error()
	}
	return &model.Error{Code: code, Args: map[string]string{"path": path, "what": what}, Err: err}
}

// elsewhere is what is declared in other places than the file.
func (i *ImportPlan) elsewhere() (inventory.Declared, error) {
	if i.cfg == nil {
		return inventory.Declared{Defaults: config.Defaults().Webtest}, nil
	}
	cfg := i.cfg
	d := inventory.Declared{
		Wrong: checks.NewEndpoints(cfg.Around).Wrong, Defaults: cfg.Webtest, Services: cfg.Services, Groups: cfg.Groups, Clients: cfg.Clients, Hosts: cfg.Hosts,
	}
	for _, file := range cfg.Inventory {
		if sameFile(file.Path, i.o.Out) {
			continue
		}
		more, err := inventory.ReadCSVFile(file.Path)
		if err != nil {
			return d, err
		}
		d = d.With(more)
	}
	return d, nil
}

func sameFile(a, b string) bool {
	x, errX := filepath.Abs(a)
	y, errY := filepath.Abs(b)
	return errX == nil && errY == nil && x == y
}

// judge says what would be wrong with the inventory.
func (i *ImportPlan) judge(read func() (inventory.Declared, error)) error {
	more, err := read()
	if err != nil {
		return err
	}
	d, err := i.elsewhere()
	if err != nil {
		return err
	}
	if i.cfg == nil {
		d = standIns(d, more.Clients)
	}
	plan, err := inventory.Compile(d.With(more))
	if err != nil || i.cfg == nil {
		return err
	}
	if problems := plan.UnknownClients(i.cfg.ClientRefs()); len(problems) > 0 {
		return problems
	}
	return nil
}

// standIns declares what rows name and a configuration that is not known here declares.
func standIns(d inventory.Declared, clients []model.ClientSpec) inventory.Declared {
	const whatever = "any"
	stand := func(name string) {
		s := model.ServiceSpec{Name: name}
		s.Port = new(80)
		d.Services = append(d.Services, s)
	}
	stand(whatever)
	for i := range clients {
		c := &clients[i]
		for _, name := range c.Services {
			stand(name)
		}
		switch {
		case c.Group != "":
			d.Groups = append(d.Groups, model.GroupSpec{Name: c.Group, Services: []string{whatever}})
		case len(c.Services) == 0:
			c.Services = []string{whatever}
		}
	}
	return d
}

func (i *ImportPlan) name() string {
	if i.o.Out == "" {
		return strings.Join(append([]string{i.o.Kind}, i.o.From...), " ")
	}
	return i.o.Out
}

// Out is the file that would be written, "" when there is none: the text is for whoever asked.
func (i *ImportPlan) Out() string { return i.o.Out }

// CSV is the file as it would be.
func (i *ImportPlan) CSV() string { return string(i.text) }

// Same reports whether there is nothing to write.
func (i *ImportPlan) Same() bool { return bytes.Equal(i.old, i.text) }

// Drastic reports whether more than a tenth of the hosts or of the clients would be gone.
func (i *ImportPlan) Drastic() bool {
	for _, d := range i.drafts {
		if d.Drastic() {
			return true
		}
	}
	return false
}

// Write writes the file; the old one stays beside it. What was written is read again and judged before it counts.
func (i *ImportPlan) Write() error {
	err := inventory.Replace(i.o.Out, i.old, i.text, func(written string) error {
		return i.judge(func() (inventory.Declared, error) { return inventory.ReadCSVFile(written) })
	})
	if _, ok := errors.AsType[model.Problems](err); err == nil || ok {
		return err
	}
	return fileError(model.ErrFile, i.o.Out, err)
}
