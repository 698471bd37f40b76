package control

import (
	"context"
	"regexp"

	"opsbot/model"
	"opsbot/ops"
	"opsbot/web"
)

// mistyped is what was most likely meant as a length: "2x".
var mistyped = regexp.MustCompile(`^\d+\pL+$`)

// Mute mutes what a line like "2h clientA -- update" describes. A line without a selector is an error.
func (c *Client) Mute(ctx context.Context, line string) (Answer, error) {
	req, err := ops.ParseMute(line)
	if err != nil {
		return Answer{}, err
	}
	switch {
	case len(req.Words) == 0:
		return Answer{}, &model.Error{Code: model.ErrNothingNamed}
	case req.For == 0 && req.Ends == "" && mistyped.MatchString(req.Words[0]):
		return Answer{}, &model.Error{Code: model.ErrBadDuration, Args: map[string]string{"word": model.Clip(req.Words[0], 32)}}
	case req.For == 0 && req.Ends == "":
		return Answer{}, &model.Error{Code: model.ErrNeedDuration}
	}
	return c.ask(ctx, "mute", web.ControlRequest{For: web.Length(req.For), Until: req.Ends, Words: req.Words, Reason: req.Reason})
}

// Unmute ends mutes: the words are a number, a selector, or "all".
func (c *Client) Unmute(ctx context.Context, words []string) (Answer, error) {
	return c.ask(ctx, "unmute", web.ControlRequest{Words: words})
}

// Extend gives a mute more time: the words are "3 1h", or "3 until 18:00".
func (c *Client) Extend(ctx context.Context, words []string) (Answer, error) {
	return c.ask(ctx, "extend", web.ControlRequest{Words: words})
}

// Mutes lists the active mutes.
func (c *Client) Mutes(ctx context.Context) (Answer, error) {
	return c.ask(ctx, "mutes", web.ControlRequest{})
}

// Maintenance lists maintenance windows or, with words like "23:00 2h clientA -- update", plans one.
func (c *Client) Maintenance(ctx context.Context, words []string) (Answer, error) {
	return c.ask(ctx, "maintenance", web.ControlRequest{Words: words})
}
