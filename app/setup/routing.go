package setup

import (
	"cmp"
	"time"

	"opsbot/alerts"
	"opsbot/alerts/escalation"
	"opsbot/config"
	"opsbot/model"
	"opsbot/schedule"
)

// Routing says where notifications go. chats are all that are known: those of the configuration and the paired ones.
func (l *Loaded) Routing(chats []model.Chat) alerts.Routing {
	cfg := &l.Config.Alerts
	r := alerts.Routing{
		Chats: chats, Console: cfg.Console, Hours: cfg.Hours, Bypass: cfg.HoursBypass,
		Sound: alerts.Sound{Silent: cfg.Silent, Quiet: cfg.QuietHours},
	}
	for i := range l.Config.Routes {
		r.Routes = append(r.Routes, l.route(&l.Config.Routes[i], r.Sound))
	}
	r.Policies = l.policies()
	return r
}

// policies are the escalations of the configuration.
func (l *Loaded) policies() []escalation.Policy {
	var all []escalation.Policy
	for i := range l.Config.Escalations {
		e := &l.Config.Escalations[i]
		p := escalation.Policy{Name: e.Name, Repeat: e.Repeat, AckFor: time.Duration(e.AckFor)}
		for _, s := range e.Steps {
			p.Steps = append(p.Steps, escalation.Step{To: s.To, Wait: time.Duration(s.Wait)})
		}
		all = append(all, p)
	}
	return all
}

// route is one of [[routes]]; it keeps the sound of all alerts for what it does not set itself.
func (l *Loaded) route(from *config.Route, sound alerts.Sound) alerts.Route {
	route := alerts.Route{
		MinSeverity: from.MinSeverity, Clients: from.Clients, Services: from.Services, Tiers: from.Tiers,
		Labels: from.Labels, Hours: from.Hours, Continue: from.Continue,
		ShowAll: from.Show == config.ShowAll, Escalate: from.Escalate,
	}
	if from.Silent != nil || from.QuietHours != nil {
		route.Sound = &alerts.Sound{Silent: sound.Silent, Quiet: cmp.Or(from.QuietHours, sound.Quiet)}
		if from.Silent != nil {
			route.Sound.Silent = from.Silent
		}
	}
	for _, target := range from.To {
		if to, ok := l.Config.Telegram.Destination(target); ok {
			route.To = append(route.To, to)
		}
	}
	return route
}

// Windows are the maintenance windows of the configuration.
func (l *Loaded) Windows() []model.MaintenanceWindow {
	var all []model.MaintenanceWindow
	for i := range l.Config.Maintenance {
		m := &l.Config.Maintenance[i]
		all = append(all, model.MaintenanceWindow{
			Name: m.Name, Selector: m.Selector(), Reason: m.Reason, Length: time.Duration(m.Duration),
			Next: Next(string(m.Schedule), l.Config.Schedule.Zone.Location()),
		})
	}
	return all
}

// Next returns when an expression of a loaded configuration is due after a moment; a zero time is never.
func Next(expression string, zone *time.Location) func(time.Time) time.Time {
	table, err := schedule.Parse(expression, zone)
	if err != nil { // LoadWith has validated it
		return func(time.Time) time.Time { return time.Time{} }
	}
	return table.Next
}
