// Package console is the channel that writes tellings as plain text to a writer such as standard output.
//
// It must not know what a telling says: it is handed a function that renders one.
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

// Render makes the text of a telling; "" is not written.
type Render func(model.Notification) string

// Console writes tellings. It is a notify.Channel, and safe for concurrent use.
type Console struct {
	mu     sync.Mutex
	w      io.Writer
	render Render
}

// New makes a Console that writes to w.
func New(w io.Writer, render Render) *Console { return &Console{w: w, render: render} }

// Deliver writes one telling and a newline, without the control characters that could steer a terminal. A write of
// which nothing came through is not sent; one that was cut is ambiguous. Edits, which need a message to change, never
// come here: the receipt has none.
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
