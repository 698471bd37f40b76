package control

import (
	"context"

	"opsbot/model"
	"opsbot/ops"
	"opsbot/web"
)

// OnCall says who is on call; with "next" in the words it lists shifts.
func (c *Client) OnCall(ctx context.Context, words []string) (Answer, error) {
	return c.ask(ctx, "oncall", web.ControlRequest{Words: words})
}

// Takeover puts somebody on call, as a line like "anna primary 2h -- ill" says.
func (c *Client) Takeover(ctx context.Context, line string) (Answer, error) {
	req, err := ops.ParseMute(line)
	if err != nil && model.CodeOf(err) != model.ErrNeedDuration {
		return Answer{}, err
	}
	return c.ask(ctx, "takeover", web.ControlRequest{For: web.Length(req.For), Until: req.Ends, Words: req.Words, Reason: req.Reason})
}

// Handback ends a takeover: that with a number, or the only one.
func (c *Client) Handback(ctx context.Context, words []string) (Answer, error) {
	return c.ask(ctx, "handback", web.ControlRequest{Words: words})
}

// Cover asks for somebody who is on call in a person's place, as "anna boris primary 18:00 2h -- ill" says, or answers: "take 3 boris".
func (c *Client) Cover(ctx context.Context, words []string) (Answer, error) {
	if len(words) > 1 {
		switch answer := model.CoverAnswer(words[0]); answer {
		case model.CoverTake, model.CoverRefuse, model.CoverWithdraw:
			return c.ask(ctx, "cover/"+string(answer), web.ControlRequest{Words: words[1:]})
		}
	}
	return c.ask(ctx, "cover", web.ControlRequest{Words: words})
}
