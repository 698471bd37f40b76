// Package app builds every part from the configuration, and runs, reloads and stops them: one wiring file per room.
//
// It is the one place that knows all rooms. It must not hold rules of its own: what is decided here is only who speaks
// to whom, and in which order things begin and end.
package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sirupsen/logrus"

	"opsbot/alerts"
	"opsbot/app/setup"
	"opsbot/bot"
	"opsbot/bot/telegram"
	"opsbot/checks"
	"opsbot/history"
	"opsbot/inbound"
	"opsbot/inventory"
	"opsbot/logs"
	"opsbot/model"
	"opsbot/notify"
	"opsbot/ops"
	"opsbot/schedule"
	"opsbot/store"
	"opsbot/texts"
)

// Options say what to run.
type Options struct {
	ConfigPath string
	Version    string
	Stdout     io.Writer // the console channel, and what a person at the terminal must read
	Log        *logrus.Logger
	Getenv     func(string) string // nil is os.Getenv
	Ready      func()              // called once everything runs; nil is fine
	Now        func() time.Time    // the clock of judging and telling; nil is time.Now
	Resolver   inventory.Resolver  // asked for the names of the inventory; nil is the machine's
}

// App is opsbot, built and not yet running.
type App struct {
	o       Options
	log     *logrus.Logger
	manager *alerts.Manager

	commits *commits
	ready   atomic.Bool // everything runs
	floods  atomic.Uint64

	connectivity *alerts.Connectivity
	loaded       atomic.Pointer[setup.Loaded]
	links        links
	texts        *texts.Catalog
	db           *store.DB
	live         *inventory.Live
	engine       *checks.Engine
	people       *ops.People
	actions      *ops.Actions
	dispatcher   *notify.Dispatcher
	fixed        map[string]notify.Channel // those that no configuration declares
	scheduler    *schedule.Scheduler
	history      *history.Recorder
	charts       charts
	intake       *alerts.Intake
	sources      *sources
	writeback    *inbound.Writeback
	nearest      atomic.Pointer[inventory.Locator] // of the present inventory
	names        *nameLog
	logs         *setup.Logs
	collector    *logs.Collector
	states       stateLog
	seenFrom     atomic.Pointer[seenFrom] // nil until external_ip_url has answered
	askAgain     chan struct{}            // external_ip_url may have changed
	client       *telegram.Client         // nil without a token
	sender       *telegram.Sender
	poller       *telegram.Poller
	bot          *bot.Bot
	reports      reports

	reportsAgain chan struct{} // the configuration of reports may have changed

	reloading   sync.Mutex
	reloadFault atomic.Pointer[model.Problems]
	running     sync.WaitGroup // replaced log readers that finish
}

// stopBound is how long everything together has to stop; systemd kills after that.
const stopBound = 10 * time.Second

// New builds everything that can fail. What it returns must be run, or closed.
func New(ctx context.Context, o Options) (a *App, err error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	a = &App{o: o, log: o.Log, askAgain: make(chan struct{}, 1), charts: newCharts(), reportsAgain: make(chan struct{}, 1), links: links{now: o.Now}}
	loaded, err := setup.LoadWith(o.ConfigPath, o.Getenv, a.links.checkDeps())
	if err != nil {
		return nil, err
	}
	a.loaded.Store(loaded)
	if a.texts, err = texts.Load(); err != nil {
		return nil, err
	}
	if err := a.buildTelegram(); err != nil { // first: its hook keeps the token out of every log line
		return nil, err
	}
	if a.db, err = store.Open(ctx, store.Options{Path: loaded.Config.Store.Path, Now: a.o.Now}); err != nil {
		return nil, err
	}
	for _, build := range []func(context.Context) error{
		a.buildSender, a.buildPeople, a.buildHeartbeats, a.buildInventory, a.buildHistory, a.buildChecks, a.buildAlerts, a.buildSources, a.buildWriteback, a.buildConnectivity, a.buildLogs, a.buildNotify, a.buildReports, a.buildActions, a.buildBot,
	} {
		if err := build(ctx); err != nil {
			return nil, errors.Join(err, a.db.Close())
		}
	}
	return a, nil
}

// Run runs everything until ctx ends, then stops it in reverse order, within ten seconds. An error is what kept a part
// from running or from stopping in time.
func (a *App) Run(ctx context.Context) (err error) {
	g := newGroup(ctx, a.log)
	defer func() {
		err = errors.Join(err, g.stop(stopBound), a.close())
	}()
	if err := a.listen(ctx, g); err != nil {
		return err
	}
	if err := a.manager.Tick(ctx); err != nil { // what time alone has brought since we were stopped
		a.component("alerts").WithError(err).Error("take up what was remembered")
	}
	// Those who take come before those who give: at the end nobody speaks to a part that is gone.
	g.run("outbox", a.dispatcher.Run)
	g.run("alerts", a.manager.Run)
	g.run("history", a.history.Run)
	g.run("connectivity", a.connectivity.Run)
	g.run("intake", func(ctx context.Context) error { return a.intake.Run(ctx, a.manager, a.connectivity) })
	g.run("inventory", a.live.Run)
	g.run("schedule", a.runSchedule)
	if err := a.manager.SetSources(ctx, sourceNames(a.loaded.Load().Config)); err != nil {
		a.component("inbound").WithError(err).Error("end the events of sources that are gone")
	}
	g.run("inbound", a.sources.run)
	g.run("write-back", a.writeback.Run)
	g.run("reports", a.runReports)
	g.run("log collector", a.collector.Run)
	g.run("store watch", a.watchStore().run)
	g.run("housekeeping", a.housekeeping)
	g.run("external address", a.watchExternal)
	if a.poller != nil {
		g.run("telegram", a.poller.Run)
		g.run("menu", a.setMenu)
	}
	a.logStartup()
	a.ready.Store(true)
	if a.o.Ready != nil {
		a.o.Ready()
	}
	g.run("systemd", a.notifySystemd)
	g.run("sign of life", a.buildPinger().run)
	g.wait()
	return nil
}

func (a *App) close() error {
	if a.client != nil {
		a.client.Close()
	}
	a.logs.Close()
	if err := a.db.Close(); err != nil {
		return fmt.Errorf("close the database: %w", err)
	}
	return nil
}

// component is a logger for one part.
func (a *App) component(name string) logrus.FieldLogger { return a.log.WithField("component", name) }

// zone is the one in which people read times.
func (a *App) zone() *time.Location { return a.loaded.Load().Config.Alerts.Timezone.Location() }
