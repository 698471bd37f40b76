package checks

import (
	"context"
	"time"

	"opsbot/model"
)

// deadliner is a check that waits for connections alone: they are given the deadline of its context, and closed when that is cancelled. So
// the context need not end by a timer, which together with what belongs to it is a tenth of what a check costs.
type deadliner interface{ waitsForConnections() }

func (*webCheck) waitsForConnections() {}
func (tcpCheck) waitsForConnections()  {}
func (tlsCheck) waitsForConnections()  {}

// attempt is the context of one attempt of a check.
func attempt(ctx context.Context, c *model.Check) (context.Context, context.CancelFunc) {
	if _, is := c.Checker.(deadliner); !is {
		return context.WithTimeout(ctx, c.Timeout)
	}
	end := time.Now().Add(c.Timeout)
	if sooner, ok := ctx.Deadline(); ok && sooner.Before(end) {
		end = sooner
	}
	return &until{ctx, end}, func() {}
}

// until is a context whose time is over at its deadline, though nobody is woken then. Whoever needs that derives a context from it.
type until struct {
	context.Context //nolint:containedctx // it is a context
	end             time.Time
}

// Deadline implements context.Context.
func (u *until) Deadline() (time.Time, bool) { return u.end, true }

// Err implements context.Context.
func (u *until) Err() error {
	if err := u.Context.Err(); err != nil {
		return err
	}
	if !time.Now().Before(u.end) {
		return context.DeadlineExceeded
	}
	return nil
}
