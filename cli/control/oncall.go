package control

import (
	"context"

	"opsbot/web"
)

// OnCall says who is on call; with "next" in the words it lists shifts.
func (c *Client) OnCall(ctx context.Context, words []string) (Answer, error) {
	return c.ask(ctx, "oncall", web.ControlRequest{Words: words})
}
