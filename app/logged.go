package app

import (
	"context"
	"errors"
	"sync"

	"github.com/sirupsen/logrus"

	"opsbot/model"
	"opsbot/notify"
)

// logged is a channel that writes failures to the log: the first of several in a row, and each of another kind. Reports count
// apart: one that is too large means nothing for notifications. A failed notification is retried for as long as it takes, so
// without this nobody would learn that a password is wrong. Errors of channels hold no secrets.
type logged struct {
	notify.Channel
	log *logrus.Entry

	mu   sync.Mutex
	last map[string]model.SendFailure // by model.Notification.Queue; none when the last notification was taken
}

// Deliver implements notify.Channel.
func (c *logged) Deliver(ctx context.Context, t model.Notification, card model.Card) (model.Receipt, error) {
	receipt, err := c.Channel.Deliver(ctx, t, card)
	failure := failureOf(err)
	c.mu.Lock()
	last := c.last[t.Queue()]
	if delete(c.last, t.Queue()); failure != "" {
		if c.last == nil {
			c.last = map[string]model.SendFailure{}
		}
		c.last[t.Queue()] = failure
	}
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
func failureOf(err error) model.SendFailure {
	if err == nil {
		return ""
	}
	if send, ok := errors.AsType[*model.SendError](err); ok {
		return send.Failure
	}
	return model.SendAmbiguous
}
