package app

import (
	"context"
	"sync/atomic"
	"time"

	"opsbot/alerts"
	"opsbot/model"
)

// commitBound is how long one commit may take: a write that takes longer hangs, and a restart may help.
const commitBound = 30 * time.Second

// commits is the store of the manager, and knows since when a commit is running.
type commits struct {
	alerts.Store
	now   func() time.Time
	began atomic.Pointer[time.Time] // with elapsed time; nil while none is
	seen  func([]model.Incident)    // called with the incidents of each commit; returns at once. nil is fine
}

// Commit implements alerts.Store.
func (c *commits) Commit(ctx context.Context, change model.Change) ([]int64, error) {
	now := c.now()
	c.began.Store(&now)
	defer c.began.Store(nil)
	ids, err := c.Store.Commit(ctx, change)
	if err == nil && c.seen != nil && len(change.Incidents) > 0 {
		c.seen(change.Incidents)
	}
	return ids, err
}

// hang reports whether a commit takes too long.
func (c *commits) hang() bool {
	began := c.began.Load()
	return began != nil && c.now().Sub(*began) > commitBound
}
