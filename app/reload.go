package app

import (
	"context"
	"errors"
	"reflect"
	"slices"

	"opsbot/app/setup"
	"opsbot/config"
	"opsbot/model"
	"opsbot/texts"
)

// reload is Reload of the term, or of what a process keeps while it does not lead.
func (c *core) reload(ctx context.Context, forced bool) (notes model.Problems, err error) {
	if t := c.running.Load(); t != nil {
		return t.reload(ctx, forced)
	}
	c.conf.reloading.Lock()
	defer c.conf.reloading.Unlock()
	next, err := c.conf.reread()
	if err != nil {
		c.component("reload").WithField("problems", c.inEnglish(err)).Error("the configuration has errors; the old one stays in use")
		return nil, err
	}
	old := c.conf.replace(next)
	c.live.Replace(ctx, next.Source())
	c.reloaded(old, next)
	return nil, nil
}

// reloaded writes to the log that another configuration is in use, and what of it is not.
func (c *core) reloaded(old, next *setup.Loaded) {
	log := c.component("reload")
	for _, key := range needRestart(old.Config, next.Config) {
		log.WithField("key", key).Warn("this changes only with a restart")
	}
	log.Info("reloaded")
}

// reload reads the configuration again; forced takes a configuration that leaves nothing to check, or nobody to notify. The notes are what it leaves nothing
// of although the rest stays.
func (t *term) reload(ctx context.Context, forced bool) (notes model.Problems, err error) {
	t.conf.reloading.Lock()
	defer t.conf.reloading.Unlock()
	log := t.component("reload")
	next, err := t.conf.reread()
	if err != nil {
		log.WithField("problems", t.inEnglish(err)).Error("the configuration has errors; the old one stays in use")
		return nil, err
	}
	moved, err := loadMoves(ctx, t.base)
	if err != nil {
		return nil, err
	}
	moved.follow(&next.Config.Telegram)
	if emptied := t.conf.current().Emptied(next, t.people.Chats(), t.people.ChatsWith(next.Config.Telegram.KnownChats())); len(emptied) > 0 && !forced {
		t.conf.failed.Store(&emptied)
		log.WithField("problems", t.inEnglish(emptied)).Error("the configuration leaves nothing to check, or nobody to notify; the old one stays in use")
		return nil, emptied
	}
	old := t.conf.replace(next)
	t.configure(ctx, old, next)
	if err := forgetJobs(ctx, t.base); err != nil {
		log.WithError(err).Error("forget the jobs of checks that are gone")
	}
	if notes = old.Vanished(next); len(notes) > 0 {
		log.WithField("problems", t.inEnglish(notes)).Warn("no clients are left")
	}
	was, is := t.feeds.roster(old), t.feeds.roster(next)
	if moved := next.MovedBy(was, is, t.Now()); len(moved) > 0 {
		log.WithField("problems", t.inEnglish(moved)).Warn("shifts move")
		notes = append(notes, moved...)
	}
	if err := errors.Join(t.actions.NotifyMoved(ctx, was, is), t.actions.NotifyShifts(ctx)); err != nil { // a schedule that is new is looked at before it changes
		log.WithError(err).Error("tell people of their shifts")
	}
	t.reloaded(old, next)
	return notes, nil
}

// inEnglish is what is wrong with a configuration, for the log.
func (c *core) inEnglish(err error) string {
	if problems, ok := errors.AsType[model.Problems](err); ok {
		return c.texts.For(texts.English).Problems(problems)
	}
	return err.Error()
}

// configure hands another configuration to all parts. Channels come before routes: nothing is sent over a channel that does not
// exist yet.
func (t *term) configure(ctx context.Context, old, next *setup.Loaded) {
	t.outbox.external.reload()
	t.people.SetConfig(next.Config.Telegram.KnownChats(), next.Config.Telegram.KnownUsers())
	t.chat.peopleChanged()
	t.outbox.configure(next)
	t.alerts.takeUp(ctx, t.base, old)
	takeUpDuty(ctx, t.base, t.health.issues.rota, t.feeds, old)
	t.alerts.configure(next, t.people.Chats())
	t.logs.configure(old.Config, next.Config)
	if !reflect.DeepEqual(old.Config.Inbound, next.Config.Inbound) {
		t.reconnect(ctx, next.Config.Inbound)
	}
	t.live.Replace(ctx, next.Source())
	t.reports.reload()
	t.feeds.reload()
}

// reconnect connects other sources in place of those before.
func (t *term) reconnect(ctx context.Context, all []config.Inbound) {
	log := t.component("reload")
	if err := t.sources.connect(ctx, all); err != nil {
		log.WithError(err).Error("connect the sources of events; those before stay in use")
	} else if err := t.alerts.manager.SetSources(ctx, sourceNames(all)); err != nil {
		log.WithError(err).Error("end the events of sources that are gone")
	}
	t.sources.writeback.Wake()
}

// needRestart names the keys that differ and that are only read at the start.
func needRestart(o, n *config.Config) []string {
	var keys []string
	for _, c := range []struct {
		key  string
		same bool
	}{
		{"telegram.token", o.Telegram.Token == n.Telegram.Token},
		{"telegram.api_urls", slices.Equal(o.Telegram.APIURLs, n.Telegram.APIURLs)},
		{"telegram.proxies", slices.Equal(o.Telegram.Proxies, n.Telegram.Proxies)},
		{"telegram.limits", o.Telegram.Limits == n.Telegram.Limits},
		{"store.path", o.Store.Path == n.Store.Path},
		{"store.dsn", o.Store.DSN == n.Store.DSN},
		{"web.listen", o.Web.Listen == n.Web.Listen},
		{"web.cert_file", o.Web.CertFile == n.Web.CertFile && o.Web.KeyFile == n.Web.KeyFile},
		{"web.hosts", slices.Equal(o.Web.Hosts, n.Web.Hosts)},
		{"control.socket", o.Control.Socket == n.Control.Socket},
		{"schedule.zone", o.Schedule.Zone.String() == n.Schedule.Zone.String()},
		{"schedule.tick", o.Schedule.Tick == n.Schedule.Tick},
		{"schedule.splay", o.Schedule.Splay == n.Schedule.Splay},
	} {
		if !c.same {
			keys = append(keys, c.key)
		}
	}
	return keys
}
