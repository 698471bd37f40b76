package app

import (
	"context"
	"maps"
	"time"

	"opsbot/alerts"
	"opsbot/app/setup"
	"opsbot/config"
	"opsbot/inbound"
	"opsbot/inbound/alertmanager"
	"opsbot/inbound/generic"
	"opsbot/inbound/httpclient"
	"opsbot/inbound/icinga"
	"opsbot/inbound/payload"
	"opsbot/inbound/zabbix"
	"opsbot/model"
)

// eventSources are the systems that send events, connected to the manager, and what is written back to them.
type eventSources struct {
	*base
	*sources
	manager   *alerts.Manager
	writeback *inbound.Writeback
}

// newEventSources connects the sources of the configuration.
func newEventSources(ctx context.Context, b *base, judging *alerting) (*eventSources, error) {
	e := &eventSources{base: b, manager: judging.manager}
	e.sources = newSources(e.noteConnected)
	e.writeback = newWriteback(b, judging, e.sources)
	return e, e.connect(ctx, b.conf.current().Config.Inbound)
}

// connect replaces the sources by those of a configuration.
func (e *eventSources) connect(ctx context.Context, all []config.Inbound) error {
	return e.exchange(ctx, func() ([]*source, error) {
		var next []*source
		for i := range all {
			one, err := e.newSource(ctx, &all[i])
			if err != nil {
				return nil, err
			}
			next = append(next, one)
		}
		return next, nil
	})
}

func sourceNames(all []config.Inbound) []string {
	names := make([]string, len(all))
	for i := range all {
		names[i] = all[i].Name
	}
	return names
}

func (e *eventSources) newSource(ctx context.Context, cfg *config.Inbound) (*source, error) {
	memory, err := e.memory(ctx, cfg.Name)
	if err != nil {
		return nil, err
	}
	log := e.component("inbound").WithField("source", cfg.Name)
	one := &source{cfg: cfg, close: func() {}}
	client, parse := newSourceClient(cfg, one, moments{e.Now, e.conf.current().Config.Alerts.Timezone.Location()})
	one.client = client
	one.watcher = inbound.NewWatcher(inbound.WatcherOptions{
		Name: cfg.Name, Kind: cfg.Kind, Client: client, Sink: sink{e.manager}, Marks: e.db, Memory: memory,
		Filter: inbound.Filter{MinSeverity: cfg.MinSeverity, Ignore: cfg.Ignore},
		Redact: e.redact, Poll: time.Duration(cfg.Poll), DisconnectedAfter: time.Duration(cfg.DisconnectedAfter), Now: e.Now,
		Log: func(err error) { log.WithError(err).Warn("receive from a source") },
	})
	if !cfg.Secret.IsZero() && parse != nil {
		one.hook = inbound.NewHook(inbound.HookOptions{
			Secret: cfg.Secret, Parse: parse, To: one.watcher, Now: e.Now, Log: func(err error) { log.WithError(err).Warn("refuse a webhook") },
		})
	}
	return one, nil
}

// connectedSetting is when a source was last connected, by its name.
const connectedSetting = "inbound.connected."

// memory is what is stored of a source.
func (e *eventSources) memory(ctx context.Context, name string) (m inbound.Memory, err error) {
	if m.Events, err = e.db.EventsOf(ctx, name, e.Now().Add(-inbound.RememberEnded)); err != nil {
		return m, err
	}
	if m.Mark, err = e.db.Mark(ctx, name); err != nil {
		return m, err
	}
	connected, err := e.db.Setting(ctx, connectedSetting+name)
	m.Answered, _ = time.Parse(time.RFC3339, connected) // "" is never
	return m, err
}

// noteConnected stores when a source was last connected.
func (e *eventSources) noteConnected(ctx context.Context, s *source) {
	at := s.watcher.State().Answered
	if at.IsZero() {
		return
	}
	if err := e.db.SetSetting(ctx, connectedSetting+s.cfg.Name, at.UTC().Format(time.RFC3339)); err != nil {
		e.component("inbound").WithError(err).WithField("source", s.cfg.Name).Warn("note that a source was connected")
	}
}

// moments are the clock, and the zone of times without one.
type moments struct {
	now  func() time.Time
	zone *time.Location
}

// newSourceClient makes the client of a source, nil when it has no URL, and the parser of its webhook.
func newSourceClient(cfg *config.Inbound, one *source, at moments) (inbound.Client, inbound.Parse) {
	urls := revealed(cfg.URLs)
	var client *httpclient.Client
	if len(urls) > 0 {
		client = setup.SourceClient(cfg)
		one.close = client.Close
	}
	words := payload.NewSeverities(cfg.Severities)
	switch cfg.Kind {
	case model.SourceGeneric:
		o := genericOf(&cfg.Mapping, at)
		o.Severities = words
		return nil, generic.Parse(o)
	case model.SourceAlertmanager:
		reader := alertmanager.Reader{HostFrom: cfg.HostFrom, Zone: at.zone, Now: at.now, Severities: words}
		if client == nil {
			return nil, reader.Parse
		}
		return alertmanager.New(alertmanager.Options{URLs: urls, Prometheus: revealed(cfg.Prometheus), HTTP: client, Reader: reader}), reader.Parse
	case model.SourceZabbix:
		hook := zabbix.Parser{HostFrom: cfg.HostFrom, Zone: at.zone, Now: at.now, Severities: words}
		if client == nil {
			return nil, hook.Parse
		}
		hook.URL = urls[0]
		return zabbix.New(zabbix.Options{URL: urls[0], HTTP: client, Token: cfg.Token, HostFrom: cfg.HostFrom, Now: at.now, Severities: words}), hook.Parse
	default:
		return icinga.New(icinga.Options{URL: urls[0], HTTP: client, HostFrom: cfg.HostFrom, Now: at.now, Severities: words}), nil
	}
}

func genericOf(m *config.InboundMapping, at moments) generic.Options {
	return generic.Options{
		List: m.List, ID: m.ID, Host: m.Host, Service: m.Service, Title: m.Title, State: m.State, Severity: m.Severity, Since: m.Since, Link: m.Link,
		Over: m.Over, Critical: m.Critical, Info: m.Info, Labels: maps.Clone(m.Labels), Zone: at.zone, Now: at.now,
	}
}

// sink hands events to the manager. It implements inbound.Sink.
type sink struct{ manager *alerts.Manager }

// Events implements inbound.Sink.
func (s sink) Events(ctx context.Context, changed []model.Event) error {
	return s.manager.HandleEvents(ctx, changed...)
}

// Source implements inbound.Sink.
func (s sink) Source(ctx context.Context, name string, why model.Reason) error {
	return s.manager.SetSource(ctx, name, why)
}
