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

// The times of a cover.
const (
	coverPressing = 2 * time.Hour   // before it begins everybody is asked
	coverAhead    = 8 * model.Week  // how far ahead one's next shift is looked for
	coverFurthest = 26 * model.Week // how far ahead a cover may begin
)

// CoverRequest asks for a cover: Words name who needs it, who is asked and the schedule.
type CoverRequest struct {
	From   time.Time     // zero: when the shift begins, or now
	Until  time.Time     // zero: For counts
	For    time.Duration // 0: until the shift ends
	Words  []string
	Reason string
}

// CoverDone is a cover, and what became of it.
type CoverDone struct {
	model.Cover
	Asks []string // who was asked, by name; none: a chat
}

// ParseCover parses "boris 18:00 2h", "primary tomorrow 18:00 until 22:00 - dentist", "until 22:00" and "2h" (from now): whom to ask, the schedule, when.
// All of it may be left out. now gives the time zone. Names are not resolved.
func ParseCover(text string, now time.Time) (req CoverRequest, err error) {
	text, req.Reason = cutReason(model.PlainSpaces(text))
	words := strings.Fields(text)
	ends, m, rest, err := model.CutUntil(words)
	if err != nil {
		return req, err
	}
	words = rest
	begins := now
	for i := 0; i < len(words); i++ {
		at, n := model.LeadingMoment(words[i:])
		if n == 0 || !at.Plain() {
			continue
		}
		from, later := at.At(now)
		if !later {
			return req, &model.Error{Code: model.ErrBadTime, Args: map[string]string{"word": shorten(strings.Join(words[i:i+n], " "))}}
		}
		req.From, begins = from, from
		words = slices.Delete(slices.Clone(words), i, i+n)
		if i > 0 && slices.Contains(startWords, strings.ToLower(words[i-1])) {
			words = slices.Delete(words, i-1, i)
		}
		break
	}
	if ends != "" {
		until, later := m.At(begins)
		if !later {
			return req, &model.Error{Code: model.ErrBadTime, Args: map[string]string{"word": shorten(ends)}}
		}
		req.Until = until
	} else {
		var d model.Duration
		d, words, _ = model.CutLength(words)
		req.For = time.Duration(d)
	}
	req.Words = words
	return req, nil
}

// Cover asks for somebody who is on call in place of the requester, or of whom the words name: one person, or everybody else.
func (k *Actions) Cover(ctx context.Context, who model.Actor, req CoverRequest) (CoverDone, error) {
	line := strings.Join(req.Words, " ")
	if err := k.need(ctx, who, RoleFor(ActionCover), ActionCover, line); err != nil {
		return CoverDone{}, err
	}
	now := k.d.Now()
	roster := k.roster(who)
	c, s, err := coverMeant(roster, req.Words, who.User)
	if err != nil {
		return CoverDone{}, err
	}
	if c.From, c.To, err = coverTime(&req, s, c.Person, now); err != nil {
		return CoverDone{}, err
	}
	c.By, c.Reason, c.Made = who.Name, req.Reason, now
	if c.From.Sub(now) <= coverPressing {
		c.Urged = model.CoverPressing
	}
	asked, notes := k.coverAsked(roster, &c, now)
	if len(notes) == 0 {
		return CoverDone{}, &model.Error{Code: model.ErrCoverNobody, Args: map[string]string{"person": c.Asked}}
	}
	entry := k.entry(who, ActionCover, s.Name+" "+c.Person)
	entry.After = c.From.UTC().Format(time.RFC3339) + " - " + c.To.UTC().Format(time.RFC3339)
	done, err := k.d.Rota.change(ctx, func(DutyMemory) (model.DutyChange, error) {
		return model.DutyChange{Cover: &c, Notifications: notes, Audit: []model.AuditEntry{entry}}, nil
	})
	if err != nil {
		return CoverDone{}, unchanged(err)
	}
	return CoverDone{*done.Cover, asked}, nil
}

// coverMeant is who needs a cover, who is asked, and of which schedule.
func coverMeant(roster *oncall.Roster, words []string, asks model.UserID) (c model.Cover, s *oncall.Schedule, err error) {
	if len(roster.Schedules) == 0 {
		return c, nil, &model.Error{Code: model.ErrNoSchedule, Args: map[string]string{"word": shorten(strings.Join(words, " "))}}
	}
	var people []string
	if len(roster.Schedules) == 1 {
		s = roster.Schedules[0]
	}
	for _, w := range words {
		if p, known := personNamed(roster, w); known && len(people) < 2 {
			people = append(people, p.Name)
			continue
		}
		named, err := schedulesNamed(roster.Schedules, []string{w})
		if err != nil {
			return c, nil, err
		}
		s = named[0]
	}
	if me, known := roster.ByTelegram(asks); known && len(people) < 2 {
		people = append([]string{me.Name}, people...)
	}
	if len(people) == 0 {
		return c, nil, &model.Error{Code: model.ErrNotOnCall}
	}
	if c.Person = people[0]; len(people) > 1 {
		c.Asked = people[1]
	}
	switch {
	case c.Asked == c.Person:
		return c, nil, &model.Error{Code: model.ErrCoverOwn}
	case s == nil:
		return c, nil, &model.Error{Code: model.ErrNeedArgument, Args: map[string]string{"command": ActionCover}, Choices: firstChoices(namesOf(roster.Schedules))}
	}
	c.Schedule = s.Name
	return c, s, nil
}

// personNamed finds a person by a word.
func personNamed(roster *oncall.Roster, word string) (oncall.Person, bool) {
	at := slices.IndexFunc(roster.People, func(p oncall.Person) bool { return strings.EqualFold(p.Name, strings.TrimPrefix(word, "@")) })
	if at < 0 {
		return oncall.Person{}, false
	}
	return roster.People[at], true
}

// coverTime is the time of a cover: within shifts of the person, and by default the rest of the one that is, or the next one.
func coverTime(req *CoverRequest, s *oncall.Schedule, person string, now time.Time) (from, to time.Time, err error) {
	from = req.From
	none := &model.Error{Code: model.ErrCoverNoShift, Args: map[string]string{"person": person, "schedule": s.Name}}
	if from.IsZero() {
		next, ok := nextShift(s, person, now)
		if !ok {
			return from, to, none
		}
		if from = next.From; from.Before(now) || req.For > 0 || !req.Until.IsZero() {
			from = now
		}
		if to = next.To; to.IsZero() || to.Sub(from) > maxTakeover {
			to = from.Add(usualTakeover)
		}
	}
	switch {
	case !req.Until.IsZero():
		to = req.Until
	case req.For > 0:
		to = from.Add(req.For)
	case to.IsZero():
		to = shiftEnd(s, person, from)
	}
	switch {
	case !to.After(from) || from.Sub(now) > coverFurthest:
		return from, to, &model.Error{Code: model.ErrBadTime, Args: map[string]string{"word": to.Format("2006-01-02 15:04")}}
	case to.Sub(from) > maxTakeover:
		return from, to, &model.Error{Code: model.ErrTakeoverLong}
	case !slices.ContainsFunc(s.Shifts(from, to), func(shift oncall.Shift) bool { return shift.Person == person }):
		return from, to, none
	}
	return from, to, nil
}

// nextShift is the shift of a person that is, else the next one.
func nextShift(s *oncall.Schedule, person string, now time.Time) (oncall.Shift, bool) {
	all := s.Shifts(now, now.Add(coverAhead))
	at := slices.IndexFunc(all, func(shift oncall.Shift) bool { return shift.Person == person })
	if at < 0 {
		return oncall.Shift{}, false
	}
	return all[at], true
}

// shiftEnd is when the shift ends that a person has at a time; the usual length where it has none, or none within reach.
func shiftEnd(s *oncall.Schedule, person string, at time.Time) time.Time {
	for _, shift := range s.Who(at) {
		if shift.Person == person && !shift.To.IsZero() && shift.To.Sub(at) <= maxTakeover {
			return shift.To
		}
	}
	return at.Add(usualTakeover)
}

// coverAsked are the people who are asked, and the messages to them: one to the person who was named, directly or in the chat of the schedule; one in that
// chat to everybody; or, where there is none, one to each of the others.
func (k *Actions) coverAsked(roster *oncall.Roster, c *model.Cover, now time.Time) (asked []string, notes []model.Notification) {
	group, _, grouped := k.contacts().Group(c.Schedule)
	if c.Asked == "" && grouped {
		return nil, []model.Notification{coverNote(group, model.CoverNews{What: model.CoverWanted, Cover: *c}, now)}
	}
	for i := range roster.People {
		p := &roster.People[i]
		if p.Name == c.Person || c.Asked != "" && p.Name != c.Asked || slices.Contains(c.Refused, p.Name) {
			continue
		}
		if to, who, ok := k.contacts().Direct(*p); ok && !who.Scope.Limited && who.Role >= RoleFor(ActionCoverTake) {
			asked = append(asked, p.Name)
			notes = append(notes, coverNote(to, model.CoverNews{What: model.CoverWanted, Zone: zoneName(*p), Cover: *c}, now))
		}
	}
	if len(notes) == 0 && grouped {
		notes = append(notes, coverNote(group, model.CoverNews{What: model.CoverWanted, Cover: *c}, now))
	}
	return asked, notes
}

// coverNote is a message about a cover.
func coverNote(to model.Destination, news model.CoverNews, at time.Time) model.Notification {
	severity := model.SeverityInfo
	if news.What == model.CoverTooLate || news.What == model.CoverWanted && news.Cover.Urged == model.CoverPressing {
		severity = model.SeverityWarning
	}
	return model.Notification{Kind: model.NotifyCover, To: to, Severity: severity, Created: at, Snapshot: model.Snapshot{Cover: &news}}
}

// coverNotice is a message to whoever needs or needed a cover, if they can be told directly, else in the chat of the schedule; none if nobody can.
func (k *Actions) coverNotice(roster *oncall.Roster, name string, news model.CoverNews, now time.Time) []model.Notification {
	p, _ := roster.Person(name)
	to, _, ok := k.contacts().Direct(p)
	if news.Zone = zoneName(p); !ok {
		news.Zone = ""
		if to, _, ok = k.contacts().Group(news.Cover.Schedule); !ok {
			return nil
		}
	}
	return []model.Notification{coverNote(to, news, now)}
}

// AnswerCover takes, refuses or withdraws a cover, by its number: "3", "#3". Another word names who does, in place of the requester.
func (k *Actions) AnswerCover(ctx context.Context, who model.Actor, answer model.CoverAnswer, words []string) (CoverDone, error) {
	action := map[model.CoverAnswer]string{model.CoverTake: ActionCoverTake, model.CoverRefuse: ActionCoverRefuse, model.CoverWithdraw: ActionCoverWithdraw}[answer]
	line := strings.Join(words, " ")
	if err := k.need(ctx, who, RoleFor(action), action, line); err != nil {
		return CoverDone{}, err
	}
	roster := k.roster(who)
	id, person, err := answerMeant(roster, words, who.User)
	if err == nil && len(roster.Schedules) == 0 {
		err = &model.Error{Code: model.ErrNoCover}
	}
	if err != nil {
		return CoverDone{}, err
	}
	now := k.d.Now()
	entry := k.entry(who, action, strings.TrimSpace("#"+strconv.FormatInt(id, 10)+" "+person))
	a := coverAnswer{k: k, roster: roster, who: who, person: person, now: now}
	c, err := k.d.Rota.change(ctx, func(m DutyMemory) (model.DutyChange, error) {
		at := slices.IndexFunc(m.Covers, func(c model.Cover) bool { return c.ID == id && c.Ended.IsZero() })
		if at < 0 || !slices.Contains(namesOf(roster.Schedules), m.Covers[at].Schedule) {
			return model.DutyChange{}, &model.Error{Code: model.ErrNoCover}
		}
		c, err := a.change(m.Covers[at], answer)
		c.Audit = []model.AuditEntry{entry}
		return c, err
	})
	if err != nil {
		return CoverDone{}, unchanged(err)
	}
	return CoverDone{Cover: *c.Cover}, nil
}

// answerMeant is the number of a cover, and who answers.
func answerMeant(roster *oncall.Roster, words []string, asks model.UserID) (id int64, person string, err error) {
	if me, known := roster.ByTelegram(asks); known {
		person = me.Name
	}
	for _, w := range words {
		if n, err := strconv.ParseInt(strings.TrimPrefix(w, "#"), 10, 64); err == nil && id == 0 {
			id = n
			continue
		}
		p, known := personNamed(roster, w)
		if !known {
			return 0, "", &model.Error{Code: model.ErrNoCover}
		}
		person = p.Name
	}
	if id == 0 {
		return 0, "", &model.Error{Code: model.ErrNoCover}
	}
	return id, person, nil
}

// coverAnswer is somebody who answers.
type coverAnswer struct {
	k      *Actions
	roster *oncall.Roster
	who    model.Actor
	person string // "": the requester is none of the people
	now    time.Time
}

func (a *coverAnswer) change(c model.Cover, answer model.CoverAnswer) (model.DutyChange, error) {
	own := a.person == c.Person
	requester := c.By != "" && c.By == a.who.Name // for somebody else: a token, the command line
	switch {
	case answer == model.CoverWithdraw && !own && !requester && a.who.Role < model.RoleAdmin:
		return model.DutyChange{}, &model.Error{Code: model.ErrNotYours}
	case answer == model.CoverWithdraw:
		return a.withdrawn(c), nil
	case a.person == "":
		return model.DutyChange{}, &model.Error{Code: model.ErrNotOnCall}
	case own:
		return model.DutyChange{}, &model.Error{Code: model.ErrCoverOwn}
	case c.Asked != "" && c.Asked != a.person:
		return model.DutyChange{}, &model.Error{Code: model.ErrCoverNotAsked, Args: map[string]string{"asked": c.Asked}}
	case answer == model.CoverRefuse:
		return a.refused(c), nil
	default:
		return a.taken(c), nil
	}
}

// taken puts a person on call in place of whoever needs it, for what is left of the time.
func (a *coverAnswer) taken(c model.Cover) model.DutyChange {
	c.Taken, c.Ended = a.person, a.now
	from := c.From
	if from.Before(a.now) {
		from = a.now
	}
	o := model.Override{Schedule: c.Schedule, Person: a.person, Instead: c.Person, From: from, To: c.To, By: a.who.Name, Reason: c.Reason}
	news := model.CoverNews{What: model.CoverTaken, Cover: c, Who: a.person}
	return model.DutyChange{Cover: &c, Override: &o, Notifications: a.k.coverNotice(a.roster, c.Person, news, a.now)}
}

// refused notes who cannot. Whoever was asked alone ends the asking of one: everybody is asked next.
func (a *coverAnswer) refused(c model.Cover) model.DutyChange {
	if !slices.Contains(c.Refused, a.person) {
		c.Refused = append(slices.Clone(c.Refused), a.person)
	}
	alone := c.Asked == a.person
	c.Asked = ""
	news := model.CoverNews{What: model.CoverRefused, Cover: c, Who: a.person}
	change := model.DutyChange{Cover: &c, Notifications: a.k.coverNotice(a.roster, c.Person, news, a.now)}
	if alone {
		_, notes := a.k.coverAsked(a.roster, &c, a.now)
		change.Notifications = append(change.Notifications, notes...)
	}
	return change
}

// withdrawn ends a cover, and says so to whoever was asked alone.
func (a *coverAnswer) withdrawn(c model.Cover) model.DutyChange {
	c.Ended = a.now
	change := model.DutyChange{Cover: &c}
	if c.Asked != "" {
		change.Notifications = a.k.coverNotice(a.roster, c.Asked, model.CoverNews{What: model.CoverWithdrawn, Cover: c, Who: c.Person}, a.now)
	}
	return change
}

// urgeCovers asks again for covers that nobody took: after half of the time, and everybody shortly before they begin. What is too late, or is of
// people or schedules that are gone, ends.
func (k *Actions) urgeCovers(ctx context.Context) error {
	now := k.d.Now()
	roster := k.wholeRoster(now)
	for _, c := range k.d.Rota.wanted() {
		_, err := k.d.Rota.change(ctx, func(m DutyMemory) (model.DutyChange, error) {
			at := slices.IndexFunc(m.Covers, func(o model.Cover) bool { return o.ID == c.ID && o.Ended.IsZero() })
			if at < 0 {
				return model.DutyChange{}, nil
			}
			return k.urged(roster, m.Covers[at], now), nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// urged is what time brings for a cover; the zero change: nothing.
func (k *Actions) urged(roster *oncall.Roster, c model.Cover, now time.Time) model.DutyChange {
	half := c.Made.Add(c.From.Sub(c.Made) / 2)
	_, known := roster.Person(c.Person)
	switch {
	case !now.Before(c.To) || !known || !slices.Contains(namesOf(roster.Schedules), c.Schedule):
		c.Ended = now
		news := model.CoverNews{What: model.CoverTooLate, Cover: c}
		return model.DutyChange{Cover: &c, Notifications: k.coverNotice(roster, c.Person, news, now)}
	case c.Urged < model.CoverPressing && !now.Before(c.From.Add(-coverPressing)):
		c.Urged, c.Asked = model.CoverPressing, ""
	case c.Urged < model.CoverAskedAgain && !now.Before(half):
		c.Urged = model.CoverAskedAgain
	default:
		return model.DutyChange{}
	}
	_, notes := k.coverAsked(roster, &c, now)
	return model.DutyChange{Cover: &c, Notifications: notes}
}
