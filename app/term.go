package app

import (
	"context"
	"errors"
	"fmt"

	"opsbot/alerts"
	"opsbot/bot/telegram"
	"opsbot/model"
	"opsbot/ops"
	"opsbot/store"
)

// term is opsbot while it leads: all that writes to the database or speaks to people. With a database of its own there is one, from the
// start to the stop.
type term struct {
	*base
	people  *ops.People
	checks  *checkRuns
	alerts  *alerting
	sources *eventSources
	logs    *logReading
	outbox  *outbox
	reports *reportRuns
	actions *ops.Actions
	chat    *chat // nil without a token
	feeds   *calendars
	health  *health
}

// newTerm opens the database and builds a term; the epoch is 0 where nobody else may lead. What it returns must be started, or closed.
func newTerm(ctx context.Context, c *core, epoch int64) (*term, error) {
	at := &c.conf.current().Config.Store
	db, err := store.Open(ctx, store.Options{Path: at.Path, DSN: at.DSN.Reveal(), Epoch: epoch, Now: c.Now, Audited: auditLines(c.component("audit"))})
	if err != nil {
		return nil, err
	}
	t, err := build(ctx, &base{core: c, db: db, epoch: epoch})
	if err != nil {
		return nil, errors.Join(db.Damaged(err), db.Close())
	}
	c.running.Store(t)
	return t, nil
}

// build makes the parts, each from those before it. Two cycles are closed by variables that are asked only once the term runs:
// the manager puts log lines on cards, follows chats that move and knows what is open, while logs, Telegram and the outbox are parts
// of what it is made from;
// and polling is a health issue of the manager's daily digest, while the chat acts on the manager.
func build(ctx context.Context, b *base) (*term, error) {
	var later struct {
		manager *alerts.Manager
		chat    *chat
	}
	manager := func() *alerts.Manager { return later.manager }
	polling := func() (telegram.Health, bool) { return later.chat.health() }
	pinning := func() []model.Reason { return later.chat.issues() }

	live := b.live
	b.lookUp(ctx)
	runs, err := newCheckRuns(ctx, b, live)
	if err != nil {
		return nil, err
	}
	b.inputs.receiver.Store(runs.heartbeats)
	people, err := newPeople(ctx, b)
	if err != nil {
		return nil, err
	}
	moved := &migration{b, people, manager}
	link, err := newTelegramLink(ctx, b, moved)
	if err != nil {
		return nil, err
	}
	logs, err := newLogReading(b, live, manager)
	if err != nil {
		return nil, err
	}
	links := ops.NewAckLinks(b.db, b.Now)
	box, err := newOutbox(ctx, b, &outboxDeps{people, live, logs, link, moved, manager, links})
	if err != nil {
		return nil, err
	}
	rota, feeds, err := newRota(ctx, b, box)
	if err != nil {
		return nil, err
	}
	issues := &healthIssues{base: b, manager: manager, polling: polling, pinning: pinning, outages: box.outages, runs: runs, rota: rota, feeds: feeds}
	judging, err := newAlerting(ctx, b, &alertDeps{live, people, runs, logs, box, rota, issues})
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
	actions := newActions(b, &actionDeps{live, runs, judging, sources, box, writer, logs, issues, rota, people, links})
	if later.chat, err = newChat(ctx, b, &chatDeps{link, actions, people, judging.manager, box.dispatcher, moved, box}); err != nil {
		return nil, err
	}
	return &term{
		base: b, people: people, checks: runs, alerts: judging, sources: sources, logs: logs, outbox: box,
		reports: newReportRuns(b, writer, actions, box), actions: actions, chat: later.chat, feeds: feeds, health: &health{issues: issues},
	}, nil
}

// start starts the parts in a group, which stops them in reverse order.
func (t *term) start(ctx context.Context, g *group) {
	if t.conf.current().Config.Web.Listen != "" {
		g.run("heartbeats", t.checks.heartbeats.noteReceiving(t.base))
	}
	manager := t.alerts.manager
	if err := manager.Tick(ctx); err != nil { // what time alone has changed since we were stopped
		t.component("alerts").WithError(err).Error("take up what was remembered")
	}
	g.run("outbox", t.outbox.dispatcher.Run)
	g.run("alerts", manager.Run)
	g.run("history", t.checks.recorder.Run)
	g.run("connectivity", t.alerts.connectivity.Run)
	g.run("intake", func(ctx context.Context) error { return t.checks.intake.Run(ctx, manager, t.alerts.connectivity) })
	g.run("inventory", t.keepInventory)
	g.run("schedule", t.checks.run)
	if err := manager.SetSources(ctx, sourceNames(t.conf.current().Config.Inbound)); err != nil {
		t.component("inbound").WithError(err).Error("end the events of sources that are gone")
	}
	g.run("inbound", t.sources.run)
	g.run("write-back", t.sources.writeback.Run)
	g.run("reports", t.reports.run)
	g.run("calendars", func(ctx context.Context) error { return t.feeds.run(ctx, notifyMoved(t.base, t.actions)) })
	g.run("shifts", (&shifts{t.base, t.actions, t.feeds.changed}).run)
	g.run("log collector", t.logs.run)
	g.run("store watch", newStoreWatch(t).run)
	g.run("store inspection", newSetAside(t).run)
	g.run("housekeeping", newHousekeeping(t).run)
	g.run("external address", t.outbox.external.run)
	if t.chat != nil {
		g.run("telegram", t.chat.poller.Run)
		g.run("menus", t.chat.setMenus)
		g.run("pinned messages", t.chat.pinned.Run)
	}
	t.logStartup()
	t.health.ready.Store(true)
}

// watch has the watchdog outside know that opsbot works.
func (t *term) watch(g *group) { g.run("watchdog", newPinger(t.base, t.well).run) }

// close closes the database, once all parts have stopped.
func (t *term) close() error {
	t.running.CompareAndSwap(t, nil)
	t.answers.db.CompareAndSwap(t.db, nil)
	t.logs.Close()
	if err := t.db.Close(); err != nil {
		return fmt.Errorf("close the database: %w", err)
	}
	return nil
}
