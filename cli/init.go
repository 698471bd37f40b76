package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"opsbot/config"
	"opsbot/deploy/packages"
	"opsbot/model"
)

type initCmd struct {
	socketFlag
	Path    string `arg:"" optional:"" type:"path"`
	Force   bool
	Starter bool
	APIURL  string `name:"api-url"`
	Proxy   string

	service service // of this machine; nil: systemd
}

// Run asks what opsbot needs to know, writes the configuration and starts it. Where nobody can answer, it writes the starter configuration.
func (c *initCmd) Run(con *Console) error {
	if c.service == nil {
		c.service = systemd{}
	}
	l := c.layout()
	if err := c.free(l.config); err != nil {
		return err
	}
	if con.Interactive && !c.Starter {
		return c.setUp(con, l)
	}
	files := l.files(config.Starter(), "")
	if err := write(files[:1]); err != nil {
		return err
	}
	_, err := fmt.Fprintf(con.Out, "%s\nopsbot config check %s\nopsbot run --config %s\n", l.config, l.config, l.config)
	return err
}

// layout is where files are: beside each other, or where the unit of an installed package looks for them.
type layout struct {
	config  string
	service bool
	schema  string // that its first line names
}

// layout is that of the service, where one is installed and it is its configuration that is written; nobody but root can.
func (c *initCmd) layout() layout {
	path := c.Path
	installed := c.service.installed()
	switch info, err := os.Stat(path); {
	case path == "" && installed && c.service.allowed():
		path = DefaultConfig
	case path == "":
		path = "opsbot.toml"
	case err == nil && info.IsDir():
		path = filepath.Join(path, "opsbot.toml")
	}
	l := layout{config: path, service: installed && path == DefaultConfig, schema: schemaName}
	if _, err := os.Stat(packagedSchema); err == nil && l.service {
		l.schema = packagedSchema
	}
	return l
}

// credential is the token as the service's user reads it: systemd passes root's file on.
const credential = "/run/credentials/opsbot.service/token"

func (l layout) token() string { return filepath.Join(filepath.Dir(l.config), "token") }

// tokenFile is how the configuration names the token.
func (l layout) tokenFile() string {
	if l.service {
		return credential
	}
	return "token"
}

// newFile is a file to write.
type newFile struct {
	path, text string
	mode       fs.FileMode
}

// files are those of a configuration; without a token its file stays as it is.
func (l layout) files(text, token string) []newFile {
	all := []newFile{{l.config, text, 0o644}} // holds no secret, and the service's user must read it
	if token != "" {
		all = append(all, newFile{l.token(), token + "\n", 0o600})
	}
	return all
}

// free reports, as an error, that there is a configuration already. That of a package, which nobody has changed, is none.
func (c *initCmd) free(path string) error {
	text, err := os.ReadFile(path) //nolint:gosec // the file that is to be written
	switch {
	case errors.Is(err, fs.ErrNotExist), c.Force:
		return nil
	case err != nil:
		return fileError(model.ErrFile, path, err)
	case bytes.Equal(text, packages.Config()):
		return nil
	default:
		return &model.Error{Code: model.ErrFileThere, Args: map[string]string{"path": path}}
	}
}

// write writes files, each as a whole: what was there stays until the new one is complete.
func write(files []newFile) error {
	for _, f := range files {
		part := f.path + ".new"
		err := os.WriteFile(part, []byte(f.text), f.mode)
		if err == nil {
			err = os.Chmod(part, f.mode) // whatever the umask is
		}
		if err == nil {
			err = os.Rename(part, f.path)
		}
		if err != nil {
			return errors.Join(fileError(model.ErrFile, f.path, err), os.Remove(part))
		}
	}
	return nil
}
