package control

import (
	"context"

	"opsbot/ops"
	"opsbot/web"
)

// Names lists what a selector can name.
func (c *Client) Names(ctx context.Context) (names ops.Names, err error) {
	answer, err := c.ask(ctx, "names", web.ControlRequest{})
	if err != nil {
		return ops.Names{}, err
	}
	err = read(answer, &names)
	return names, err
}
