package app

import (
	"context"
	"time"

	"opsbot/inventory"
	"opsbot/model"
	"opsbot/store"
)

// housekeeping writes the states of all checks to the log every minute and at each change, and drops what is old.
type housekeeping struct {
	*base
	live   *inventory.Live
	names  *nameLog
	states *stateLog
	json   func() []byte // the states of all checks
	trust  clockTrust
}

// What it takes to delete by the wall clock: a clock that is years ahead would make everything old.
const (
	farAhead   = model.Day // a step forth that may be a mistake, or so long without opsbot
	trustAfter = model.Day // how long the clock must have been as it is now
)

// clockTrust is whether the wall clock may decide what is old: once it was set far ahead, it has a day to be corrected.
type clockTrust struct {
	clock model.WallClock
	from  time.Time // in elapsed time
}

// began notes when opsbot starts, and when it last ran: the clock may have been set meanwhile.
func (c *clockTrust) began(now, alive time.Time) {
	c.clock.Step(now)
	if !alive.IsZero() && now.Sub(alive) > farAhead {
		c.from = now.Add(trustAfter)
	}
}

// holds reports whether the clock may be trusted.
func (c *clockTrust) holds(now time.Time) bool {
	if c.clock.Step(now) > farAhead {
		c.from = now.Add(trustAfter)
	}
	return !now.Before(c.from)
}

// newHousekeeping logs the names that DNS does not answer for at once.
func newHousekeeping(t *term) *housekeeping {
	h := &housekeeping{
		base: t.base, live: t.live, names: &nameLog{log: t.component("inventory")}, states: t.checks.states,
		json: t.alerts.manager.StatesJSON,
	}
	h.names.update(h.live.Warnings())
	return h
}

// run goes on until ctx ends.
func (h *housekeeping) run(ctx context.Context) error {
	changes, states, prune := time.NewTicker(statesPace), time.NewTicker(time.Minute), time.NewTicker(time.Hour)
	defer changes.Stop()
	defer states.Stop()
	defer prune.Stop()
	alive, err := h.db.Alive(ctx)
	if err != nil {
		h.component("store").WithError(err).Error("read when opsbot last ran")
	}
	h.trust.began(h.Now(), alive)
	h.prune(ctx)
	for {
		select {
		case <-ctx.Done():
			return nil
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
	if !h.trust.holds(h.Now()) {
		return
	}
	past := &h.conf.current().Config.History
	keep := store.Retention{
		Incidents: model.IncidentsKept, Audit: 400 * model.Day, Intake: 2 * model.Day, DeadLetters: model.Week, Baselines: model.Week, Events: 400 * model.Day,
		Transitions: time.Duration(past.Transitions), Results: time.Duration(past.Results), Hours: time.Duration(past.Hourly),
	}
	if err := h.db.Prune(ctx, keep); err != nil && ctx.Err() == nil {
		h.component("store").WithError(err).Error("drop what is old")
	}
}
