// Package control is the client of the control socket: it asks a running opsbot.
//
// It must not print anything or know the command line's flags.
package control

import (
	"context"
	"encoding/json"
	"fmt"

	"opsbot/model"
	"opsbot/web"
)

// Client asks a running opsbot through its control socket. It is safe for concurrent use.
type Client struct{ socket, language string }

// New makes a client; nothing is dialled yet. Answers are in the given language.
func New(socket, language string) *Client { return &Client{socket, language} }

// Answer is the answer of a running opsbot: text for people, and the same as JSON for scripts.
type Answer struct {
	Text string
	JSON json.RawMessage
}

// ask sends one request. Errors are *model.Error.
func (c *Client) ask(ctx context.Context, what string, req web.ControlRequest) (Answer, error) {
	req.Language = c.language
	var answer web.Answer
	err := web.Call(ctx, c.socket, what, req, &answer)
	return Answer{Text: answer.Text, JSON: answer.Data}, err
}

// read decodes the JSON of an answer.
func read(a Answer, into any) error {
	if err := json.Unmarshal(a.JSON, into); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	return nil
}

// Reload makes the bot read its configuration again; the notes are what is allowed and most likely not meant.
func (c *Client) Reload(ctx context.Context) (notes model.Problems, err error) {
	return c.reload(ctx, web.ControlRequest{})
}

// ForceReload is Reload of a configuration that may leave nothing to check, or nobody to notify.
func (c *Client) ForceReload(ctx context.Context) (notes model.Problems, err error) {
	return c.reload(ctx, web.ControlRequest{Force: true})
}

func (c *Client) reload(ctx context.Context, req web.ControlRequest) (model.Problems, error) {
	answer, err := c.ask(ctx, "reload", req)
	if err != nil {
		return nil, err
	}
	var view web.ReloadView
	err = read(answer, &view)
	return view.Notes, err
}

// Paired lists the chats that were paired, which no configuration knows.
func (c *Client) Paired(ctx context.Context) (chats []model.Chat, err error) {
	answer, err := c.ask(ctx, "paired", web.ControlRequest{})
	if err != nil {
		return nil, err
	}
	err = read(answer, &chats)
	return chats, err
}
