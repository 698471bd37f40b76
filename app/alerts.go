package app

import (
	"context"
	"fmt"
	"time"

	"opsbot/alerts"
	"opsbot/app/setup"
	"opsbot/checks"
	"opsbot/config"
	"opsbot/inventory"
	"opsbot/model"
	"opsbot/ops"
)

// alerting judges results and events: the manager with its store, and the connectivity guard.
type alerting struct {
	manager      *alerts.Manager
	commits      *commits
	connectivity *alerts.Connectivity
	locator      *locator
	cluster      *cluster              // nil without others that may lead
	issues       func() []model.Reason // health issues for the digest of the day; it must not call the manager
}

// alertDeps are what the manager asks of the other parts.
type alertDeps struct {
	live   *inventory.Live
	people *ops.People
	runs   *checkRuns
	logs   *logReading // collects logs when incidents open
	outbox *outbox     // is woken for new notifications
	rota   *ops.Rota   // who is on call
	issues *healthIssues
}

// newAlerting makes the manager from what was stored, and the connectivity guard.
func newAlerting(ctx context.Context, b *base, d *alertDeps) (*alerting, error) {
	memory, err := b.db.Load(ctx)
	if err != nil {
		return nil, err
	}
	loaded := b.conf.current()
	if err := loadEscalations(ctx, b, &memory); err != nil {
		return nil, err
	}
	a := &alerting{commits: &commits{Store: b.db, now: time.Now, seen: d.logs.collector.See}, locator: &locator{conf: b.conf}, issues: d.issues.around, cluster: b.cluster}
	a.manager = alerts.New(alerts.Options{
		Store: a.commits, Verifier: d.runs.intake, Confirmer: d.runs.scheduler, Wake: d.outbox.dispatcher.Notify, Now: b.Now,
		Inventory: d.live.Current(), Routing: loaded.Routing(d.people.Chats()), Memory: memory,
		Rules: a.rules(loaded), Locate: a.locator.locate, Gather: alerts.GatherFirst, Directory: &directory{b, d.people, d.rota},
	})
	a.connectivity = newConnectivity(b, a.manager)
	a.configureConnectivity(loaded)
	return a, nil
}

// configure takes the routes, rules and probes of another configuration.
func (a *alerting) configure(l *setup.Loaded, chats []model.Chat) {
	a.manager.SetRouting(l.Routing(chats))
	a.manager.SetRules(a.rules(l))
	a.configureConnectivity(l)
}

// rules are the limits of storms and flapping, reminders, the digest of the day, and maintenance windows.
func (a *alerting) rules(l *setup.Loaded) alerts.Rules {
	cfg := &l.Config.Alerts
	r := alerts.Rules{
		Storm:        alerts.Storm{Over: cfg.Storm.Incidents, Within: time.Duration(cfg.Storm.Within)},
		Flapping:     alerts.Flapping{Over: cfg.Flapping.Changes, Within: time.Duration(cfg.Flapping.Within), Quiet: time.Duration(cfg.Flapping.Quiet)},
		HealthIssues: a.issues,
	}
	if c := a.cluster; c != nil {
		r.Leader = c.leads
	}
	for _, d := range cfg.Remind {
		r.Remind = append(r.Remind, time.Duration(d))
	}
	if !cfg.Daily.Never {
		r.Daily = setup.Next(fmt.Sprintf("%d %d * * *", cfg.Daily.Minute, cfg.Daily.Hour), cfg.Timezone.Location())
	}
	r.Windows = l.Windows()
	r.UntestableSilent = map[string]bool{}
	for i := range l.Config.Inbound {
		if in := &l.Config.Inbound[i]; in.Untestable == config.UntestableSilent {
			r.UntestableSilent[in.Name] = true
		}
	}
	return r
}

// newConnectivity makes the guard that tells failures of our own network from failures of others.
func newConnectivity(b *base, manager *alerts.Manager) *alerts.Connectivity {
	return alerts.NewConnectivity(alerts.ConnectivityOptions{
		Now: b.Now, Offline: manager.Offline,
		Changed: func(ctx context.Context, why model.Reason) {
			if err := manager.SetConnectivity(ctx, why); err != nil {
				b.component("alerts").WithError(err).Error("keep whether opsbot is online")
			}
		},
	})
}

func (a *alerting) configureConnectivity(l *setup.Loaded) {
	cfg := &l.Config.Connectivity
	a.connectivity.Configure(probes(cfg.Probes), cfg.Share, time.Duration(cfg.Timeout))
}

func probes(all []config.Probe) []alerts.Probe {
	kinds := checks.AllKinds(checks.Deps{})
	var out []alerts.Probe
	for _, p := range all {
		o, _ := kinds.New(p.Kind)
		switch o := o.(type) {
		case *checks.TCPOptions:
			o.Address = p.Address
			out = append(out, alerts.Probe{Name: p.String(), Checker: o.Checker()})
		case *checks.PingOptions:
			o.Address = p.Address
			out = append(out, alerts.Probe{Name: p.String(), Checker: o.Checker()})
		}
	}
	return out
}
