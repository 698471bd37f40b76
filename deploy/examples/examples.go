// Package examples holds the example configurations as files, for whoever runs them from the binary alone.
//
// It must not know what they say.
package examples

import (
	"embed"
	"io/fs"
)

//go:embed site-monitor web-fleet
var files embed.FS

// Files are the files of one example, "site-monitor" or "web-fleet": its opsbot.toml and what stands beside it. The error
// says that there is no such example.
func Files(name string) (fs.FS, error) {
	if _, err := fs.Stat(files, name+"/opsbot.toml"); err != nil {
		return nil, err
	}
	return fs.Sub(files, name)
}
