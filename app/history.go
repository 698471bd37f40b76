package app

import (
	"context"

	"opsbot/history"
	"opsbot/inventory"
)

// newHistory makes the recorder of the past.
func newHistory(ctx context.Context, b *base, live *inventory.Live) *history.Recorder {
	failed := b.rateLimited("history", "remember how things are; it is tried again")
	recorder := history.New(history.Options{Store: b.db, Inventory: live.Current, Now: b.Now, Fault: failed})
	if err := recorder.Start(ctx); err != nil {
		failed(err) // no alert needs the past: it begins here
	}
	if err := recorder.Number(ctx, live.Current()); err != nil {
		failed(err) // results are judged all the same; the numbering is tried again
	}
	return recorder
}
