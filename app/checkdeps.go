package app

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"opsbot/checks"
	"opsbot/config"
	"opsbot/inventory"
	"opsbot/model"
	"opsbot/schedule"
)

// links are what checks ask of the rest of the house. Checks are made from the configuration before the rest is: a part
// is there once it is set.
type links struct {
	heartbeatReceiver
	live atomic.Pointer[inventory.Live]
	now  func() time.Time // nil is time.Now
}

func (l *links) checkDeps() checks.Deps {
	return checks.Deps{Hosts: l, Heartbeats: l, Now: l.now, Timetable: func(expression string, zone *time.Location) (checks.Timetable, error) {
		return schedule.Parse(expression, zone)
	}}
}

// Pick implements checks.HostPicker.
func (l *links) Pick(words []string) []model.Host {
	if live := l.live.Load(); live != nil {
		return inventory.Pick(live.Current(), words)
	}
	return nil
}

// idleSelectors finds the words of checks that name no host.
func (l *Loaded) idleSelectors() model.Problems {
	var problems model.Problems
	for i := range l.Config.Checks {
		c := &l.Config.Checks[i]
		o, ok := c.Options.(interface{ Selectors() []string })
		if !ok {
			continue
		}
		for _, word := range o.Selectors() {
			if !l.Plan.Picks(word) {
				problems = append(problems, c.At.Problem(l.unknownHost(word)))
			}
		}
	}
	return problems
}

// unknownHost says that a word is no name, alias, address or label of a host.
func (l *Loaded) unknownHost(word string) model.Sentence {
	if strings.Contains(word, "=") {
		return model.Say("config.no_host_with", "key", "hosts", "got", word)
	}
	return model.UnknownName(model.Say("config.unknown.host"), word, l.Plan.HostNames())
}

// unknownCheck says that no check of its own has this name.
func (l *Loaded) unknownCheck(name string) model.Sentence {
	names := make([]string, len(l.Config.Checks))
	for i := range l.Config.Checks {
		names[i] = l.Config.Checks[i].Name
	}
	return model.UnknownName(model.Say("config.unknown.check"), name, names)
}

// idleWindows finds the names in planned windows that pick nothing: whoever relies on one finds out at night.
func (l *Loaded) idleWindows() model.Problems {
	var problems model.Problems
	for i := range l.Config.Maintenance {
		m := &l.Config.Maintenance[i]
		for _, name := range m.Hosts {
			if _, err := netip.ParseAddr(name); err != nil && !l.Plan.HasHost(name) { // an address may come from DNS
				problems = append(problems, m.At.Problem(l.unknownHost(name)))
			}
		}
		for _, name := range m.Checks {
			standalone := slices.ContainsFunc(l.Config.Checks, func(c config.CheckConfig) bool { return c.Name == name })
			if !standalone && !strings.Contains(name, "@") { // those of endpoints follow from the inventory
				problems = append(problems, m.At.Problem(l.unknownCheck(name)))
			}
		}
	}
	return problems
}

// idleReports finds the words of reports that pick nothing, and reports that nobody gets. Addresses may come from DNS, and so may what has a label.
func (l *Loaded) idleReports() model.Problems {
	var problems model.Problems
	var inv *model.Inventory
	addressed := slices.ContainsFunc(l.Plan.Clients(), func(c model.Client) bool { return len(c.ReportTo) > 0 })
	for i := range l.Config.Reports {
		r := &l.Config.Reports[i]
		if r.Kind == config.ReportClient && !addressed {
			problems = append(problems, r.At.Problem(model.Say("config.report.nobody")))
		}
		for _, word := range r.Select {
			if _, err := netip.ParseAddr(word); err == nil || strings.Contains(word, "=") || strings.EqualFold(word, "all") {
				continue
			}
			if inv == nil {
				inv = l.source().Build(nil)
			}
			_, err := inventory.Resolve(inv, []string{word}, model.Scope{})
			if e, ok := errors.AsType[*model.Error](err); ok {
				what := model.Say("config.select", "got", word)
				if len(e.Choices) > 0 {
					what = model.Say("config.select.choices", "got", word, "choices", e.Choices)
				}
				problems = append(problems, r.At.Problem(what))
			}
		}
	}
	return problems
}
