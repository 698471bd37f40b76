package ops

import (
	"time"

	"opsbot/model"
	"opsbot/oncall"
)

// roster is who is on call when. Whoever is limited to clients sees none: who answers for other clients, and when nobody does, is not theirs
// to know. Phones are for admins.
func (k *Actions) roster(who model.Actor) *oncall.Roster {
	if k.d.Rota == nil || who.Scope.Limited {
		return &oncall.Roster{}
	}
	all := k.d.Rota.Roster(k.d.Now())
	if who.Role >= model.RoleAdmin {
		return all
	}
	shown := &oncall.Roster{Schedules: all.Schedules}
	for _, p := range all.People {
		p.Phone = model.Secret{}
		shown.People = append(shown.People, p)
	}
	return shown
}

// wholeRoster is who is on call when, for messages: each goes to somebody who is on call, or to a chat that sees everything, and has what they may see.
func (k *Actions) wholeRoster(now time.Time) *oncall.Roster { return k.d.Rota.Roster(now) }
