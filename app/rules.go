package app

import (
	"context"
	"fmt"
	"time"

	"opsbot/alerts"
	"opsbot/app/setup"
	"opsbot/checks"
	"opsbot/config"
	"opsbot/model"
)

// rules are the measures of what is told.
func (a *App) rules(l *setup.Loaded) alerts.Rules {
	cfg := &l.Config.Alerts
	r := alerts.Rules{
		Storm:        alerts.Storm{Over: cfg.Storm.Incidents, Within: time.Duration(cfg.Storm.Within)},
		Flapping:     alerts.Flapping{Over: cfg.Flapping.Changes, Within: time.Duration(cfg.Flapping.Within), Quiet: time.Duration(cfg.Flapping.Quiet)},
		HealthIssues: a.issuesAround,
	}
	for _, d := range cfg.Remind {
		r.Remind = append(r.Remind, time.Duration(d))
	}
	if !cfg.Daily.Never {
		r.Daily = setup.Next(fmt.Sprintf("%d %d * * *", cfg.Daily.Minute, cfg.Daily.Hour), cfg.Timezone.Location())
	}
	r.Windows = l.Windows()
	return r
}

// buildConnectivity makes what tells failures of our own network from failures of others.
func (a *App) buildConnectivity(context.Context) error {
	a.connectivity = alerts.NewConnectivity(alerts.ConnectivityOptions{
		Now: a.o.Now, Offline: a.manager.Offline,
		Changed: func(ctx context.Context, why model.Reason) {
			if err := a.manager.SetConnectivity(ctx, why); err != nil {
				a.component("alerts").WithError(err).Error("keep whether opsbot is online")
			}
		},
	})
	a.configureConnectivity(a.loaded.Load())
	return nil
}

// configureConnectivity takes the probes of a configuration.
func (a *App) configureConnectivity(l *setup.Loaded) {
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
