package control

import (
	"context"
	"time"

	"opsbot/web"
)

// LogsQuery selects log lines of hosts.
type LogsQuery struct {
	Words []string // hosts, then names of their logs
	Since time.Duration
	Last  int
	Grep  string
}

// Logs reads the logs of hosts.
func (c *Client) Logs(ctx context.Context, q LogsQuery) (Answer, error) {
	return c.ask(ctx, "logs", web.ControlRequest{Words: q.Words, For: web.Length(q.Since), Last: q.Last, Grep: q.Grep})
}
