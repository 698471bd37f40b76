package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"opsbot/config"
	"opsbot/model"
)

type initCmd struct {
	Path  string `arg:"" optional:"" type:"path" default:"opsbot.toml"`
	Force bool
}

// Run writes the starter configuration.
func (c *initCmd) Run(con *Console) error {
	path := c.Path
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, "opsbot.toml")
	}
	if err := c.write(path); err != nil {
		return err
	}
	_, err := fmt.Fprintf(con.Out, "%s\nopsbot config check %s\nopsbot run --config %s\n", path, path, path)
	return err
}

func (c *initCmd) write(path string) error {
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
	_, err = f.WriteString(config.Starter())
	if err := errors.Join(err, f.Close()); err != nil {
		return &model.Error{Code: model.ErrFile, Args: map[string]string{"path": path, "what": err.Error()}, Err: err}
	}
	return nil
}
