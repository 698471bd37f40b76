package app

import (
	"context"
	"maps"
	"time"

	"opsbot/app/setup"
	"opsbot/config"
	"opsbot/inbound"
	"opsbot/inbound/alertmanager"
	"opsbot/inbound/generic"
	"opsbot/inbound/httpclient"
	"opsbot/inbound/icinga"
	"opsbot/inbound/zabbix"
	"opsbot/model"
)

// buildSources makes what hears the systems that send events.
func (a *App) buildSources(ctx context.Context) error {
	a.sources = newSources()
	a.sources.note = a.noteSource
	return a.connect(ctx, a.loaded.Load())
}

// connect hears the sources of a configuration in place of those before.
func (a *App) connect(ctx context.Context, l *setup.Loaded) error {
	return a.sources.exchange(ctx, func() ([]*source, error) {
		var next []*source
		for i := range l.Config.Inbound {
			one, err := a.connectOne(ctx, &l.Config.Inbound[i])
			if err != nil {
				return nil, err
			}
			next = append(next, one)
		}
		return next, nil
	})
}

func sourceNames(cfg *config.Config) []string {
	names := make([]string, len(cfg.Inbound))
	for i := range cfg.Inbound {
		names[i] = cfg.Inbound[i].Name
	}
	return names
}

// receivedSetting is when a source was last heard, by its name.
const sourceConnected = "inbound.connected."

func (a *App) connectOne(ctx context.Context, cfg *config.Inbound) (*source, error) {
	now := a.o.Now()
	events, err := a.db.EventsOf(ctx, cfg.Name, now.Add(-inbound.RememberEnded))
	if err != nil {
		return nil, err
	}
	memory := inbound.Memory{Events: events}
	if memory.Mark, err = a.db.Mark(ctx, cfg.Name); err != nil {
		return nil, err
	}
	received, err := a.db.Setting(ctx, sourceConnected+cfg.Name)
	if err != nil {
		return nil, err
	}
	memory.Answered, _ = time.Parse(time.RFC3339, received) // "" is never
	log := a.component("inbound").WithField("source", cfg.Name)
	one := &source{cfg: cfg, close: func() {}}
	var parse inbound.Parse
	one.client, parse = a.clientOf(cfg, one)
	one.watcher = inbound.NewWatcher(inbound.WatcherOptions{
		Name: cfg.Name, Kind: cfg.Kind, Client: one.client, Sink: sink{a}, Marks: a.db, Memory: memory,
		Filter: inbound.Filter{MinSeverity: cfg.MinSeverity, Ignore: cfg.Ignore},
		Poll:   time.Duration(cfg.Poll), DisconnectedAfter: time.Duration(cfg.DisconnectedAfter), Now: a.o.Now,
		Log: func(err error) { log.WithError(err).Warn("hear a source") },
	})
	if !cfg.Secret.IsZero() && parse != nil {
		one.hook = inbound.NewHook(inbound.HookOptions{
			Secret: cfg.Secret, Parse: parse, To: one.watcher, Now: a.o.Now, Log: func(err error) { log.WithError(err).Warn("refuse a hook") },
		})
	}
	return one, nil
}

// clientOf makes what asks a source, nil when it cannot be asked, and what reads its hooks.
func (a *App) clientOf(cfg *config.Inbound, one *source) (inbound.Client, inbound.Parse) {
	urls := revealed(cfg.URLs)
	var client *httpclient.Client
	if len(urls) > 0 {
		client = setup.SourceClient(cfg)
		one.close = client.Close
	}
	switch cfg.Kind {
	case model.SourceGeneric:
		return nil, generic.Parse(genericOf(&cfg.Mapping, a.o.Now))
	case model.SourceAlertmanager:
		parse := alertmanager.Parse(cfg.HostFrom)
		if client == nil {
			return nil, parse
		}
		return alertmanager.New(alertmanager.Options{URLs: urls, Prometheus: revealed(cfg.Prometheus), HostFrom: cfg.HostFrom, HTTP: client, Now: a.o.Now}), parse
	case model.SourceZabbix:
		hook := zabbix.Parser{HostFrom: cfg.HostFrom, Now: a.o.Now}
		if client == nil {
			return nil, hook.Parse
		}
		hook.URL = urls[0]
		return zabbix.New(zabbix.Options{URL: urls[0], HTTP: client, Token: cfg.Token, HostFrom: cfg.HostFrom, Now: a.o.Now}), hook.Parse
	default:
		return icinga.New(icinga.Options{URL: urls[0], HTTP: client, HostFrom: cfg.HostFrom, Now: a.o.Now}), nil
	}
}

func genericOf(m *config.InboundMapping, now func() time.Time) generic.Options {
	return generic.Options{
		List: m.List, ID: m.ID, Host: m.Host, Service: m.Service, Title: m.Title, State: m.State, Severity: m.Severity, Since: m.Since, Link: m.Link,
		Over: m.Over, Critical: m.Critical, Info: m.Info, Labels: maps.Clone(m.Labels), Now: now,
	}
}

// noteSource remembers when a source was last heard.
func (a *App) noteSource(ctx context.Context, s *source) {
	at := s.watcher.State().Answered
	if at.IsZero() {
		return
	}
	if err := a.db.SetSetting(ctx, sourceConnected+s.cfg.Name, at.UTC().Format(time.RFC3339)); err != nil {
		a.component("inbound").WithError(err).WithField("source", s.cfg.Name).Warn("note that a source was heard")
	}
}
