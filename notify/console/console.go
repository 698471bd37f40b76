// Package console is the channel that writes notifications as plain text to a writer such as standard output.
//
// It must not know the wording of a notification: it is given a function that renders one.
package console

import (
	"context"
	"io"
	"strings"
	"sync"

	"opsbot/model"
)

// Name is the model.Destination.Channel of this channel.
const Name = "console"

// Render returns the text of a notification; "" is not written.
type Render func(model.Notification) string

// Console writes notifications. It is a notify.Channel, and safe for concurrent use.
type Console struct {
	mu     sync.Mutex
	w      io.Writer
	render Render
}

// New returns a Console that writes to w.
func New(w io.Writer, render Render) *Console { return &Console{w: w, render: render} }

// Deliver writes one notification and a newline, without control characters that could affect a terminal. A write
// without any output is not sent; a partial one is ambiguous. Edits, which need a message to change, never come here:
// the receipt has none.
func (c *Console) Deliver(_ context.Context, t model.Notification, _ model.Card) (model.Receipt, error) {
	text := strings.TrimSpace(strings.Map(printable, c.render(t)))
	if text == "" {
		return model.Receipt{}, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	n, err := io.WriteString(c.w, text+"\n")
	switch {
	case err == nil:
		return model.Receipt{}, nil
	case n == 0:
		return model.Receipt{}, &model.SendError{Failure: model.SendNotSent, Err: err}
	default:
		return model.Receipt{}, &model.SendError{Failure: model.SendAmbiguous, Err: err}
	}
}

func printable(r rune) rune {
	if (r < ' ' && r != '\n' && r != '\t') || (r >= 0x7f && r < 0xa0) {
		return -1
	}
	return r
}
