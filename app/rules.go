package app

import (
	"context"
	"fmt"
	"time"

	"opsbot/alerts"
	"opsbot/checks"
	"opsbot/config"
	"opsbot/model"
	"opsbot/schedule"
)

// rules are the measures of what is told.
func (a *App) rules(l *Loaded) alerts.Rules {
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
		r.Daily = next(fmt.Sprintf("%d %d * * *", cfg.Daily.Minute, cfg.Daily.Hour), cfg.Timezone.Location())
	}
	r.Windows = l.windows()
	return r
}

// windows are the planned times of no telling.
func (l *Loaded) windows() []model.MaintenanceWindow {
	var all []model.MaintenanceWindow
	for i := range l.Config.Maintenance {
		m := &l.Config.Maintenance[i]
		all = append(all, model.MaintenanceWindow{
			Name: m.Name, Selector: m.Selector(), Reason: m.Reason, Length: time.Duration(m.Duration),
			Next: next(string(m.Schedule), l.Config.Schedule.Zone.Location()),
		})
	}
	return all
}

// next is when an expression of a loaded configuration is due after a moment.
func next(expression string, zone *time.Location) func(time.Time) time.Time {
	table, err := schedule.Parse(expression, zone)
	if err != nil { // Load has seen it
		return func(time.Time) time.Time { return time.Time{} }
	}
	return table.Next
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
func (a *App) configureConnectivity(l *Loaded) {
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
