package control

import (
	"context"

	"opsbot/web"
)

// TestGateway sends a test message to a person through a gateway; an error says what the service said.
func (c *Client) TestGateway(ctx context.Context, gateway, person string) (Answer, error) {
	return c.ask(ctx, "gateway/test", web.ControlRequest{Words: []string{gateway, person}})
}
