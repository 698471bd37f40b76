package telegram

import "context"

// Identify asks whose the token is. The error is *model.SendError if Telegram answered.
func (c *Client) Identify(ctx context.Context) (Identity, error) {
	bot, err := c.bot(ctx, c.sending)
	if err != nil {
		return Identity{}, err
	}
	return identify(bot)
}
