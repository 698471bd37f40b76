package app

import (
	"cmp"
	"errors"

	"opsbot/alerts"
	"opsbot/checks"
	"opsbot/config"
	"opsbot/inventory"
	"opsbot/model"
	"opsbot/schedule"
)

// Loaded is a configuration with all that was read and checked because of it.
type Loaded struct {
	Config     *config.Config
	Plan       *inventory.Plan
	Standalone []*model.Check

	endpoints *checks.Endpoints

	tokens map[model.CheckID]model.Secret // what the jobs of heartbeats must show
}

// Load reads a configuration and the inventory files that it names. The error is model.Problems: every mistake in all of
// them.
func Load(path string, getenv func(string) string) (*Loaded, error) {
	return load(path, getenv, &links{})
}

// load is Load with checks that find the rest of the house through links.
func load(path string, getenv func(string) string, to *links) (*Loaded, error) {
	cfg, err := config.Load(path, config.Options{
		Kinds: checks.AllKinds(to.checkDeps()), CheckSchedule: schedule.Validate, LocalIP: checks.LocalIP, Getenv: getenv,
	})
	if err != nil {
		return nil, err
	}
	endpoints := checks.NewEndpoints(cfg.Around)
	declared := inventory.Declared{
		Wrong: endpoints.Wrong, Defaults: cfg.Webtest, Services: cfg.Services, Groups: cfg.Groups, Clients: cfg.Clients, Hosts: cfg.Hosts,
	}
	var problems model.Problems
	for _, file := range cfg.Inventory {
		more, err := inventory.ReadCSVFile(file.Path)
		problems = append(problems, problemsOf(err)...)
		declared = declared.With(more)
	}
	plan, err := inventory.Compile(declared)
	problems = append(problems, problemsOf(err)...)
	if plan != nil {
		problems = append(problems, plan.UnknownClients(cfg.ClientRefs())...)
	}
	l := &Loaded{Config: cfg, Plan: plan, endpoints: endpoints}
	if plan != nil {
		problems = append(append(problems, l.idleSelectors()...), l.idleWindows()...)
		problems = append(append(problems, l.idleReports()...), l.idleLogs()...)
	}
	if len(problems) > 0 {
		problems.Sort()
		return nil, problems
	}
	l.tokens = l.tokensOf()
	for i := range cfg.Checks {
		c := &cfg.Checks[i]
		if o, ok := c.Options.(interface{ SetID(model.CheckID) }); ok {
			o.SetID(model.CheckID(c.Name))
		}
		if options, ok := c.Options.(checks.Options); ok {
			l.Standalone = append(l.Standalone, c.Check(options.Checker()))
		}
	}
	return l, nil
}

func problemsOf(err error) model.Problems {
	if err == nil {
		return nil
	}
	if problems, ok := errors.AsType[model.Problems](err); ok {
		return problems
	}
	return model.Problems{{What: model.Say("config.failed", "said", err)}}
}

// source is what inventories are built from.
func (l *Loaded) source() inventory.Source {
	return inventory.Source{Plan: l.Plan, NewCheck: l.endpoints.Check, Standalone: l.Standalone}
}

// routing is where things are told. chats are all that are known, those of the configuration and the paired ones.
func (l *Loaded) routing(chats []model.Chat) alerts.Routing {
	cfg := l.Config
	r := alerts.Routing{
		Chats: chats, Console: cfg.Alerts.Console, Hours: cfg.Alerts.Hours, Bypass: cfg.Alerts.HoursBypass,
		Sound: alerts.Sound{Silent: cfg.Alerts.Silent, Quiet: cfg.Alerts.QuietHours},
	}
	for i := range cfg.Routes {
		from := &cfg.Routes[i]
		route := alerts.Route{
			MinSeverity: from.MinSeverity, Clients: from.Clients, Services: from.Services, Tiers: from.Tiers,
			Labels: from.Labels, Hours: from.Hours, Continue: from.Continue,
		}
		if from.Silent != nil || from.QuietHours != nil {
			route.Sound = &alerts.Sound{Silent: r.Sound.Silent, Quiet: cmp.Or(from.QuietHours, r.Sound.Quiet)}
			if from.Silent != nil {
				route.Sound.Silent = from.Silent
			}
		}
		for _, target := range from.To {
			if to, ok := cfg.Telegram.Destination(target); ok {
				route.To = append(route.To, to)
			}
		}
		r.Routes = append(r.Routes, route)
	}
	return r
}

// entries are the places of all checks in the timetable.
func entries(inv *model.Inventory) []schedule.Entry {
	all := make([]schedule.Entry, 0, len(inv.Checks()))
	for _, c := range inv.Checks() {
		all = append(all, schedule.Entry{ID: c.ID, Expression: c.Schedule})
	}
	return all
}
