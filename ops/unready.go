package ops

import (
	"time"

	"opsbot/model"
	"opsbot/oncall"
)

// UnreadyWhy is why somebody cannot answer for what they are on call for.
type UnreadyWhy string

// The values of UnreadyWhy. What the configuration alone shows, a phone and no Telegram id, is not among them.
const (
	UnreadyStranger UnreadyWhy = "stranger" // nobody has let them in
	UnreadyViewer   UnreadyWhy = "viewer"   // they may not acknowledge
	UnreadyLimited  UnreadyWhy = "limited"  // they do not see everything
	UnreadyChat     UnreadyWhy = "chat"     // their private chat accepts nothing
)

// Unready is somebody who is on call soon and cannot answer for it.
type Unready struct {
	Person string
	Why    UnreadyWhy
}

// unready lists who is on call in the next weeks and cannot answer for it, by name: people are let in by chat too, which the configuration does not know.
func (k *Actions) unready(roster *oncall.Roster, schedules []*oncall.Schedule, now time.Time) []Unready {
	busy := map[string]bool{}
	for _, s := range schedules {
		for _, name := range s.People(now, now.Add(shiftsAhead)) {
			busy[name] = true
		}
	}
	var all []Unready
	for _, p := range roster.People {
		if !busy[p.Name] || p.Telegram == 0 || k.d.Contacts == nil {
			continue
		}
		_, who, ok := k.d.Contacts.Direct(p)
		switch {
		case who.Role == model.RoleNone:
			all = append(all, Unready{p.Name, UnreadyStranger})
		case who.Role < model.RoleOperator:
			all = append(all, Unready{p.Name, UnreadyViewer})
		case who.Scope.Limited:
			all = append(all, Unready{p.Name, UnreadyLimited})
		case !ok:
			all = append(all, Unready{p.Name, UnreadyChat})
		}
	}
	return all
}

// Unready lists who is on call in the next weeks and cannot answer for it, for the log of a start.
func (k *Actions) Unready() []Unready {
	now := k.d.Now()
	roster := k.wholeRoster(now)
	return k.unready(roster, roster.Schedules, now)
}
