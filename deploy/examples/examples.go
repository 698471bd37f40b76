// Package examples embeds the example configurations, to run them from the binary alone.
//
// It must not know their content.
package examples

import (
	"embed"
	"io/fs"
)

//go:embed site-monitor web-fleet
var files embed.FS

// Files returns the files of one example, "site-monitor" or "web-fleet": its opsbot.toml and the files next to it. The
// error says that there is no such example.
func Files(name string) (fs.FS, error) {
	if _, err := fs.Stat(files, name+"/opsbot.toml"); err != nil {
		return nil, err
	}
	return fs.Sub(files, name)
}
