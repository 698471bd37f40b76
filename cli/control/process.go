package control

import (
	"context"

	"opsbot/web"
)

// Health asks this process, not whoever leads, how it is.
func (c *Client) Health(ctx context.Context) (h web.Health, err error) {
	answer, err := c.ask(ctx, "health", web.ControlRequest{})
	if err != nil {
		return h, err
	}
	return h, read(answer, &h)
}

// Metrics are this process's, in the format of Prometheus.
func (c *Client) Metrics(ctx context.Context) (string, error) {
	answer, err := c.ask(ctx, "metrics", web.ControlRequest{})
	if err != nil {
		return "", err
	}
	var view web.MetricsView
	return view.Text, read(answer, &view)
}

// Log are the latest lines of this process's log.
func (c *Client) Log(ctx context.Context) ([]string, error) {
	answer, err := c.ask(ctx, "log", web.ControlRequest{})
	if err != nil {
		return nil, err
	}
	var view web.LogView
	return view.Lines, read(answer, &view)
}
