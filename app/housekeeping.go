package app

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"opsbot/inventory"
	"opsbot/model"
	"opsbot/store"
)

// housekeeping writes the states of all checks to the log every minute and at each change, drops what is old, and reloads on
// SIGHUP.
type housekeeping struct {
	*base
	live   *inventory.Live
	names  *nameLog
	states *stateLog
	json   func() []byte // the states of all checks
	reload func(ctx context.Context) error
}

// newHousekeeping logs the names that DNS does not answer for at once.
func newHousekeeping(a *App) *housekeeping {
	h := &housekeeping{
		base: a.base, live: a.live, names: &nameLog{log: a.component("inventory")}, states: a.checks.states,
		json: a.alerts.manager.StatesJSON, reload: a.Reload,
	}
	h.names.update(h.live.Warnings())
	return h
}

// run goes on until ctx ends.
func (h *housekeeping) run(ctx context.Context) error {
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	changes, states, prune := time.NewTicker(statesPace), time.NewTicker(time.Minute), time.NewTicker(time.Hour)
	defer changes.Stop()
	defer states.Stop()
	defer prune.Stop()
	h.prune(ctx)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-hup:
			_ = h.reload(ctx) // it has logged its errors
		case <-states.C:
			h.states.write(string(h.json()))
			h.names.update(h.live.Warnings())
		case <-changes.C:
			h.states.update(h.json)
		case <-prune.C:
			h.prune(ctx)
		}
	}
}

func (h *housekeeping) prune(ctx context.Context) {
	past := &h.conf.current().Config.History
	keep := store.Retention{
		Incidents: model.IncidentsKept, Audit: 400 * model.Day, Intake: 2 * model.Day, DeadLetters: model.Week, Baselines: model.Week, Events: 400 * model.Day,
		Transitions: time.Duration(past.Transitions), Results: time.Duration(past.Results), Hours: time.Duration(past.Hourly),
	}
	if err := h.db.Prune(ctx, keep); err != nil && ctx.Err() == nil {
		h.component("store").WithError(err).Error("drop what is old")
	}
}
