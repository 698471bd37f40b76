package cli

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"opsbot/ops"
)

// completions are the scripts of shells. Each asks `opsbot completion words` what may follow, so that it knows the commands of the binary that is
// installed, and the names that the running bot knows.
//
//go:embed completion
var completions embed.FS

type completionCmd struct {
	socketFlag
	Shell string   `arg:"" enum:"bash,zsh,fish,words"`
	Line  []string `arg:"" optional:"" passthrough:""`
}

// Run prints a script, or for "words" what may be typed at the end of a command line.
func (c *completionCmd) Run(con *Console, k *kong.Context) error {
	if c.Shell == "words" {
		line := c.Line
		if len(line) > 0 && line[0] == "--" {
			line = line[1:]
		}
		_, err := fmt.Fprint(con.Out, completer{app: k.Model.Node, names: c.names(con)}.lines(line))
		return err
	}
	script, err := fs.ReadFile(completions, "completion/opsbot."+c.Shell)
	if err != nil {
		return err
	}
	return con.printLine(strings.TrimSuffix(string(script), "\n"))
}

// namesWait bounds how long the bot is asked: somebody waits at the prompt.
const namesWait = time.Second

// names are those that the running bot knows; none if it does not answer.
func (c *completionCmd) names(con *Console) func() ops.Names {
	return func() ops.Names {
		ctx, cancel := context.WithTimeout(con.Ctx, namesWait)
		defer cancel()
		names, err := c.client(con).Names(ctx)
		if err != nil {
			return ops.Names{} // there is nobody to tell: commands and flags are completed all the same
		}
		return names
	}
}
