package app

import (
	"context"
	"errors"
	"sync"

	"github.com/sirupsen/logrus"

	"opsbot"
	"opsbot/notify"
)

// audible is a channel whose failures reach the log: the first of a row, and each of another kind. What waits is tried
// again for as long as it takes, so without this nobody would learn that a password is wrong. Errors of channels hold no
// secrets.
type audible struct {
	notify.Channel
	log *logrus.Entry

	mu   sync.Mutex
	last opsbot.SendFailure // "" when the last telling was taken
}

// Deliver implements notify.Channel.
func (c *audible) Deliver(ctx context.Context, t opsbot.Telling, card opsbot.Card) (opsbot.Receipt, error) {
	receipt, err := c.Channel.Deliver(ctx, t, card)
	failure := failureOf(err)
	c.mu.Lock()
	last := c.last
	c.last = failure
	c.mu.Unlock()
	switch failure {
	case last:
	case "":
		c.log.Info("messages are taken again")
	default:
		c.log.WithError(err).WithField("message", t.ID).Warn("a message was not taken")
	}
	return receipt, err
}

// failureOf is the kind of a failed delivery; "" of one that did not fail.
func failureOf(err error) opsbot.SendFailure {
	if err == nil {
		return ""
	}
	if send, ok := errors.AsType[*opsbot.SendError](err); ok {
		return send.Failure
	}
	return opsbot.SendAmbiguous
}
