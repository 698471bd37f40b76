package control

import (
	"context"

	"opsbot/web"
)

// Outbox lists the messages that wait and the dead letters; with dead only the latter.
func (c *Client) Outbox(ctx context.Context, dead bool) (Answer, error) {
	return c.ask(ctx, "outbox", web.ControlRequest{Dead: dead})
}

// RetryOutbox sends dead letters again: by their numbers, or "all".
func (c *Client) RetryOutbox(ctx context.Context, words []string) (Answer, error) {
	return c.ask(ctx, "outbox/retry", web.ControlRequest{Words: words})
}

// DropOutbox removes messages from the outbox for good, by their numbers.
func (c *Client) DropOutbox(ctx context.Context, words []string) (Answer, error) {
	return c.ask(ctx, "outbox/drop", web.ControlRequest{Words: words})
}
