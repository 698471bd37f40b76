package app

import (
	"context"
	"errors"
	"reflect"
	"slices"

	"opsbot/model"
	"opsbot/texts"
)

// Reload reads the configuration again. All that can fail is done first: a configuration with mistakes leaves the old one
// running, and the error is model.Problems. What only a restart changes (token, database, listeners) is said in the log.
func (a *App) Reload(ctx context.Context) error {
	a.reloading.Lock()
	defer a.reloading.Unlock()
	log := a.component("reload")
	next, err := load(a.o.ConfigPath, a.o.Getenv, &a.links)
	if err != nil {
		if problems, ok := errors.AsType[model.Problems](err); ok {
			a.reloadFault.Store(&problems)
		}
		log.WithField("problems", a.inEnglish(err)).Error("the configuration has mistakes; the old one goes on")
		return err
	}
	moved, err := a.loadMoves(ctx)
	if err != nil {
		return err
	}
	moved.follow(&next.Config.Telegram)
	old := a.loaded.Swap(next)
	a.reloadFault.Store(nil)
	select {
	case a.askAgain <- struct{}{}:
	default: // it is asked soon anyway
	}
	a.people.SetConfig(next.Config.Telegram.KnownChats(), next.Config.Telegram.KnownUsers())
	a.dispatcher.SetChannels(a.channels(next)) // before anything is told there
	a.manager.SetRouting(next.routing(a.people.Chats()))
	a.manager.SetRules(a.rules(next))
	a.lookOut(next)
	a.reloadLogs(old.Config, next.Config)
	if !reflect.DeepEqual(old.Config.Inbound, next.Config.Inbound) {
		if err := a.connect(ctx, next); err != nil {
			log.WithError(err).Error("connect the sources of events; those before go on")
		} else if err := a.manager.SetSources(ctx, sourceNames(next.Config)); err != nil {
			log.WithError(err).Error("end the events of sources that are gone")
		}
		a.writeback.Wake()
	}
	a.live.Replace(ctx, next.source())
	select {
	case a.reportsAgain <- struct{}{}:
	default: // they begin anew anyway
	}
	for _, key := range needRestart(old, next) {
		log.WithField("key", key).Warn("this changes only with a restart")
	}
	if err := a.forgetJobs(ctx); err != nil {
		log.WithError(err).Error("forget the jobs of checks that are gone")
	}
	log.Info("reloaded")
	return nil
}

// inEnglish is what is wrong with a configuration, for the log.
func (a *App) inEnglish(err error) string {
	if problems, ok := errors.AsType[model.Problems](err); ok {
		return a.texts.For(texts.English).Problems(problems)
	}
	return err.Error()
}

// needRestart names the keys that differ and that are only read at the start.
func needRestart(old, next *Loaded) []string {
	var keys []string
	o, n := old.Config, next.Config
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
