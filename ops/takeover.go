package ops

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"opsbot/model"
	"opsbot/oncall"
)

// The length of a takeover without a time, where no handoff is within reach, and the longest one.
const (
	usualTakeover = 8 * time.Hour
	maxTakeover   = 31 * model.Day
)

// Takeover is who is on call in whose place, and until when.
type Takeover struct {
	model.Override
	Before []string // who was on call
	After  []string // who is now
}

// Takeover puts somebody on call in place of whoever is: the requester, or whom the words name, in the only schedule or in the one that they
// name, until the given time, else until the next handoff. Nobody needs to agree: a colleague is ill, and it must be possible at night.
func (k *Actions) Takeover(ctx context.Context, who model.Actor, req MuteRequest) (Takeover, error) {
	line := strings.Join(req.Words, " ")
	if err := k.need(ctx, who, RoleFor(ActionTakeover), ActionTakeover, line); err != nil {
		return Takeover{}, err
	}
	now := k.d.Now()
	person, s, err := meantDuty(k.roster(who), req.Words, who.User)
	if err != nil {
		return Takeover{}, err
	}
	until, err := takeoverEnd(&req, s, now)
	if err != nil {
		return Takeover{}, err
	}
	before := s.At(now)
	if len(before) == 1 && before[0] == person && !s.Who(now)[0].To.Before(until) {
		return Takeover{}, &model.Error{Code: model.ErrOnCallAlready, Args: map[string]string{"person": person}}
	}
	entry := k.entry(who, ActionTakeover, strings.TrimSpace(s.Name+" "+person))
	entry.Before, entry.After = strings.Join(before, ", "), person
	o, err := k.d.Rota.add(ctx, model.Override{
		Schedule: s.Name, Person: person, From: now, To: until, By: who.Name, Reason: model.Clip(req.Reason, maxReason),
	}, entry)
	return Takeover{o, before, []string{person}}, unchanged(err)
}

// takeoverEnd is until when somebody takes over.
func takeoverEnd(req *MuteRequest, s *oncall.Schedule, now time.Time) (time.Time, error) {
	until := req.Until
	switch next, ok := s.Next(now); {
	case req.For > 0:
		until = now.Add(req.For)
	case !until.IsZero():
	case ok && next.Sub(now) <= maxTakeover:
		until = next
	default:
		until = now.Add(usualTakeover)
	}
	switch {
	case !until.After(now):
		return until, &model.Error{Code: model.ErrBadTime, Args: map[string]string{"word": until.Format("2006-01-02 15:04")}}
	case until.Sub(now) > maxTakeover:
		return until, &model.Error{Code: model.ErrTakeoverLong}
	}
	return until, nil
}

// meantDuty is whom and which schedule words mean: the requester and the only schedule, unless they name others.
func meantDuty(roster *oncall.Roster, words []string, asks model.UserID) (person string, s *oncall.Schedule, err error) {
	if len(roster.Schedules) == 1 {
		s = roster.Schedules[0]
	}
	for _, w := range words {
		if onCallWords[strings.ToLower(w)] == OnCallMine {
			continue
		}
		at := slices.IndexFunc(roster.People, func(p oncall.Person) bool { return strings.EqualFold(p.Name, strings.TrimPrefix(w, "@")) })
		if at >= 0 && person == "" {
			person = roster.People[at].Name
			continue
		}
		named, err := schedulesNamed(roster.Schedules, []string{w})
		if err != nil {
			return "", nil, err
		}
		s = named[0]
	}
	if me, known := roster.ByTelegram(asks); person == "" && known {
		person = me.Name
	}
	switch {
	case len(roster.Schedules) == 0:
		return "", nil, &model.Error{Code: model.ErrNoSchedule, Args: map[string]string{"word": shorten(strings.Join(words, " "))}}
	case person == "":
		return "", nil, &model.Error{Code: model.ErrNotOnCall}
	case s == nil:
		return "", nil, &model.Error{Code: model.ErrNeedArgument, Args: map[string]string{"command": ActionTakeover}, Choices: firstChoices(namesOf(roster.Schedules))}
	}
	return person, s, nil
}

// Handback ends a takeover: that with a number ("3", "#3"), else the only one of the requester; of somebody who is never on call, the only one.
func (k *Actions) Handback(ctx context.Context, who model.Actor, words []string) (Takeover, error) {
	line := strings.Join(words, " ")
	if err := k.need(ctx, who, RoleFor(ActionHandback), ActionHandback, line); err != nil {
		return Takeover{}, err
	}
	now := k.d.Now()
	id, err := k.takeoverMeant(who, words, now)
	if err != nil {
		return Takeover{}, err
	}
	entry := k.entry(who, ActionHandback, "#"+strconv.FormatInt(id, 10))
	o, err := k.d.Rota.end(ctx, id, now, entry)
	if err != nil {
		return Takeover{}, unchanged(err)
	}
	t := Takeover{Override: o, Before: []string{o.Person}}
	for _, s := range k.roster(who).Schedules {
		if s.Name == o.Schedule {
			t.After = s.At(now)
		}
	}
	return t, nil
}

// takeoverMeant is the number of the takeover that words mean.
func (k *Actions) takeoverMeant(who model.Actor, words []string, now time.Time) (int64, error) {
	none := &model.Error{Code: model.ErrNoOverride}
	roster := k.roster(who)
	if len(roster.Schedules) == 0 {
		return 0, none
	}
	active := slices.DeleteFunc(k.d.Rota.active(now), func(o model.Override) bool { return !slices.Contains(namesOf(roster.Schedules), o.Schedule) })
	if len(words) > 0 {
		n, err := strconv.ParseInt(strings.TrimPrefix(words[0], "#"), 10, 64)
		if err != nil || len(words) > 1 || !slices.ContainsFunc(active, func(o model.Override) bool { return o.ID == n }) {
			return 0, none
		}
		return n, nil
	}
	if me, known := roster.ByTelegram(who.User); known { // nobody ends another's by mistake
		active = slices.DeleteFunc(active, func(o model.Override) bool { return o.Person != me.Name })
	}
	if len(active) != 1 {
		return 0, none
	}
	return active[0].ID, nil
}

// ParseTakeover parses "anna primary 2h -- ill" or "until 08:00": whom, where, until when, why; all of it may be left out. Names are not
// resolved. ErrBadTime for "until" without a moment that is still to come.
func ParseTakeover(text string, now time.Time) (MuteRequest, error) {
	line, err := ParseMute(text)
	if model.CodeOf(err) == model.ErrNeedDuration { // nothing but a reason
		return line.MuteRequest, nil
	}
	if err != nil {
		return MuteRequest{}, err
	}
	return line.At(now)
}
