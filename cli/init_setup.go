package cli

import (
	"bufio"
	"context"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"text/template"

	"opsbot/app"
	"opsbot/app/setup"
	"opsbot/cli/control"
	"opsbot/model"
	"opsbot/texts"
)

// setUp asks, writes the files and starts opsbot.
func (c *initCmd) setUp(con *Console, l layout) error {
	i := &interview{con: con, in: bufio.NewReader(con.In), apiURL: c.APIURL, proxy: c.Proxy}
	a, err := i.all()
	if err != nil {
		return err
	}
	files, err := c.filesOf(l, a)
	if err != nil {
		return err
	}
	if err := write(files); err != nil {
		return err
	}
	for _, f := range files {
		fmt.Fprintln(con.Out, con.text("cli.init.written", texts.Args{"path": f.path}))
	}
	if l.service {
		return c.startService(con, a)
	}
	return i.startHere(l)
}

// filesOf are the files to write. They have been read once as they will be.
func (c *initCmd) filesOf(l layout, a *answers) ([]newFile, error) {
	text, err := c.render(l, a, l.tokenFile())
	if err != nil {
		return nil, err
	}
	if err := c.tryOut(l, a); err != nil {
		return nil, err
	}
	files := l.files(text, a.Token)
	if l.schema == packagedSchema {
		return files, nil
	}
	schema, err := configSchema()
	return append(files, newFile{filepath.Join(filepath.Dir(l.config), schemaName), string(schema) + "\n", 0o644}), err
}

// tryOut loads the configuration as it will be while opsbot runs; the token is elsewhere then.
func (c *initCmd) tryOut(l layout, a *answers) error {
	dir, err := os.MkdirTemp("", "opsbot-init-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // what is left is a file of a temporary folder
	text, err := c.render(l, a, "token")
	if err != nil {
		return err
	}
	path := filepath.Join(dir, "opsbot.toml")
	files := []newFile{{path, text, 0o600}, {filepath.Join(dir, "token"), a.Token, 0o600}}
	if err := write(files); err != nil {
		return err
	}
	_, err = setup.Load(path, func(string) string { return "" })
	return err
}

// The schema that the first line of a configuration names: that of a package, or a file beside it.
const (
	packagedSchema = "/usr/share/opsbot/" + schemaName
	schemaName     = "opsbot.schema.json"
)

//go:embed init.toml.tmpl
var initTemplate string

// rendered is what the template of the configuration takes.
type rendered struct {
	*answers
	Schema, Docs, Store, TokenFile, APIURL, Proxy string
}

func (c *initCmd) render(l layout, a *answers, tokenFile string) (string, error) {
	r := rendered{answers: a, APIURL: c.APIURL, Proxy: c.Proxy, Schema: l.schema, Docs: "opsbot config schema", Store: "opsbot.db"}
	if l.service {
		r.Docs, r.Store = "/usr/share/doc/opsbot", ""
	}
	if a.Token != "" {
		r.TokenFile = tokenFile
	}
	t, err := template.New("init").Funcs(template.FuncMap{"quote": strconv.Quote}).Parse(initTemplate)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = t.Execute(&b, r)
	return b.String(), err
}

// startService starts the service, and says how to become the admin.
func (c *initCmd) startService(con *Console, a *answers) error {
	if err := c.service.start(con.Ctx); err != nil {
		return &model.Error{Code: model.ErrService, Args: map[string]string{"what": err.Error()}, Err: err}
	}
	fmt.Fprintln(con.Out, con.text("cli.init.running"))
	if a.Token == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(con.Ctx, pairedWait)
	defer cancel()
	pairing, err := control.New(c.Socket, con.Language).Pairing(ctx)
	if err != nil {
		return err
	}
	if pairing.Open {
		fmt.Fprintln(con.Out, con.text("init.pair", texts.Args{"bot": a.Bot, "code": pairing.Code}))
	}
	return nil
}

// startHere runs opsbot at the terminal until it is ended, if that is wanted: it prints how to become the admin itself.
func (i *interview) startHere(l layout) error {
	con := i.con
	fmt.Fprintf(con.Out, "%s\n    opsbot config check %s\n    opsbot run --config %s\n", con.text("cli.init.later", nil), l.config, l.config)
	answer, err := i.ask(con.text("cli.init.start"), func(string) string { return "" })
	if err != nil || answer != "" && !yes(answer) {
		return nil //nolint:nilerr // who ends it here has what was asked for
	}
	a, err := app.New(con.Ctx, app.Options{ConfigPath: l.config, Version: con.Version, Stdout: con.Out, Getenv: con.Getenv, Log: con.Log("info")})
	if err != nil {
		return err
	}
	return a.Run(con.Ctx)
}
