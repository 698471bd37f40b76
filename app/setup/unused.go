package setup

import (
	"errors"
	"net/netip"
	"slices"
	"strings"

	"opsbot/checks"
	"opsbot/config"
	"opsbot/inventory"
	"opsbot/model"
)

// unused finds names in the configuration that match nothing: whoever relies on one would learn of it during an outage.
func (l *Loaded) unused() model.Problems {
	problems := slices.Concat(l.wrongSSH(), l.unusedChecks())
	if l.Plan == nil { // which hosts there are is not known
		return problems
	}
	return slices.Concat(problems, l.unusedSelectors(), l.unusedWindows(), l.unusedReports(), l.unusedLogs())
}

// unusedSelectors finds the words of checks that match no host.
func (l *Loaded) unusedSelectors() model.Problems {
	var problems model.Problems
	for i := range l.Config.Checks {
		c := &l.Config.Checks[i]
		o, ok := c.Options.(checks.HostSelector)
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

// unusedChecks finds the checks of maintenance windows that do not exist.
func (l *Loaded) unusedChecks() model.Problems {
	var problems model.Problems
	for i := range l.Config.Maintenance {
		m := &l.Config.Maintenance[i]
		for _, name := range m.Checks {
			standalone := slices.ContainsFunc(l.Config.Checks, func(c config.CheckConfig) bool { return c.Name == name })
			if !standalone && !strings.Contains(name, "@") { // those of endpoints follow from the inventory
				problems = append(problems, m.At.Problem(l.unknownCheck(name)))
			}
		}
	}
	return problems
}

// unusedWindows finds the hosts of maintenance windows that do not exist.
func (l *Loaded) unusedWindows() model.Problems {
	var problems model.Problems
	for i := range l.Config.Maintenance {
		m := &l.Config.Maintenance[i]
		for _, name := range m.Hosts {
			if _, err := netip.ParseAddr(name); err != nil && !l.Plan.HasHost(name) { // an address may come from DNS
				problems = append(problems, m.At.Problem(l.unknownHost(name)))
			}
		}
	}
	return problems
}

// unusedReports finds the words of reports that match nothing, and reports without a recipient.
func (l *Loaded) unusedReports() model.Problems {
	var problems model.Problems
	var inv *model.Inventory
	addressed := slices.ContainsFunc(l.Plan.Clients(), func(c model.Client) bool { return len(c.ReportTo) > 0 })
	for i := range l.Config.Reports {
		r := &l.Config.Reports[i]
		if r.Kind == config.ReportClient && !addressed {
			problems = append(problems, r.At.Problem(model.Say("config.report.nobody")))
		}
		for _, word := range r.Select {
			if mayComeFromDNS(word) || strings.EqualFold(word, "all") {
				continue
			}
			if inv == nil {
				inv = l.Source().Build(nil)
			}
			if what, unknown := unknownWord(inv, word); unknown {
				problems = append(problems, r.At.Problem(what))
			}
		}
	}
	return problems
}

// mayComeFromDNS reports whether a word is an address or a label: both may match only after DNS has answered.
func mayComeFromDNS(word string) bool {
	_, err := netip.ParseAddr(word)
	return err == nil || strings.Contains(word, "=")
}

// unknownWord is what is wrong with a word of a selector that matches nothing.
func unknownWord(inv *model.Inventory, word string) (what model.Sentence, unknown bool) {
	_, err := inventory.Resolve(inv, []string{word}, model.Scope{})
	e, ok := errors.AsType[*model.Error](err)
	switch {
	case !ok:
		return model.Sentence{}, false
	case len(e.Choices) > 0:
		return model.Say("config.select.choices", "got", word, "choices", e.Choices), true
	default:
		return model.Say("config.select", "got", word), true
	}
}

// unknownHost is what is wrong with a word that is no name, alias, address or label of a host.
func (l *Loaded) unknownHost(word string) model.Sentence {
	if strings.Contains(word, "=") {
		return model.Say("config.no_host_with", "key", "hosts", "got", word)
	}
	return model.UnknownName(model.Say("config.unknown.host"), word, l.Plan.HostNames())
}

// unknownCheck is what is wrong with a name that no standalone check has.
func (l *Loaded) unknownCheck(name string) model.Sentence {
	names := make([]string, len(l.Config.Checks))
	for i := range l.Config.Checks {
		names[i] = l.Config.Checks[i].Name
	}
	return model.UnknownName(model.Say("config.unknown.check"), name, names)
}

// wrongSSH finds errors in the files of [ssh].
func (l *Loaded) wrongSSH() model.Problems {
	var problems model.Problems
	for _, wrong := range SSHOptions(&l.Config.SSH).Check() {
		problems = append(problems, l.Config.SSH.At.Problem(wrong))
	}
	return problems
}

// unusedLogs finds words of log sources that match no host.
func (l *Loaded) unusedLogs() model.Problems {
	var problems model.Problems
	for i := range l.Config.Logs {
		s := &l.Config.Logs[i]
		for _, word := range s.Hosts {
			if word != "all" && !l.Plan.Picks(word) {
				problems = append(problems, s.At.Problem(l.unknownHost(word)))
			}
		}
	}
	return problems
}
