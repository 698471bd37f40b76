package cli

import (
	"time"

	"opsbot/cli/control"
	"opsbot/model"
)

type logsCmd struct {
	askFlags
	Since model.Duration
	Last  int
	Grep  string
	Words []string `arg:"" name:"host"`
}

// Run prints log lines of hosts.
func (c *logsCmd) Run(con *Console) error {
	answer, err := c.client(con).Logs(con.Ctx, control.LogsQuery{Words: c.Words, Since: time.Duration(c.Since), Last: c.Last, Grep: c.Grep})
	return c.print(con, answer, err)
}
