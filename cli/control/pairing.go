package control

import (
	"context"

	"opsbot/web"
)

// Pairing makes a new code for the first admin, if there is none.
func (c *Client) Pairing(ctx context.Context) (pairing web.PairingView, err error) {
	answer, err := c.ask(ctx, "pairing", web.ControlRequest{})
	if err != nil {
		return web.PairingView{}, err
	}
	err = read(answer, &pairing)
	return pairing, err
}
