package app

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"github.com/sirupsen/logrus"

	"opsbot/model"
	"opsbot/store"
)

// housekeeping writes the state of all checks to the log every minute and at each change, drops what is old, and reloads on
// SIGHUP.
func (a *App) housekeeping(ctx context.Context) error {
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	news, states, prune := time.NewTicker(statesPace), time.NewTicker(time.Minute), time.NewTicker(time.Hour)
	defer news.Stop()
	defer states.Stop()
	defer prune.Stop()
	log := a.component("states")
	a.prune(ctx)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-hup:
			_ = a.Reload(ctx) // it has said what is wrong
		case <-states.C:
			a.states.write(log, string(a.manager.StatesJSON()))
			a.names.look(a.live.Warnings())
		case <-news.C:
			a.states.news(log, a.manager.StatesJSON)
		case <-prune.C:
			a.prune(ctx)
		}
	}
}

func (a *App) prune(ctx context.Context) {
	past := &a.loaded.Load().Config.History
	keep := store.Retention{
		Incidents: model.IncidentsKept, Audit: 400 * model.Day, Intake: 2 * model.Day, DeadLetters: model.Week, Baselines: model.Week, Events: 400 * model.Day,
		Transitions: time.Duration(past.Transitions), Results: time.Duration(past.Results), Hours: time.Duration(past.Hourly),
	}
	if err := a.db.Prune(ctx, keep); err != nil && ctx.Err() == nil {
		a.component("store").WithError(err).Error("drop what is old")
	}
}

// statesPace bounds how often changes are looked for: making the line costs a walk over all checks.
const statesPace = time.Second

// stateLog writes the states of all checks to the log. Its methods but moved belong to one goroutine.
type stateLog struct {
	moved atomic.Bool // results were judged since it was last looked
	last  string
}

// news writes the states when they differ from what was written last.
func (l *stateLog) news(log logrus.FieldLogger, states func() []byte) {
	if l.moved.Swap(false) {
		if line := string(states()); line != l.last {
			l.write(log, line)
		}
	}
}

// write writes the states as the message itself: the line is JSON for whoever greps the log, as the system that opsbot
// takes the place of wrote it.
func (l *stateLog) write(log logrus.FieldLogger, line string) {
	l.last = line
	log.Info(line)
}

// notifySystemd says that we are ready, feeds the watchdog while the book answers, and says that we stop.
func (a *App) notifySystemd(ctx context.Context) error {
	notify := func(state string) {
		if _, err := daemon.SdNotify(false, state); err != nil {
			a.component("systemd").WithError(err).Warn("tell systemd")
		}
	}
	notify(daemon.SdNotifyReady)
	defer notify(daemon.SdNotifyStopping)
	every, err := daemon.SdWatchdogEnabled(false)
	if err != nil || every == 0 {
		<-ctx.Done()
		return nil
	}
	call := time.NewTicker(every / 2)
	defer call.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-call.C:
			if err := a.alive(); err != nil { // a book that is stuck lets nobody come back: the watchdog bites then as well
				a.component("systemd").WithError(err).Error("the watchdog is not fed")
				continue
			}
			notify(daemon.SdNotifyWatchdog)
		}
	}
}

// logStartup writes what runs, and how to become the admin when there is none.
func (a *App) logStartup() {
	inv := a.live.Current()
	a.component("app").WithFields(map[string]any{
		"socket": a.loaded.Load().Config.Control.Socket, "instance": a.loaded.Load().Config.Instance.Name, "version": a.o.Version, "clients": len(inv.Clients()), "hosts": len(inv.Hosts()), "checks": len(inv.Checks()),
	}).Info("opsbot runs")
	if a.client == nil {
		a.component("app").Warn("there is no Telegram token: alerts go to the console only")
		return
	}
	if code, ends, open := a.people.OpenPairing(); open {
		fmt.Fprintf(a.o.Stdout, "There is no admin yet. Send the bot this within %.0f min: /start %s\n", time.Until(ends).Minutes(), code)
		a.component("app").WithField("code", code).Warn("there is no admin: send the bot /start and this code")
	}
}
