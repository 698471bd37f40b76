package control

import (
	"context"

	"opsbot/web"
)

// Page has somebody paged; anyway: also if they are not on call while others are.
func (c *Client) Page(ctx context.Context, who, text string, anyway bool) (Answer, error) {
	return c.ask(ctx, "page", web.ControlRequest{Words: []string{who}, Reason: text, Force: anyway})
}

// Escalate has the next step of an incident's escalation begin now.
func (c *Client) Escalate(ctx context.Context, id string) (Answer, error) {
	return c.ask(ctx, "escalate", web.ControlRequest{Words: []string{id}})
}
