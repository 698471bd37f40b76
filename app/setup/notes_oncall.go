package setup

import (
	"slices"
	"strings"
	"time"

	"opsbot/config"
	"opsbot/model"
)

// coverage is how far ahead schedules are looked through for gaps.
const coverage = 28 * model.Day

// onCall finds gaps in schedules, people who cannot answer for what they are on call for, and what is left out of calendars.
func (n *noter) onCall(now time.Time) {
	until := now.Add(coverage)
	var busy []string
	fetched := false // whoever is in no file may be in a calendar that is fetched
	for i := range n.Config.OnCall {
		s := &n.Config.OnCall[i]
		for j := range s.Layers {
			for _, note := range s.Layers[j].Notes() {
				n.add(s.Layers[j].At, note)
			}
		}
		schedule := s.Schedule()
		if gaps := schedule.Gaps(now, until); len(gaps) > 0 && !schedule.GapsAllowed && !schedule.Missing {
			n.add(s.At, gapsNote(gaps, s.Zone.Location()))
		}
		fetched = fetched || schedule.Missing
		people := schedule.People(now, until)
		if len(people) == 1 && !schedule.Missing {
			n.add(s.At, model.Say("config.note.oncall.alone", "person", people[0]))
		}
		busy = append(busy, people...)
	}
	for i := range n.Config.People {
		p := &n.Config.People[i]
		if slices.Contains(busy, p.Name) || fetched {
			n.mayAnswer(p)
		} else {
			n.unused(p)
		}
	}
	n.paging(now)
}

// gapsNote says when the first gap is, and how much there is.
func gapsNote(gaps []model.Stretch, zone *time.Location) model.Sentence {
	var all time.Duration
	for _, g := range gaps {
		all += g.To.Sub(g.From)
	}
	const layout = "2006-01-02 15:04"
	return model.Say("config.note.oncall.gaps", "from", gaps[0].From.In(zone).Format(layout), "to", gaps[0].To.In(zone).Format(layout),
		"all", model.Duration(all.Round(time.Minute)))
}

// mayAnswer finds people on call who may not acknowledge, or who do not see everything. Whom the chat let in is not known here.
func (n *noter) mayAnswer(p *config.Person) {
	at := slices.IndexFunc(n.Config.Telegram.Users, func(u config.User) bool { return u.ID == p.Telegram })
	if at < 0 {
		return
	}
	switch user := &n.Config.Telegram.Users[at]; {
	case user.Role < model.RoleOperator:
		n.add(p.At, model.Say("config.note.oncall.viewer", "person", p.Name))
	case len(user.Clients) > 0:
		n.add(p.At, model.Say("config.note.oncall.limited", "person", p.Name, "clients", strings.Join(user.Clients, ", ")))
	}
}
