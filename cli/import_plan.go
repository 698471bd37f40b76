package cli

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"opsbot/app/setup"
	"opsbot/checks"
	"opsbot/config"
	"opsbot/inventory"
	"opsbot/inventory/found"
	"opsbot/model"
	"opsbot/schedule"
	"opsbot/texts"
)

// importOptions say which hosts are imported into which inventory file.
type importOptions struct {
	config   string
	noConfig bool              // without a configuration when there is no file at that path
	kind     string            // "icinga", "zabbix", "ansible", "csv"
	from     []string          // names of [[inbound]], none is all of the kind; of ansible and csv the path
	list     bool              // of ansible: run ansible-inventory
	columns  map[string]string // of csv: the column of each field
	as       string            // the source that the rows name; default the source's name, or the kind
	group    string            // of clients without services
	out      string            // default: the one [[inventory]] of the configuration, else nothing is written
	p        *texts.Printer
}

// importPlan is the change that an import would make to a file.
type importPlan struct {
	o      importOptions
	p      *texts.Printer
	cfg    *config.Config // nil: there is none
	old    []byte
	text   []byte
	drafts []*inventory.Draft
	notes  []model.Sentence
}

// planImport reads the hosts and plans the change; it writes nothing. The new file is validated together with the
// configuration: its errors are model.Problems.
func planImport(ctx context.Context, o importOptions) (*importPlan, error) {
	plan := &importPlan{o: o, p: o.p}
	err := plan.configure()
	if err != nil {
		return nil, err
	}
	if plan.old, err = inventory.ReadFile(plan.o.out); plan.o.out != "" && err != nil {
		return nil, fileError(model.ErrUnreadable, plan.o.out, err)
	}
	if err := plan.draft(ctx); err != nil {
		return nil, err
	}
	return plan, plan.validate(func() (inventory.Declared, error) { return inventory.ReadCSV(plan.name(), bytes.NewReader(plan.text)) })
}

// draft reads the hosts and merges them into the text of the file.
func (i *importPlan) draft(ctx context.Context) error {
	all, err := i.find(ctx)
	if err != nil {
		return err
	}
	declared, err := i.elsewhere()
	if err != nil {
		return err
	}
	i.text = i.old
	for _, im := range all {
		im.Group, im.Else = i.o.group, declared
		draft, err := im.Draw(i.name(), i.text)
		if err != nil {
			return err
		}
		i.text = draft.Text
		i.drafts = append(i.drafts, draft)
	}
	return nil
}

// configure reads the configuration, and finds the file to write.
func (i *importPlan) configure() error {
	if _, err := os.Stat(i.o.config); i.o.noConfig && errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	cfg, err := config.Load(i.o.config, config.Options{
		Kinds: setup.Kinds(checks.Deps{}), CheckSchedule: schedule.Validate, LocalIP: checks.LocalIP, NewInventory: true,
	})
	if err != nil {
		return err
	}
	i.cfg = cfg
	switch {
	case i.o.out != "":
	case len(cfg.Inventory) == 1:
		i.o.out = cfg.Inventory[0].Path
	case len(cfg.Inventory) > 1:
		return &model.Error{Code: model.ErrWhichFile}
	}
	return nil
}

// find reads the hosts from where they are known.
func (i *importPlan) find(ctx context.Context) ([]inventory.Import, error) {
	var hosts []model.FoundHost
	var err error
	switch i.o.kind {
	case "ansible":
		hosts, i.notes, err = ansibleHosts(ctx, i.o.from[0], i.o.list)
	case "csv":
		hosts, i.notes, err = found.CSVFile(i.o.from[0], i.o.columns)
	default:
		return i.query(ctx)
	}
	if problems, ok := errors.AsType[model.Problems](err); ok { // with their places
		return nil, problems
	}
	if err != nil {
		return nil, fileError(model.ErrUnreadable, i.o.from[0], err)
	}
	as := i.o.as
	if as == "" {
		as = i.o.kind
	}
	return []inventory.Import{{As: as, Hosts: hosts}}, nil
}

// elsewhere is what is declared outside of the file.
func (i *importPlan) elsewhere() (inventory.Declared, error) {
	if i.cfg == nil {
		return inventory.Declared{Defaults: config.Defaults().Webtest.ServiceSettings}, nil
	}
	cfg := i.cfg
	d := inventory.Declared{
		Wrong: checks.NewEndpoints(cfg.Around).Wrong, Defaults: cfg.Webtest.ServiceSettings, Services: cfg.Services, Groups: cfg.Groups, Clients: cfg.Clients, Hosts: cfg.Hosts,
	}
	for _, file := range cfg.Inventory {
		if sameFile(file.Path, i.o.out) {
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

// validate finds what would be wrong with the inventory.
func (i *importPlan) validate(read func() (inventory.Declared, error)) error {
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

// standIns declares the services and groups that rows name, in place of a configuration that is not known here.
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

func (i *importPlan) name() string {
	if i.o.out == "" {
		return strings.Join(append([]string{i.o.kind}, i.o.from...), " ")
	}
	return i.o.out
}

// out is the file to write; "" when there is none, and the text is printed.
func (i *importPlan) out() string { return i.o.out }

// content is the new text of the file.
func (i *importPlan) content() string { return string(i.text) }

// unchanged reports whether there is nothing to write.
func (i *importPlan) unchanged() bool { return bytes.Equal(i.old, i.text) }

// drastic reports whether more than a tenth of the hosts or of the clients would be removed.
func (i *importPlan) drastic() bool {
	for _, d := range i.drafts {
		if d.Drastic() {
			return true
		}
	}
	return false
}

// write replaces the file and keeps the old one beside it. The new file is read and validated before it replaces the old one.
func (i *importPlan) write() error {
	err := inventory.Replace(i.o.out, i.old, i.text, func(written string) error {
		return i.validate(func() (inventory.Declared, error) { return inventory.ReadCSVFile(written) })
	})
	if _, ok := errors.AsType[model.Problems](err); err == nil || ok {
		return err
	}
	return fileError(model.ErrFile, i.o.out, err)
}
