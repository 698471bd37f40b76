package ops

import (
	"context"
	"maps"
	"slices"
	"time"

	"opsbot/model"
	"opsbot/oncall"
)

// gapAhead is how long before a gap people are told of it: somebody can still be found.
const gapAhead = model.Day

// NotifyShifts tells people who goes on and off call, of gaps that begin within a day, and asks again for covers that nobody took. It compares who is
// on call with whom people were told of last, so that it does not matter why that changed, and nothing is told twice or lost by a restart. What it
// sees first it takes for told. Schedules whose calendars are missing wait.
func (k *Actions) NotifyShifts(ctx context.Context) error {
	now := k.d.Now()
	roster := k.wholeRoster(now)
	_, err := k.d.Rota.change(ctx, func(m DutyMemory) (model.DutyChange, error) {
		c := model.DutyChange{}
		notified := map[string]model.ShiftsNotified{}
		differs := slices.ContainsFunc(slices.Collect(maps.Keys(m.Notified)), func(name string) bool { return !slices.Contains(namesOf(roster.Schedules), name) })
		for _, s := range roster.Schedules {
			was, known := m.Notified[s.Name]
			if s.Missing {
				if known {
					notified[s.Name] = was
				}
				continue
			}
			h := handover{k: k, roster: roster, s: s, now: now, was: was, known: known}
			h.notify(ctx)
			notified[s.Name] = h.is
			differs = differs || !known || !sameNotified(was, h.is)
			c.Notifications = append(c.Notifications, h.notes...)
		}
		if differs {
			c.Notified = notified
		}
		return c, nil
	})
	if err != nil {
		return err
	}
	return k.urgeCovers(ctx)
}

func sameNotified(a, b model.ShiftsNotified) bool {
	return slices.Equal(a.People, b.People) && slices.Equal(a.Group, b.Group) && a.Gap.Equal(b.Gap)
}

// handover is what people are told of one schedule at one time.
type handover struct {
	k      *Actions
	roster *oncall.Roster
	s      *oncall.Schedule
	now    time.Time
	was    model.ShiftsNotified
	known  bool // people were told of this schedule before
	is     model.ShiftsNotified
	notes  []model.Notification
}

func (h *handover) notify(ctx context.Context) {
	h.is = model.ShiftsNotified{People: h.s.At(h.now), Group: h.was.Group}
	if !h.known {
		h.is.Group = h.is.People // whoever is on call at the first look was told elsewhere
	} else {
		h.people(ctx)
	}
	h.gap()
}

// people tells whoever goes on or off call, and the chat of the schedule if it wants to know, or if somebody cannot be told directly.
func (h *handover) people(ctx context.Context) {
	begun, over := without(h.is.People, h.was.People), without(h.was.People, h.is.People)
	h.is.Group = slices.DeleteFunc(slices.Clone(h.was.Group), func(name string) bool { return !slices.Contains(h.is.People, name) })
	unreached := false
	for _, name := range begun {
		unreached = !h.begins(ctx, name, over) || unreached
	}
	for _, name := range over {
		unreached = !h.ends(name) || unreached
	}
	for _, name := range without(without(h.is.People, begun), h.is.Group) { // told directly, which may have failed since
		p, _ := h.roster.Person(name)
		_, _, ok := h.k.contacts().Direct(p)
		unreached = unreached || !ok
	}
	changed := len(begun)+len(over) > 0
	to, always, ok := h.k.contacts().Group(h.s.Name)
	if !ok || !unreached && (!changed || !always) {
		return
	}
	h.notes = append(h.notes, h.grouped(ctx, to))
	h.is.Group = h.is.People
}

// begins tells a person that their shift begins; false: they cannot be told directly.
func (h *handover) begins(ctx context.Context, name string, over []string) bool {
	p, _ := h.roster.Person(name)
	to, who, ok := h.k.contacts().Direct(p)
	if !ok {
		return false
	}
	news := model.ShiftNews{What: model.ShiftBegins, Schedule: h.s.Name, Zone: zoneName(p), Person: name, Limited: who.Scope.Limited}
	for _, shift := range h.s.Who(h.now) {
		if shift.Person == name {
			news.From, news.To = shift.From, shift.To
		}
	}
	h.notes = append(h.notes, h.handed(ctx, reader{to, who}, news, over))
	return true
}

// reader is who reads a message, and where.
type reader struct {
	to  model.Destination
	who model.Actor
}

// handed is a message with what is handed over: for whoever sees everything.
func (h *handover) handed(ctx context.Context, r reader, news model.ShiftNews, over []string) model.Notification {
	if news.Limited {
		return dutyNote(r.to, news, h.now)
	}
	news.Before, news.Now = over, h.is.People
	news.Muted = slices.DeleteFunc(h.k.plans(ctx, r.who, h.now), func(m model.Mute) bool { return m.From.After(h.now) })
	n := dutyNote(r.to, news, h.now)
	n.Snapshot.Open = h.k.open(ctx, r.who)
	return n
}

// ends tells a person that their shift is over; false: they cannot be told directly.
func (h *handover) ends(name string) bool {
	p, _ := h.roster.Person(name)
	to, who, ok := h.k.contacts().Direct(p)
	if !ok {
		return false
	}
	news := model.ShiftNews{What: model.ShiftEnds, Schedule: h.s.Name, Zone: zoneName(p), Person: name, Limited: who.Scope.Limited}
	if !news.Limited {
		news.Now = h.is.People
	}
	h.notes = append(h.notes, dutyNote(to, news, h.now))
	return true
}

// grouped is what the chat of the schedule is told.
func (h *handover) grouped(ctx context.Context, to model.Destination) model.Notification {
	news := model.ShiftNews{What: model.ShiftGroup, Schedule: h.s.Name}
	if next, ok := h.s.Next(h.now); ok {
		news.To = next
	}
	return h.handed(ctx, reader{to, model.Actor{Role: model.RoleViewer}}, news, without(h.was.People, h.is.People))
}

// gap tells the chat of the schedule of the next time with nobody on call, once.
func (h *handover) gap() {
	gaps := h.s.Gaps(h.now, h.now.Add(gapAhead))
	if len(gaps) == 0 || h.s.GapsAllowed {
		return
	}
	next := gaps[0]
	if h.is.Gap = next.From; !next.From.After(h.now) && !h.was.Gap.IsZero() { // it was told before it began
		h.is.Gap = h.was.Gap
	}
	if h.is.Gap.Equal(h.was.Gap) {
		return
	}
	to, _, ok := h.k.contacts().Group(h.s.Name)
	if !ok {
		return
	}
	news := model.ShiftNews{What: model.ShiftGap, Schedule: h.s.Name, From: next.From, To: next.To}
	if end, ok := h.s.Next(next.From); ok {
		news.To = end // it may be longer than was looked ahead
	}
	h.notes = append(h.notes, dutyNote(to, news, h.now))
}

// contacts is where messages about on-call duty go.
func (k *Actions) contacts() Contacts {
	if k.d.Contacts == nil {
		return nobody{}
	}
	return k.d.Contacts
}

// movedAhead is how far ahead schedules are compared: the longest turn.
const movedAhead = 8 * model.Week

// NotifyMoved tells everybody whose shifts of the next weeks another configuration or calendar changes: directly, else in the chat of the schedule.
// Schedules that are new move nobody.
func (k *Actions) NotifyMoved(ctx context.Context, before, after *oncall.Roster) error {
	now := k.d.Now()
	var notes []model.Notification
	for _, was := range before.Schedules {
		at := slices.IndexFunc(after.Schedules, func(s *oncall.Schedule) bool { return s.Name == was.Name })
		var is *oncall.Schedule
		if at >= 0 {
			is = after.Schedules[at]
		}
		if was.Missing || is != nil && is.Missing {
			continue
		}
		for _, m := range oncall.Moved(was, is, now, now.Add(movedAhead)) {
			p, known := after.Person(m.Person)
			if !known {
				p, _ = before.Person(m.Person)
			}
			to, _, ok := k.contacts().Direct(p)
			if !ok {
				if to, _, ok = k.contacts().Group(was.Name); !ok {
					continue
				}
			}
			notes = append(notes, dutyNote(to, model.ShiftNews{
				What: model.ShiftMoved, Schedule: was.Name, Zone: zoneName(p), Person: m.Person, Was: spans(m.Was), Are: spans(m.Now),
			}, now))
		}
	}
	_, err := k.d.Rota.change(ctx, func(DutyMemory) (model.DutyChange, error) { return model.DutyChange{Notifications: notes}, nil })
	return err
}

// spans are the times of shifts. A zero end is more than a year away.
func spans(shifts []oncall.Shift) []model.Span {
	var all []model.Span
	for _, s := range shifts {
		all = append(all, model.Span{From: s.From, To: s.To})
	}
	return all
}
