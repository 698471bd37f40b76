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

// Reload reads the configuration again. All that can fail is done first: a configuration with errors leaves the old one in use,
// and the error is model.Problems. So does one that leaves nothing to check or nobody to notify, unless forced. What only a restart
// changes (token, database, listeners) is logged.
func (a *App) Reload(ctx context.Context) error {
	_, err := a.reload(ctx, false)
	return err
}

// reload is Reload; forced takes a configuration that leaves nothing to check, or nobody to notify. The notes are what it leaves nothing
// of although the rest stays.
func (a *App) reload(ctx context.Context, forced bool) (notes model.Problems, err error) {
	a.conf.reloading.Lock()
	defer a.conf.reloading.Unlock()
	log := a.component("reload")
	next, err := a.conf.reread()
	if err != nil {
		log.WithField("problems", a.inEnglish(err)).Error("the configuration has errors; the old one stays in use")
		return nil, err
	}
	moved, err := loadMoves(ctx, a.base)
	if err != nil {
		return nil, err
	}
	moved.follow(&next.Config.Telegram)
	if emptied := a.conf.current().Emptied(next, a.people.Chats(), a.people.ChatsWith(next.Config.Telegram.KnownChats())); len(emptied) > 0 && !forced {
		a.conf.failed.Store(&emptied)
		log.WithField("problems", a.inEnglish(emptied)).Error("the configuration leaves nothing to check, or nobody to notify; the old one stays in use")
		return nil, emptied
	}
	old := a.conf.replace(next)
	a.configure(ctx, old, next)
	for _, key := range needRestart(old.Config, next.Config) {
		log.WithField("key", key).Warn("this changes only with a restart")
	}
	if err := forgetJobs(ctx, a.base); err != nil {
		log.WithError(err).Error("forget the jobs of checks that are gone")
	}
	if notes = old.Vanished(next); len(notes) > 0 {
		log.WithField("problems", a.inEnglish(notes)).Warn("no clients are left")
	}
	if moved := old.Moved(next, a.Now()); len(moved) > 0 {
		log.WithField("problems", a.inEnglish(moved)).Warn("shifts move")
		notes = append(notes, moved...)
	}
	log.Info("reloaded")
	return notes, nil
}

// inEnglish is what is wrong with a configuration, for the log.
func (a *App) inEnglish(err error) string {
	if problems, ok := errors.AsType[model.Problems](err); ok {
		return a.texts.For(texts.English).Problems(problems)
	}
	return err.Error()
}

// configure hands another configuration to all parts. Channels come before routes: nothing is sent over a channel that does not
// exist yet.
func (a *App) configure(ctx context.Context, old, next *setup.Loaded) {
	a.outbox.external.reload()
	a.people.SetConfig(next.Config.Telegram.KnownChats(), next.Config.Telegram.KnownUsers())
	a.chat.peopleChanged()
	a.outbox.configure(next)
	a.alerts.configure(next, a.people.Chats())
	a.logs.configure(old.Config, next.Config)
	if !reflect.DeepEqual(old.Config.Inbound, next.Config.Inbound) {
		a.reconnect(ctx, next.Config.Inbound)
	}
	a.live.Replace(ctx, next.Source())
	a.reports.reload()
}

// reconnect connects other sources in place of those before.
func (a *App) reconnect(ctx context.Context, all []config.Inbound) {
	log := a.component("reload")
	if err := a.sources.connect(ctx, all); err != nil {
		log.WithError(err).Error("connect the sources of events; those before stay in use")
	} else if err := a.alerts.manager.SetSources(ctx, sourceNames(all)); err != nil {
		log.WithError(err).Error("end the events of sources that are gone")
	}
	a.sources.writeback.Wake()
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
