package main

import (
	"fmt"
	"runtime/debug"

	"github.com/alecthomas/kong"

	"opsbot/cli"
)

// buildVersion is set by the Makefile at link time.
var buildVersion string

// version is what was built: the module's version, or the commit.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if buildVersion != "" {
		return buildVersion
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return s.Value[:12]
		}
	}
	return info.Main.Version
}

// aboutFlag is "opsbot version" written as a flag.
type aboutFlag bool

// BeforeReset prints the version in place of running a command.
func (aboutFlag) BeforeReset(k *kong.Kong) error {
	_, err := fmt.Fprintln(k.Stdout, "opsbot", version())
	k.Exit(cli.ExitOK)
	return err
}

type versionCmd struct{}

// Run prints the version.
func (versionCmd) Run(con *cli.Console) error {
	_, err := fmt.Fprintln(con.Out, "opsbot", con.Version)
	return err
}
