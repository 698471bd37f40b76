package cli

import (
	"time"

	"opsbot/cli/control"
	"opsbot/model"
)

type logsCmd struct {
	askFlags
	Since model.Duration `help:"So far back: 15m, 2h, 1d. Default: 15m, or without end with --last."`
	Last  int            `help:"Lines of each log at most, up to 2000. Default: as configured."`
	Grep  string         `help:"Only lines that hold this."`
	Words []string       `arg:"" name:"host" help:"Hosts, then names of [[logs]]. Default: all logs of the hosts."`
}

// Run prints log lines of hosts.
func (c *logsCmd) Run(con *Console) error {
	answer, err := c.client(con).Logs(con.Ctx, control.LogsQuery{Words: c.Words, Since: time.Duration(c.Since), Last: c.Last, Grep: c.Grep})
	return c.print(con, answer, err)
}
