package setup

import (
	"slices"
	"time"

	"opsbot/config"
	"opsbot/model"
	"opsbot/oncall"
)

// unused finds a person who is in no schedule, and whom no policy pages by name.
func (n *noter) unused(p *config.Person) {
	for i := range n.Config.Escalations {
		for _, s := range n.Config.Escalations[i].Steps {
			if slices.Contains(s.To, model.PageTarget{Kind: model.PagePerson, Name: p.Name}) {
				return
			}
		}
	}
	n.add(p.At, model.Say("config.note.oncall.unused", "person", p.Name))
}

// paging finds policies by which nobody may be paged, people whom none of their rules reaches in time, and policies that nothing uses.
func (n *noter) paging(now time.Time) {
	roster := n.Config.Roster()
	for i := range n.Config.Escalations {
		e := &n.Config.Escalations[i]
		if !slices.ContainsFunc(n.Config.Routes, func(r config.Route) bool { return r.Escalate == e.Name }) {
			n.add(e.At, model.Say("config.note.paging.unused", "key", "escalate", "policy", e.Name))
		}
		if at, nobody := nobodyPaged(e, roster, now); nobody {
			const layout = "2006-01-02 15:04"
			n.add(e.At, model.Say("config.note.paging.nobody", "at", at.Format(layout)))
		}
		n.reachable(e, roster, now)
	}
}

// nobodyPaged is the first time within the next weeks at which no step of a policy has anybody.
func nobodyPaged(e *config.Escalation, roster *oncall.Roster, now time.Time) (at time.Time, nobody bool) {
	var gaps []model.Stretch
	first := true
	for _, s := range e.Steps {
		for _, t := range s.To {
			if t.Kind != model.PageSchedule {
				return at, false // who has a role may be known to the chat alone
			}
			schedule := scheduleNamed(roster, t.Name)
			switch {
			case schedule == nil:
				continue
			case schedule.Missing:
				return at, false // its calendar is read when the bot runs
			}
			own := schedule.Gaps(now, now.Add(coverage))
			if t.Next {
				own = nobodyNext(schedule, now, now.Add(coverage))
			}
			if first {
				gaps, first = own, false
			} else {
				gaps = both(gaps, own)
			}
		}
	}
	if first || len(gaps) == 0 {
		return at, false
	}
	at = gaps[0].From
	if zone := scheduleNamed(roster, firstSchedule(e)); zone != nil {
		at = at.In(zone.Zone)
	}
	return at, true
}

// nobodyNext are the times at which nobody is on call next: a gap, or nothing, follows.
func nobodyNext(s *oncall.Schedule, from, to time.Time) (all []model.Stretch) {
	for at := from; at.Before(to); {
		changes, _ := s.Next(at)
		ends := changes
		if changes.IsZero() || changes.After(to) {
			ends = to
		}
		if changes.IsZero() || len(s.At(changes)) == 0 {
			all = append(all, model.Stretch{From: at, To: ends})
		}
		at = ends
	}
	return all
}

func firstSchedule(e *config.Escalation) string {
	for _, s := range e.Steps {
		for _, t := range s.To {
			if t.Kind == model.PageSchedule {
				return t.Name
			}
		}
	}
	return ""
}

// both are the parts of time that two lists of stretches share.
func both(a, b []model.Stretch) []model.Stretch {
	var shared []model.Stretch
	for _, x := range a {
		for _, y := range b {
			from, to := x.From, x.To
			if y.From.After(from) {
				from = y.From
			}
			if y.To.Before(to) {
				to = y.To
			}
			if from.Before(to) {
				shared = append(shared, model.Stretch{From: from, To: to})
			}
		}
	}
	return shared
}

func scheduleNamed(roster *oncall.Roster, name string) *oncall.Schedule {
	at := slices.IndexFunc(roster.Schedules, func(s *oncall.Schedule) bool { return s.Name == name })
	if at < 0 {
		return nil
	}
	return roster.Schedules[at]
}

// reachable finds people whom a policy pages and who have no way, or a rule that the whole policy does not wait for.
func (n *noter) reachable(e *config.Escalation, roster *oncall.Roster, now time.Time) {
	length := time.Duration(0)
	for _, s := range e.Steps {
		length += time.Duration(s.Wait)
	}
	length *= time.Duration(e.Repeat + 1)
	for i := range n.Config.People {
		p := &n.Config.People[i]
		rules := p.PageRules()
		switch {
		case !pages(e, roster, p.Name, now):
		case len(rules) == 0:
			n.add(p.At, model.Say("config.note.paging.no_way", "person", p.Name, "policy", e.Name))
		case !slices.ContainsFunc(rules, func(r model.PageRule) bool { return r.Way != model.WayMention }) && !n.hasGroup(e):
			n.add(p.At, model.Say("config.note.paging.no_group", "person", p.Name, "policy", e.Name))
		case rules[len(rules)-1].After >= length:
			n.add(p.At, model.Say("config.note.paging.late", "way", rules[len(rules)-1].Way, "policy", e.Name, "after", model.Duration(length)))
		}
	}
}

// hasGroup reports whether an incident by which a policy pages is shown in a group in which people can be mentioned: one that sees everything.
func (n *noter) hasGroup(e *config.Escalation) bool {
	return slices.ContainsFunc(n.Config.Routes, func(r config.Route) bool {
		return r.Escalate == e.Name && slices.ContainsFunc(r.To, func(t config.Target) bool {
			return slices.ContainsFunc(n.Config.Telegram.Chats, func(c config.Chat) bool { return c.Name == t.Chat && t.Chat != "" && c.ID < 0 && len(c.Clients) == 0 })
		})
	})
}

// pages reports whether a policy may page a person in the next weeks.
func pages(e *config.Escalation, roster *oncall.Roster, person string, now time.Time) bool {
	for _, s := range e.Steps {
		for _, t := range s.To {
			if t.Kind == model.PagePerson && t.Name == person {
				return true
			}
			if schedule := scheduleNamed(roster, t.Name); t.Kind == model.PageSchedule && schedule != nil && slices.Contains(schedule.People(now, now.Add(coverage)), person) {
				return true
			}
		}
	}
	return false
}
