package control

import (
	"context"

	"opsbot/web"
)

// Events lists what sources hold open: the words are names of sources or a selector.
func (c *Client) Events(ctx context.Context, words []string) (Answer, error) {
	return c.ask(ctx, "events", web.ControlRequest{Words: words})
}

// CloseEvents ends open events by hand, by their references.
func (c *Client) CloseEvents(ctx context.Context, refs []string) (Answer, error) {
	return c.ask(ctx, "events/close", web.ControlRequest{Words: refs})
}
