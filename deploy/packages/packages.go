// Package packages embeds the configuration that packages and the image install.
//
// It must not know how they are built.
package packages

import (
	_ "embed"
	"slices"
)

//go:embed opsbot.toml
var config []byte

// Config is /etc/opsbot/opsbot.toml as it is installed.
func Config() []byte { return slices.Clone(config) }
