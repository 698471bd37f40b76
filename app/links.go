package app

import (
	"fmt"
	"sync/atomic"

	"opsbot"
	"opsbot/checks"
	"opsbot/inventory"
)

// links are what checks ask of the rest of the house. Checks are made from the configuration before the rest is: a part
// is there once it is set.
type links struct {
	live atomic.Pointer[inventory.Live]
}

func (l *links) house() checks.House { return checks.House{Hosts: l} }

// Pick implements checks.HostPicker.
func (l *links) Pick(words []string) []opsbot.Host {
	if live := l.live.Load(); live != nil {
		return inventory.Pick(live.Current(), words)
	}
	return nil
}

// idleSelectors finds the words of checks that name no host.
func (l *Loaded) idleSelectors() opsbot.Problems {
	var problems opsbot.Problems
	for i := range l.Config.Checks {
		c := &l.Config.Checks[i]
		o, ok := c.Options.(interface{ Selectors() []string })
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
