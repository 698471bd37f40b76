package bot_test

import (
	"slices"
	"strings"
	"time"

	"opsbot/model"
	"opsbot/oncall"
	"opsbot/ops"
)

// someRoster has schedules of the names given: with "day", people are on call by day only, else they take turns of a week. The operator of
// the scripts is Boris, in Berlin.
func someRoster(schedules ...string) *oncall.Roster {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic(err)
	}
	r := &oncall.Roster{People: []oncall.Person{
		{Name: "anna", Telegram: anna, Phone: model.NewSecret("+49 30 1")},
		{Name: "boris", Telegram: operator, Phone: model.NewSecret("+49 30 2"), Zone: berlin},
		{Name: "vera"},
	}}
	for i, name := range schedules {
		layer := &oncall.Rotation{
			People: []string{"anna", "boris", "vera"}, Every: oncall.Days(7), Zone: berlin,
			Start: oncall.Wall(time.Date(2026, 2, 2+7*i, 10, 0, 0, 0, time.UTC)),
		}
		if slices.Contains(schedules[i:i+1], "day") {
			hours, err := model.ParseActiveHours("Mon-Fri 09:00-17:00", berlin)
			if err != nil {
				panic(err)
			}
			layer.Hours, layer.Every = &hours, oncall.Days(1)
		}
		r.Schedules = append(r.Schedules, &oncall.Schedule{Name: name, Zone: berlin, Layers: []oncall.Layer{layer}})
	}
	return r
}

// Direct implements ops.Contacts: everybody with a Telegram id whom the bot knows.
func (w *world) Direct(p oncall.Person) (model.Destination, model.Actor, bool) {
	who, known := w.people.Actor(ops.Who{User: p.Telegram, Chat: model.ChatID(p.Telegram), Private: true})
	return model.Destination{Channel: "telegram", Chat: model.ChatID(p.Telegram)}, who, known
}

// Group implements ops.Contacts.
func (w *world) Group(string) (model.Destination, bool, bool) {
	return model.Destination{Channel: "telegram", Chat: opsChat}, true, true
}

// covers are what is asked for, and who refused.
func (w *world) covers() (all []string) {
	covers, err := w.db.Covers(w.ctx)
	w.ok(err)
	for _, c := range covers {
		all = append(all, c.Schedule+" "+c.Person+" "+c.Taken+" "+strings.Join(c.Refused, ",")+" "+c.Ended.String())
	}
	return all
}

// takeovers are who is on call because of takeovers, as everybody sees it.
func (w *world) takeovers() (all []string) {
	a, err := w.actions.OnCall(w.ctx, model.Actor{Role: model.RoleAdmin}, nil)
	w.ok(err)
	for _, s := range a.Schedules {
		for _, o := range s.By {
			all = append(all, s.Name+" "+o.Person)
		}
	}
	return all
}
