package control

import (
	"context"
	"strings"

	"opsbot/web"
)

// Incidents lists the open incidents.
func (c *Client) Incidents(ctx context.Context) (Answer, error) {
	return c.ask(ctx, "incidents", web.ControlRequest{})
}

// Ack acknowledges an incident.
func (c *Client) Ack(ctx context.Context, id string) (Answer, error) {
	return c.ask(ctx, "ack", web.ControlRequest{Words: []string{id}})
}

// Unack takes back the acknowledgement of an incident.
func (c *Client) Unack(ctx context.Context, id string) (Answer, error) {
	return c.ask(ctx, "unack", web.ControlRequest{Words: []string{id}})
}

// Note writes a note about an incident; one that begins with "client:" is for its clients.
func (c *Client) Note(ctx context.Context, id, text string) (Answer, error) {
	return c.ask(ctx, "note", web.ControlRequest{Words: []string{id, text}})
}

// Recheck runs the failing checks of an incident again.
func (c *Client) Recheck(ctx context.Context, id string) (Answer, error) {
	return c.ask(ctx, "recheck", web.ControlRequest{Words: []string{id}})
}

// Reset makes a latched check count as ok again.
func (c *Client) Reset(ctx context.Context, check string) (Answer, error) {
	return c.ask(ctx, "reset", web.ControlRequest{Words: []string{check}})
}

// History lists past incidents: the words may hold a duration, which is how far back, and a selector.
func (c *Client) History(ctx context.Context, words []string) (Answer, error) {
	return c.ask(ctx, "history", web.ControlRequest{Words: strings.Fields(strings.Join(words, " "))})
}
