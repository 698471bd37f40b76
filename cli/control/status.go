package control

import (
	"context"

	"opsbot/model"
	"opsbot/web"
)

// Status is the current state of what was asked about.
type Status struct {
	Answer
	view web.StatusView
}

// Down reports whether any check that was asked about is down.
func (s *Status) Down() bool { return s.view.Checks[model.PhaseDown.String()] > 0 }

// Status asks for the current state of what the words select; without words, of everything.
func (c *Client) Status(ctx context.Context, words []string) (*Status, error) {
	answer, err := c.ask(ctx, "status", web.ControlRequest{Words: words})
	if err != nil {
		return nil, err
	}
	s := &Status{Answer: answer}
	return s, read(answer, &s.view)
}
