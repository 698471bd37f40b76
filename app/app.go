// Package app builds every part of the bot from the configuration, and runs, reloads and stops them: one wiring file per room.
//
// It is the one place that knows all rooms. It must not hold rules of its own, no result passes through it, and it must not know
// the command line.
package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/sirupsen/logrus"

	"opsbot/alerts"
	"opsbot/bot/telegram"
	"opsbot/inventory"
	"opsbot/model"
	"opsbot/ops"
)

// Options say what to run.
type Options struct {
	ConfigPath string
	Version    string
	Stdout     io.Writer // the console channel, and what a person at the terminal must read
	Log        *logrus.Logger
	Getenv     func(string) string // nil is os.Getenv
	Ready      func()              // called once everything runs; nil is fine
	Now        func() time.Time    // the clock of judging and notifying; nil is time.Now
	Resolver   inventory.Resolver  // asked for the names of the inventory; nil is the machine's
}

// App is opsbot, built and not yet running.
type App struct {
	*base
	people  *ops.People
	live    *inventory.Live
	checks  *checkRuns
	alerts  *alerting
	sources *eventSources
	logs    *logReading
	outbox  *outbox
	reports *reportRuns
	actions *ops.Actions
	chat    *chat // nil without a token
	health  *health
}

// stopBound is how long everything together has to stop; systemd kills after that.
const stopBound = 10 * time.Second

// New builds everything that can fail. What it returns must be run, or closed.
func New(ctx context.Context, o Options) (*App, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	var inputs checkInputs
	conf, err := newConfiguration(&o, inputs.deps(o.Now))
	if err != nil {
		return nil, err
	}
	client, err := newTelegramClient(o.Log, &conf.current().Config.Telegram)
	if err != nil {
		return nil, err
	}
	b, err := newBase(ctx, o, conf)
	if err != nil {
		return nil, err
	}
	a, err := build(ctx, b, client, &inputs)
	if err != nil {
		return nil, errors.Join(b.db.Damaged(err), b.db.Close())
	}
	a.live.OnChange(func(inv *model.Inventory) { a.inventoryChanged(context.WithoutCancel(ctx), inv) })
	return a, nil
}

// build makes the parts, each from those before it. Two cycles are closed by variables that are asked only once App runs:
// the manager puts log lines on cards, follows chats that move and knows what is open, while logs, Telegram and the outbox are parts
// of what it is made from;
// and polling is a health issue of the manager's daily digest, while the chat acts on the manager.
func build(ctx context.Context, b *base, client *telegram.Client, inputs *checkInputs) (*App, error) {
	var later struct {
		manager *alerts.Manager
		chat    *chat
	}
	manager := func() *alerts.Manager { return later.manager }
	polling := func() (telegram.Health, bool) { return later.chat.health() }
	pinning := func() []model.Reason { return later.chat.issues() }

	live := newInventory(ctx, b)
	runs, err := newCheckRuns(ctx, b, live)
	if err != nil {
		return nil, err
	}
	inputs.hostPicker, inputs.heartbeatReceiver = hostPicker{live}, runs.heartbeats
	people, err := newPeople(ctx, b)
	if err != nil {
		return nil, err
	}
	moved := &migration{b, people, manager}
	link, err := newTelegramLink(ctx, b, client, moved)
	if err != nil {
		return nil, err
	}
	logs, err := newLogReading(b, live, manager)
	if err != nil {
		return nil, err
	}
	box, err := newOutbox(ctx, b, &outboxDeps{people, live, logs, link, moved, manager})
	if err != nil {
		return nil, err
	}
	rota, err := newRota(ctx, b)
	if err != nil {
		return nil, err
	}
	issues := &healthIssues{base: b, manager: manager, polling: polling, pinning: pinning, outages: box.outages, runs: runs, rota: rota}
	judging, err := newAlerting(ctx, b, &alertDeps{live, people, runs, logs, box, issues})
	if err != nil {
		return nil, err
	}
	later.manager = judging.manager
	sources, err := newEventSources(ctx, b, judging)
	if err != nil {
		return nil, err
	}
	writer, err := newReports(b, box.dispatcher)
	if err != nil {
		return nil, err
	}
	actions := newActions(b, &actionDeps{live, runs, judging, sources, box, writer, logs, issues, rota})
	if later.chat, err = newChat(ctx, b, &chatDeps{link, actions, people, judging.manager, box.dispatcher, moved, box}); err != nil {
		return nil, err
	}
	return &App{
		base: b, people: people, live: live, checks: runs, alerts: judging, sources: sources, logs: logs, outbox: box,
		reports: newReportRuns(b, writer, actions, box), actions: actions, chat: later.chat, health: &health{issues: issues},
	}, nil
}

// Run runs everything until ctx ends, then stops it in reverse order, within ten seconds. An error is what kept a part
// from running or from stopping in time.
func (a *App) Run(ctx context.Context) (err error) {
	g := newGroup(ctx, a.Log)
	defer func() {
		err = errors.Join(err, g.stop(stopBound), a.close())
	}()
	if err := a.listen(ctx, g); err != nil {
		return err
	}
	manager := a.alerts.manager
	if err := manager.Tick(ctx); err != nil { // what time alone has changed since we were stopped
		a.component("alerts").WithError(err).Error("take up what was remembered")
	}
	// Receivers start before senders: at the end no part sends to one that is gone.
	g.run("refusals", a.refusals.run)
	g.run("outbox", a.outbox.dispatcher.Run)
	g.run("alerts", manager.Run)
	g.run("history", a.checks.recorder.Run)
	g.run("connectivity", a.alerts.connectivity.Run)
	g.run("intake", func(ctx context.Context) error { return a.checks.intake.Run(ctx, manager, a.alerts.connectivity) })
	g.run("inventory", a.live.Run)
	g.run("schedule", a.checks.run)
	if err := manager.SetSources(ctx, sourceNames(a.conf.current().Config.Inbound)); err != nil {
		a.component("inbound").WithError(err).Error("end the events of sources that are gone")
	}
	g.run("inbound", a.sources.run)
	g.run("write-back", a.sources.writeback.Run)
	g.run("reports", a.reports.run)
	g.run("log collector", a.logs.run)
	g.run("store watch", newStoreWatch(a).run)
	g.run("store inspection", newSetAside(a).run)
	g.run("housekeeping", newHousekeeping(a).run)
	g.run("external address", a.outbox.external.run)
	if a.chat != nil {
		g.run("telegram", a.chat.poller.Run)
		g.run("menus", a.chat.setMenus)
		g.run("pinned messages", a.chat.pinned.Run)
	}
	a.logStartup()
	a.health.ready.Store(true)
	if a.Ready != nil {
		a.Ready()
	}
	g.run("service manager", a.runServiceManager)
	g.run("watchdog", newPinger(a.base, a.well).run)
	g.wait()
	return nil
}

func (a *App) close() error {
	a.chat.close()
	a.logs.Close()
	if err := a.db.Close(); err != nil {
		return fmt.Errorf("close the database: %w", err)
	}
	return nil
}
