// Package setup reads the configuration and builds from it what the daemon and the commands of the command line both use:
// the inventory, routing, mail and webhook channels, report plans, log readers.
//
// It must not start anything, and it must not know the daemon: app and cli import it.
package setup

import (
	"errors"
	"slices"
	"time"

	"opsbot/checks"
	"opsbot/config"
	"opsbot/inventory"
	"opsbot/model"
	"opsbot/oncall"
	"opsbot/schedule"
)

// Loaded is a validated configuration with the inventory files and standalone checks that it names.
type Loaded struct {
	Config     *config.Config
	Plan       *inventory.Plan
	Standalone []*model.Check
	Tokens     map[model.CheckID]model.Secret // the tokens that jobs must send, by heartbeat check
	Methods    map[model.CheckID][]string     // the HTTP methods with which they may
	Roster     *oncall.Roster                 // who can be on call and when they are, without overrides

	endpoints *checks.Endpoints
	notes     model.Problems // of inventory files
}

// Load reads a configuration and the inventory files that it names, for a command that runs no standalone checks. The error
// is model.Problems: every error in all of the files. A nil getenv is os.Getenv.
func Load(path string, getenv func(string) string) (*Loaded, error) {
	return LoadWith(path, getenv, checks.Deps{})
}

// LoadWith is Load with what the checks ask of the daemon.
func LoadWith(path string, getenv func(string) string, deps checks.Deps) (*Loaded, error) {
	cfg, problems := config.LoadAll(path, config.Options{
		Kinds: Kinds(deps), CheckSchedule: schedule.Validate, LocalIP: checks.LocalIP, Getenv: getenv,
	})
	if cfg == nil {
		return nil, problems
	}
	l := &Loaded{Config: cfg, endpoints: checks.NewEndpoints(cfg.Around)}
	for _, stage := range []func() model.Problems{l.compile, l.unused} { // each tells its mistakes, whatever the others found
		problems = append(problems, elsewhere(problems, stage())...)
	}
	if len(problems) > 0 {
		problems.Sort()
		return nil, problems
	}
	l.Roster = cfg.Roster()
	l.standalone()
	return l, nil
}

// elsewhere are the problems of lines that have none yet: what is wrong there may be why. What is known of a line of a table is not said of the
// table again.
func elsewhere(known, more model.Problems) model.Problems {
	return slices.DeleteFunc(more, func(p model.Problem) bool {
		return p.Place.Line > 0 && slices.ContainsFunc(known, func(k model.Problem) bool {
			if k.Place.File != p.Place.File {
				return false
			}
			return k.Place.Line == p.Place.Line || k.Place.Path == p.Place.Path && k.What.With("key", "").String() == p.What.With("key", "").String()
		})
	})
}

// Kinds are the kinds of check, with cron expressions read by package schedule.
func Kinds(deps checks.Deps) checks.Kinds {
	deps.Timetable = func(expression string, zone *time.Location) (checks.Timetable, error) {
		return schedule.Parse(expression, zone)
	}
	return checks.AllKinds(deps)
}

// compile merges the configuration and its inventory files into the plan. The plan is nil when it cannot be made.
func (l *Loaded) compile() model.Problems {
	cfg := l.Config
	declared := inventory.Declared{
		Wrong: l.endpoints.Wrong, Defaults: cfg.Webtest.ServiceSettings, Services: cfg.Services, Groups: cfg.Groups, Clients: cfg.Clients, Hosts: cfg.Hosts,
		DNSAllow: cfg.Webtest.Networks(),
	}
	for _, p := range cfg.Connectivity.Probes {
		if a := p.Addr(); a.IsValid() {
			declared.Near = append(declared.Near, a)
		}
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
	l.notes = declared.Notes
	if l.Plan = plan; plan != nil {
		l.endpoints.SetReach(plan.Reach())
	}
	return problems
}

// standalone makes the checks of [[checks]], and collects the tokens of heartbeats.
func (l *Loaded) standalone() {
	l.Tokens, l.Methods = map[model.CheckID]model.Secret{}, map[model.CheckID][]string{}
	for i := range l.Config.Checks {
		c := &l.Config.Checks[i]
		id := model.CheckID(c.Name)
		if o, ok := c.Options.(checks.IDUser); ok {
			o.SetID(id)
		}
		if o, ok := c.Options.(*checks.HeartbeatOptions); ok {
			l.Tokens[id], l.Methods[id] = o.Secret(), o.Methods
		}
		if o, ok := c.Options.(checks.ReachUser); ok {
			o.SetReach(l.Plan.Reach())
		}
		if options, ok := c.Options.(checks.Options); ok {
			l.Standalone = append(l.Standalone, c.Check(options.Checker()))
		}
	}
}

// Source is what inventories are built from.
func (l *Loaded) Source() inventory.Source {
	return inventory.Source{Plan: l.Plan, NewCheck: l.endpoints.Check, Standalone: l.Standalone}
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
