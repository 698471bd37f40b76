package cli

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"opsbot/app/setup"
	"opsbot/checks"
	"opsbot/config"
	"opsbot/inventory"
	"opsbot/model"
	"opsbot/movein"
	"opsbot/movein/moved"
	"opsbot/schedule"
	"opsbot/texts"
)

// moveOptions say what is moved in, and where to.
type moveOptions struct {
	config   string
	noConfig bool     // without a configuration when there is no file at that path
	kind     string   // of movein.Kinds
	paths    []string // of the source
	module   string   // of blackbox
	as       string   // default: the kind
	out      string   // default: conf.d/AS.toml beside the configuration; without one nothing is written
	p        *texts.Printer
}

// movePlan is the change that an import of checks would make.
type movePlan struct {
	o     moveOptions
	p     *texts.Printer
	cfg   *config.Config // nil: there is none
	old   []byte
	base  movein.Import
	draft *movein.Draft
	fresh map[string]string // new secrets by path
}

// planMove reads the source and plans the change; it writes nothing. The new file is validated together with the configuration: its errors are
// model.Problems, and what of the source would be one is left out and noted.
func planMove(ctx context.Context, o moveOptions) (*movePlan, error) {
	if o.as == "" {
		o.as = o.kind
	}
	if err := plainName(o.as); err != nil {
		return nil, err
	}
	m := &movePlan{o: o, p: o.p, fresh: map[string]string{}}
	err := m.configure()
	if err != nil {
		return nil, err
	}
	m.base = movein.Import{As: o.as, Secrets: path.Join("conf.d", o.as+".secrets"), Listens: true, Without: map[string]model.Sentence{}}
	options := moved.Options{Module: o.module}
	if m.cfg != nil {
		m.readNames()
		options.Zone = m.cfg.Schedule.Zone.Location()
	}
	if m.base.Found, err = movein.Read(ctx, o.kind, o.paths, options); err != nil {
		return nil, fileError(model.ErrUnreadable, o.paths[0], err)
	}
	return m, m.settle()
}

// plainName refuses names that lead out of the folder.
func plainName(as string) error {
	if strings.Trim(as, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == "" {
		return nil
	}
	return &model.ValueError{What: model.Say("movein.as", "got", as)}
}

// configure reads the configuration, and finds the file to write.
func (m *movePlan) configure() error {
	if _, err := os.Stat(m.o.config); m.o.noConfig && errors.Is(err, fs.ErrNotExist) {
		return m.readOld()
	}
	if m.o.out == "" {
		m.o.out = filepath.Join(filepath.Dir(m.o.config), "conf.d", m.o.as+".toml")
	}
	cfg, problems := config.LoadAll(m.o.config, m.loading(nil))
	others := slices.DeleteFunc(slices.Clone(problems), func(p model.Problem) bool { return sameFile(p.Place.File, m.o.out) })
	switch {
	case len(others) > 0:
		return others
	case cfg == nil:
		return problems
	}
	m.cfg = cfg // mistakes in the file itself may be those that this import mends
	return m.readOld()
}

func (m *movePlan) readOld() error {
	if m.o.out == "" {
		return nil
	}
	old, err := inventory.ReadFile(m.o.out)
	if err != nil {
		return fileError(model.ErrUnreadable, m.o.out, err)
	}
	m.old = old
	return nil
}

// loading is how the configuration is read, with the new file in its place.
func (m *movePlan) loading(text []byte) config.Options {
	o := config.Options{Kinds: setup.Kinds(checks.Deps{}), CheckSchedule: schedule.Validate, LocalIP: checks.LocalIP, NewInventory: true}
	if text != nil {
		o.Instead = &config.NewFile{Path: m.o.out, Text: text}
	}
	return o
}

// readNames finds the names that others have, and whether jobs can call.
func (m *movePlan) readNames() {
	for i := range m.cfg.Checks {
		if c := &m.cfg.Checks[i]; !sameFile(c.At.File, m.o.out) {
			m.base.Taken = append(m.base.Taken, c.Name)
		}
	}
	for i := range m.cfg.Maintenance {
		if w := &m.cfg.Maintenance[i]; !sameFile(w.At.File, m.o.out) {
			m.base.Windows = append(m.base.Windows, w.Name)
		}
	}
	m.base.Listens = m.cfg.Web.Listen != ""
}

// settle draws the file until the configuration takes it: tables that it refuses are left out and noted.
func (m *movePlan) settle() error {
	for {
		draft, err := m.base.Draw(m.old)
		if err != nil {
			return model.Problems{model.Place{File: m.o.out}.Problem(model.Say("config.syntax", "said", err))}
		}
		m.draft = draft
		problems, err := m.validate()
		if err != nil || len(problems) == 0 {
			return err
		}
		known := len(m.base.Without)
		m.leaveOut(problems)
		if len(m.base.Without) == known { // somebody else's
			return problems
		}
	}
}

// leaveOut takes out the tables of the import that the configuration refuses.
func (m *movePlan) leaveOut(problems model.Problems) {
	for _, p := range problems {
		if t := m.draft.At(p.Place.Line); t != nil && p.Place.File == m.checked() {
			m.base.Without[movein.Key(t)] = p.What
		}
	}
}

// checked is the path under which the new file is validated.
func (m *movePlan) checked() string {
	if m.o.out == "" {
		return "conf.d/" + m.o.as + ".toml"
	}
	return m.o.out
}

// validate loads the configuration with the new file. The secrets, which are not written yet, are in a folder of their own meanwhile.
func (m *movePlan) validate() (model.Problems, error) {
	dir, err := os.MkdirTemp("", "opsbot-import-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // nothing depends on it
	text, err := m.withSecretsIn(dir)
	if err != nil {
		return nil, err
	}
	main, options := m.o.config, m.loading(text)
	options.Instead.Path = m.checked()
	if m.cfg == nil {
		main = filepath.Join(dir, "opsbot.toml")
		if err := os.WriteFile(main, []byte("[web]\nlisten = \"127.0.0.1:8080\"\n"), 0o600); err != nil {
			return nil, err
		}
	}
	_, problems := config.LoadAll(main, options)
	return problems, nil
}

// withSecretsIn writes the secrets to a folder, and returns the text with their paths there.
func (m *movePlan) withSecretsIn(dir string) ([]byte, error) {
	text := m.draft.Text
	if len(m.draft.Secrets) == 0 {
		return text, nil
	}
	for _, s := range m.draft.Secrets {
		if err := os.WriteFile(filepath.Join(dir, path.Base(s.Path)), []byte(m.secret(s)+"\n"), 0o600); err != nil {
			return nil, err
		}
	}
	return bytes.ReplaceAll(text, []byte(`"`+m.base.Secrets+"/"), []byte(`"`+dir+"/")), nil
}

// secretPath is where a secret is written.
func (m *movePlan) secretPath(s movein.SecretFile) string {
	return filepath.Join(filepath.Dir(m.o.config), filepath.FromSlash(s.Path))
}

// secret is the content of a secret's file, without its line end. One that opsbot makes itself stays as it is.
func (m *movePlan) secret(s movein.SecretFile) string {
	if !s.Fresh {
		return string(s.Value)
	}
	if m.fresh[s.Path] == "" {
		if old, err := os.ReadFile(m.secretPath(s)); err == nil && m.cfg != nil {
			m.fresh[s.Path] = strings.TrimSuffix(string(old), "\n")
		} else {
			m.fresh[s.Path] = newToken()
		}
	}
	return m.fresh[s.Path]
}

// out is the file to write; "" when there is none, and the text is printed.
func (m *movePlan) out() string { return m.o.out }

// content is the new text of the file.
func (m *movePlan) content() string { return string(m.draft.Text) }

// drastic reports whether more than a tenth of the tables would be removed.
func (m *movePlan) drastic() bool { return m.draft.Drastic() }

// unchanged reports whether there is nothing to write.
func (m *movePlan) unchanged() bool {
	return bytes.Equal(m.old, m.draft.Text) && !slices.ContainsFunc(m.draft.Secrets, m.differs)
}

// differs reports whether the file of a secret has to be written.
func (m *movePlan) differs(s movein.SecretFile) bool {
	now, err := os.ReadFile(m.secretPath(s))
	return err != nil || strings.TrimSuffix(string(now), "\n") != m.secret(s)
}
