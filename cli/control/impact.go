package control

import (
	"context"

	"opsbot/web"
)

// Impact is the impact of the events of all sources, or of some, on clients; live verifies the hosts first.
func (c *Client) Impact(ctx context.Context, sources []string, live bool) (Answer, error) {
	return c.ask(ctx, "impact", web.ControlRequest{Words: sources, Live: live})
}

// Why explains why what the words select is failing.
func (c *Client) Why(ctx context.Context, words []string) (Answer, error) {
	return c.ask(ctx, "why", web.ControlRequest{Words: words})
}

// Unmapped lists the reported hosts that are not in the inventory.
func (c *Client) Unmapped(ctx context.Context) (Answer, error) {
	return c.ask(ctx, "unmapped", web.ControlRequest{})
}

// Sources is the connection status of each event source.
func (c *Client) Sources(ctx context.Context) (Answer, error) {
	return c.ask(ctx, "sources", web.ControlRequest{})
}
