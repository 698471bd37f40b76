package app

import (
	"fmt"
	"sync/atomic"
	"time"

	"opsbot"
	"opsbot/checks"
	"opsbot/inventory"
	"opsbot/schedule"
)

// links are what checks ask of the rest of the house. Checks are made from the configuration before the rest is: a part
// is there once it is set.
type links struct {
	ear
	live atomic.Pointer[inventory.Live]
	now  func() time.Time // nil is time.Now
}

func (l *links) house() checks.House {
	return checks.House{Hosts: l, Heartbeats: l, Now: l.now, Timetable: func(expression string, zone *time.Location) (checks.Timetable, error) {
		return schedule.Parse(expression, zone)
	}}
}

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
