package app

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"opsbot/alerts"
	"opsbot/model"
)

// The bounds of being alive.
const (
	// commitBound is how long one commit may take: a write that takes longer hangs, and a restart may free it.
	commitBound = 30 * time.Second
	// lateBound is how late the schedule may be: its starts are spread, and a busy machine catches up within seconds.
	lateBound = time.Minute
)

// commits is the store of the book, which notes since when a commit is under way.
type commits struct {
	alerts.Store
	now   func() time.Time
	began atomic.Int64           // in Unix nanoseconds; 0 while none is
	seen  func([]model.Incident) // called with the incidents of each commit; returns at once. nil is fine
}

// Commit implements alerts.Store.
func (c *commits) Commit(ctx context.Context, change model.Change) ([]int64, error) {
	c.began.Store(c.now().UnixNano())
	defer c.began.Store(0)
	ids, err := c.Store.Commit(ctx, change)
	if err == nil && c.seen != nil && len(change.Incidents) > 0 {
		c.seen(change.Incidents)
	}
	return ids, err
}

// hang reports whether a commit is under way for too long.
func (c *commits) hang() bool {
	began := c.began.Load()
	return began != 0 && c.now().Sub(time.Unix(0, began)) > commitBound
}

// alive reports why opsbot does not do its work, as far as a restart may help; nil: it does. It waits for ever when the book is
// stuck.
func (a *App) alive() error {
	if a.commits.hang() {
		return fmt.Errorf("a commit is under way for longer than %s", commitBound)
	}
	a.manager.Mutes()
	return nil
}

// well reports why nobody may rely on opsbot at the moment; nil: it sees, keeps and tells.
func (a *App) well() error {
	if err := a.alive(); err != nil {
		return err
	}
	if err := a.manager.Health().Err; err != nil {
		return fmt.Errorf("store what was judged: %w", err)
	}
	if late := a.scheduler.Late(time.Now()); late > lateBound {
		return fmt.Errorf("the schedule is late by %s", late.Truncate(time.Second))
	}
	if a.poller != nil && !a.poller.Health().OK() {
		return errors.New("polls of Telegram are not answered")
	}
	return nil
}
