package main

import (
	"time"

	"opsbot/app"
	"opsbot/model"
)

type logsCmd struct {
	socketFlag
	jsonFlag
	Since model.Duration `help:"So far back: 15m, 2h, 1d. Default: 15m, or without end with --last."`
	Last  int            `help:"Lines of each log at most, up to 2000. Default: as configured."`
	Grep  string         `help:"Only lines that hold this."`
	Words []string       `arg:"" name:"host" help:"Hosts, then names of [[logs]]. Default: all logs of the hosts."`
}

// Run says what the logs of hosts say.
func (c *logsCmd) Run(con *console) error {
	said, err := c.client(con).Logs(con.ctx, app.LogsQuestion{Words: c.Words, Since: time.Duration(c.Since), Last: c.Last, Grep: c.Grep})
	return c.print(con, said, err)
}
