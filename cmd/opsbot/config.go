package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"opsbot/app"
	"opsbot/model"
)

type configCmd struct {
	Check configCheckCmd `cmd:"" help:"Say every mistake in a configuration. Exit code 0: none."`
}

type configCheckCmd struct {
	configFlag
	File string `arg:"" optional:"" type:"path" help:"Configuration file, in place of --config."`
}

// Run reads a configuration and everything that it names.
func (c *configCheckCmd) Run(con *console) error {
	path := c.Config
	if c.File != "" {
		path = c.File
	}
	summary, err := app.Check(con.language, path)
	if problems, ok := errors.AsType[model.Problems](err); ok {
		for _, line := range app.Explain(con.language, problems) {
			fmt.Fprintln(con.out, line)
		}
		fmt.Fprintln(con.err, app.CountProblems(con.language, problems))
		return exitError{exitProblems}
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(con.out, summary)
	return err
}

type initCmd struct {
	Path  string `arg:"" optional:"" type:"path" help:"File, or folder for opsbot.toml in it." default:"opsbot.toml"`
	Force bool   `help:"Overwrite a file that is there."`
}

// Run writes the starter.
func (c *initCmd) Run(con *console) error {
	path := c.Path
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, "opsbot.toml")
	}
	flags := os.O_WRONLY | os.O_CREATE | os.O_EXCL
	if c.Force {
		flags = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	}
	f, err := os.OpenFile(path, flags, 0o644) //nolint:gosec // holds no secret, and the service's user must read it
	if errors.Is(err, fs.ErrExist) {
		return &model.Error{Code: model.ErrFileThere, Args: map[string]string{"path": path}}
	}
	if err != nil {
		return &model.Error{Code: model.ErrFile, Args: map[string]string{"path": path, "what": err.Error()}, Err: err}
	}
	_, err = f.WriteString(app.Starter())
	if err := errors.Join(err, f.Close()); err != nil {
		return &model.Error{Code: model.ErrFile, Args: map[string]string{"path": path, "what": err.Error()}, Err: err}
	}
	_, err = fmt.Fprintf(con.out, "%s\nopsbot config check %s\nopsbot run --config %s\n", path, path, path)
	return err
}
