package cli

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"opsbot/app"
	"opsbot/app/doctor"
	"opsbot/app/setup"
	"opsbot/cli/control"
	"opsbot/model"
	"opsbot/texts"
)

type supportCmd struct {
	ConfigFlag
	File string `arg:"" optional:"" type:"path"`
}

// Run writes a bundle for whoever helps.
func (c *supportCmd) Run(con *Console) error {
	b := &bundle{con: con, config: c.Config, at: time.Now()}
	b.collect()
	packed, err := b.pack()
	if err != nil {
		return err
	}
	if c.File == "-" {
		_, err := con.Out.Write(packed)
		return err
	}
	if c.File == "" {
		c.File = "opsbot-support-" + b.at.UTC().Format("20060102T150405Z") + ".tar.gz"
	}
	if err := os.WriteFile(c.File, packed, 0o600); err != nil {
		return fileError(model.ErrFile, c.File, err)
	}
	return con.printLine(con.text("support.done", texts.Args{"file": c.File}))
}

// bundle is what is collected: what cannot be had is said in its place.
type bundle struct {
	con     *Console
	config  string
	at      time.Time
	secrets []string // values, wherever they are
	files   []bundled
}

type bundled struct{ name, text string }

func (b *bundle) add(name, text string) { b.files = append(b.files, bundled{name, text}) }

// addJSON adds data, or why there is none.
func (b *bundle) addJSON(name string, v any, err error) {
	if err != nil {
		v = map[string]string{"error": b.con.said(err)}
	}
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false) // a secret is looked for as it is written
	if err := enc.Encode(v); err != nil {
		text.WriteString(err.Error())
	}
	b.add(name, text.String())
}

// supportWait bounds what is asked of the bot, and of the journal.
const supportWait = 10 * time.Second

func (b *bundle) collect() {
	b.addJSON("about.json", map[string]string{
		"version": b.con.Version, "go": runtime.Version(), "system": runtime.GOOS + "/" + runtime.GOARCH, "at": b.at.UTC().Format(time.RFC3339),
	}, nil)
	socket := ""
	l, err := setup.Load(b.config, b.con.Getenv)
	if err != nil {
		b.add("problems.txt", strings.Join(b.con.problemLines(err), "\n")+"\n")
	} else {
		tree, secrets := l.Config.Shown()
		b.secrets = secrets
		b.addJSON("config.json", b.withoutHints(tree), nil)
		socket = l.Config.Control.Socket
	}
	b.askBot(socket)
	b.database(l)
	var found []findingView
	for _, f := range doctor.Examine(b.con.Ctx, doctor.Options{
		Config: b.config, Getenv: b.con.Getenv, Source: app.AskSource, Wait: doctorWait,
		Bot: func(socket string) doctor.Bot { return control.New(socket, b.con.Language) },
	}) {
		found = append(found, b.con.finding(&f))
	}
	b.addJSON("doctor.json", found, nil)
}

// problemLines are the errors of a configuration, which show no secret.
func (con *Console) problemLines(err error) []string {
	if problems, ok := errors.AsType[model.Problems](err); ok {
		return []string{con.printer().Problems(problems)}
	}
	return con.explain(err)
}

// askBot adds what the running bot says. Of one that does not run there is the journal.
func (b *bundle) askBot(socket string) {
	ctx, cancel := context.WithTimeout(b.con.Ctx, supportWait)
	defer cancel()
	bot := control.New(socket, b.con.Language)
	health, err := bot.Health(ctx)
	b.addJSON("health.json", health, err)
	if err != nil {
		b.add("log.txt", journal(ctx))
		return
	}
	metrics, err := bot.Metrics(ctx)
	if err != nil {
		metrics = b.con.said(err)
	}
	b.add("metrics.txt", metrics)
	lines, err := bot.Log(ctx)
	if err != nil {
		lines = []string{b.con.said(err)}
	}
	b.add("log.txt", strings.Join(lines, "\n")+"\n")
}

// journal is the end of the service's log, as far as this machine has one.
func journal(ctx context.Context) string {
	out, err := exec.CommandContext(ctx, "journalctl", "--unit=opsbot", "--lines=1000", "--no-pager", "--output=short-iso").CombinedOutput()
	if err != nil {
		return "journalctl: " + err.Error() + "\n" + string(out)
	}
	return string(out)
}

// database adds how many rows there are of what.
func (b *bundle) database(l *setup.Loaded) {
	if l == nil || !l.Config.Store.DSN.IsZero() {
		return // what is on a server is counted there
	}
	is, err := setup.CountStore(b.con.Ctx, l.Config.Store.Path)
	b.addJSON("database.json", is, err)
}

// pack writes the files without secrets into an archive.
func (b *bundle) pack() ([]byte, error) {
	replace := b.replacer()
	var out bytes.Buffer
	packed := gzip.NewWriter(&out)
	archive := tar.NewWriter(packed)
	for _, f := range b.files {
		text := replace.Replace(f.text)
		if !strings.HasSuffix(f.name, ".json") { // strings of JSON were looked through one by one
			text = redactLines(text)
		}
		if err := archive.WriteHeader(&tar.Header{Name: "opsbot-support/" + f.name, Mode: 0o600, Size: int64(len(text)), ModTime: b.at}); err != nil {
			return nil, err
		}
		if _, err := io.WriteString(archive, text); err != nil {
			return nil, err
		}
	}
	err := errors.Join(archive.Close(), packed.Close())
	return out.Bytes(), err
}
