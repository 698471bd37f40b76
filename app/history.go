package app

import (
	"context"
	"time"

	"opsbot/history"
)

// buildHistory makes the memory of how things were.
func (a *App) buildHistory(ctx context.Context) error {
	fail := &rateLimited{log: a.component("history"), text: "remember how things are; it is tried again", now: time.Now}
	a.history = history.New(history.Options{Store: a.db, Inventory: a.live.Current, Now: a.o.Now, Fault: fail.write})
	if err := a.history.Start(ctx); err != nil {
		return err
	}
	if err := a.history.Number(ctx, a.live.Current()); err != nil {
		fail.write(err) // results are judged all the same; the numbering is tried again
	}
	return nil
}
