package app

import (
	"context"
	"time"

	"opsbot/model"
	"opsbot/web"
)

// LogsQuestion asks for the logs of hosts.
type LogsQuestion struct {
	Words []string // hosts, then names of their logs
	Since time.Duration
	Last  int
	Grep  string
}

// Logs says what the logs of hosts say.
func (a *ControlClient) Logs(ctx context.Context, q LogsQuestion) (Answer, error) {
	return a.said(ctx, "logs", web.ControlRequest{Words: q.Words, For: model.Duration(q.Since), Last: q.Last, Grep: q.Grep})
}
