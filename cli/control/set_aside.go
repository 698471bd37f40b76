package control

import (
	"context"

	"opsbot/web"
)

// SetAside lists the rows of the database that could not be read.
func (c *Client) SetAside(ctx context.Context) (Answer, error) {
	return c.ask(ctx, "set-aside", web.ControlRequest{})
}

// DropSetAside removes such rows for good: by their numbers, or "all".
func (c *Client) DropSetAside(ctx context.Context, words []string) (Answer, error) {
	return c.ask(ctx, "set-aside/drop", web.ControlRequest{Words: words})
}
