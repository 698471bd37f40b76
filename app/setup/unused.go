package setup

import (
	"errors"
	"fmt"
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
	return slices.Concat(l.unusedSelectors(), l.unusedWindows(), l.unusedReports(), l.unusedLogs())
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
				problems = append(problems, c.At.Problem(fmt.Sprintf("hosts: %q is the name, alias, address or label of no host", word)))
			}
		}
	}
	return problems
}

// unusedWindows finds the hosts and checks of maintenance windows that do not exist.
func (l *Loaded) unusedWindows() model.Problems {
	var problems model.Problems
	for i := range l.Config.Maintenance {
		m := &l.Config.Maintenance[i]
		for _, name := range m.Hosts {
			if _, err := netip.ParseAddr(name); err != nil && !l.Plan.HasHost(name) { // an address may come from DNS
				problems = append(problems, m.At.Problem(fmt.Sprintf("hosts: %q is the name of no host", name)))
			}
		}
		for _, name := range m.Checks {
			standalone := slices.ContainsFunc(l.Config.Checks, func(c config.CheckConfig) bool { return c.Name == name })
			if !standalone && !strings.Contains(name, "@") { // those of endpoints follow from the inventory
				problems = append(problems, m.At.Problem(fmt.Sprintf("checks: %q is the name of no check", name)))
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
			problems = append(problems, r.At.Problem("nobody gets it: no client has a report_to"))
		}
		for _, word := range r.Select {
			if mayComeFromDNS(word) || strings.EqualFold(word, "all") {
				continue
			}
			if inv == nil {
				inv = l.Source().Build(nil)
			}
			if text := unknownWord(inv, word); text != "" {
				problems = append(problems, r.At.Problem(text))
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

// unknownWord is what is wrong with a word of a selector; "" when it matches something.
func unknownWord(inv *model.Inventory, word string) string {
	_, err := inventory.Resolve(inv, []string{word}, model.Scope{})
	e, ok := errors.AsType[*model.Error](err)
	if !ok {
		return ""
	}
	text := fmt.Sprintf("select: %q is the name of nothing", word)
	if len(e.Choices) > 0 {
		text += ": did you mean " + strings.Join(e.Choices, ", ")
	}
	return text
}

// unusedLogs finds errors in the files of [ssh], and words of log sources that match no host.
func (l *Loaded) unusedLogs() model.Problems {
	var problems model.Problems
	for _, wrong := range sshOptions(&l.Config.SSH).Check() {
		problems = append(problems, l.Config.SSH.At.Problem(wrong.Text))
	}
	for i := range l.Config.Logs {
		s := &l.Config.Logs[i]
		for _, word := range s.Hosts {
			if word != "all" && !l.Plan.Picks(word) {
				problems = append(problems, s.At.Problem(fmt.Sprintf("hosts: %q is the name, alias, address or label of no host", word)))
			}
		}
	}
	return problems
}
