package ops

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"opsbot/model"
	"opsbot/oncall"
)

// How far ahead on-call duty is looked at, unless somebody says how far.
const (
	gapsAhead   = 14 * model.Day
	shiftsAhead = 28 * model.Day
	mostAhead   = oncall.Horizon
	leastAhead  = time.Hour
)

// What of on-call duty is asked for: who is on call now, one's own shifts, or all that come.
const (
	OnCallNow  = ""
	OnCallMine = "me"
	OnCallNext = "next"
)

// OnCall is who is on call, as far as the requester may know.
type OnCall struct {
	At        time.Time
	Asked     string         // OnCallNow, OnCallMine or OnCallNext
	Person    oncall.Person  // of OnCallMine
	Schedules []ScheduleDuty // of OnCallNow, in the order of the configuration
	Shifts    []DutyShift    // of the others, by their beginning
	Until     time.Time      // how far ahead shifts are listed
	None      bool           // there are no schedules that the requester sees
	Unready   []Unready      // of OnCallNow, by name
}

// ScheduleDuty is who is on call in one schedule now, and what comes.
type ScheduleDuty struct {
	Name string
	Now  []DutyShift      // by name; empty: nobody
	Next time.Time        // when that changes; zero: not within a year
	Then []string         // who is on call from then on
	Gaps []model.Stretch  // with nobody, in the next 14 days
	By   []model.Override // takeovers that are not over
	Want []model.Cover    // covers that nobody has taken

	Missing bool // a calendar of it was never read: who is on call is not known
}

// DutyShift is a shift with its schedule and its person.
type DutyShift struct {
	oncall.Shift
	Schedule string
	Phone    string // for admins; "" if there is none
}

// OnCall says who is on call: of all schedules, or of those that words name. "me" lists the requester's own shifts, "next" all shifts; a
// length in the words is how far ahead.
func (k *Actions) OnCall(ctx context.Context, who model.Actor, words []string) (*OnCall, error) {
	if err := k.need(ctx, who, model.RoleViewer, "oncall", strings.Join(words, " ")); err != nil {
		return nil, err
	}
	a := &OnCall{At: k.d.Now()}
	roster := k.roster(who)
	if a.None = len(roster.Schedules) == 0; a.None {
		return a, nil
	}
	if len(words) > 0 && onCallWords[strings.ToLower(words[0])] != "" {
		a.Asked, words = onCallWords[strings.ToLower(words[0])], words[1:]
	}
	ahead, words, said := model.CutLength(words)
	a.Until = a.At.Add(shiftsAhead)
	if said {
		a.Until = a.At.Add(min(max(time.Duration(ahead), leastAhead), mostAhead))
	}
	schedules, err := schedulesNamed(roster.Schedules, words)
	if err != nil {
		return nil, err
	}
	if err := a.fill(roster, schedules, who.User); err != nil || a.Asked != OnCallNow {
		return a, err
	}
	for i := range a.Schedules {
		for _, c := range k.d.Rota.wanted() {
			if c.Schedule == a.Schedules[i].Name {
				a.Schedules[i].Want = append(a.Schedules[i].Want, c)
			}
		}
	}
	a.Unready = k.unready(roster, schedules, a.At)
	return a, nil
}

// onCallWords are what people write for OnCallMine and OnCallNext.
var onCallWords = map[string]string{"me": OnCallMine, "my": OnCallMine, "я": OnCallMine, "мои": OnCallMine, "next": OnCallNext, "дальше": OnCallNext, "следующие": OnCallNext}

// HidePhones takes phones out of an answer that others read too.
func (a *OnCall) HidePhones() {
	for i := range a.Schedules {
		for j := range a.Schedules[i].Now {
			a.Schedules[i].Now[j].Phone = ""
		}
	}
	for i := range a.Shifts {
		a.Shifts[i].Phone = ""
	}
}

// schedulesNamed finds schedules by their names or prefixes; all without words.
func schedulesNamed(all []*oncall.Schedule, words []string) ([]*oncall.Schedule, error) {
	if len(words) == 0 {
		return all, nil
	}
	var found []*oncall.Schedule
	for _, w := range words {
		fits := slices.DeleteFunc(slices.Clone(all), func(s *oncall.Schedule) bool {
			return !strings.HasPrefix(strings.ToLower(s.Name), strings.ToLower(w))
		})
		if at := slices.IndexFunc(all, func(s *oncall.Schedule) bool { return strings.EqualFold(s.Name, w) }); at >= 0 {
			fits = all[at : at+1]
		}
		if len(fits) != 1 {
			if len(fits) == 0 {
				fits = all
			}
			return nil, &model.Error{Code: model.ErrNoSchedule, Args: map[string]string{"word": shorten(w)}, Choices: firstChoices(namesOf(fits))}
		}
		found = append(found, fits[0])
	}
	return found, nil
}

func namesOf(all []*oncall.Schedule) (names []string) {
	for _, s := range all {
		names = append(names, s.Name)
	}
	return names
}

// fill answers what is asked.
func (a *OnCall) fill(roster *oncall.Roster, schedules []*oncall.Schedule, asks model.UserID) error {
	if a.Asked == OnCallNow {
		for _, s := range schedules {
			a.Schedules = append(a.Schedules, a.duty(roster, s))
		}
		return nil
	}
	if a.Asked == OnCallMine {
		var known bool
		if a.Person, known = roster.ByTelegram(asks); !known {
			return &model.Error{Code: model.ErrNotOnCall}
		}
	}
	for _, s := range schedules {
		for _, shift := range s.Shifts(a.At, a.Until) {
			if a.Asked == OnCallNext || shift.Person == a.Person.Name {
				a.Shifts = append(a.Shifts, dutyShift(roster, s, shift))
			}
		}
	}
	slices.SortStableFunc(a.Shifts, func(x, y DutyShift) int { return cmp.Or(x.From.Compare(y.From), cmp.Compare(x.Schedule, y.Schedule)) })
	return nil
}

// duty is who is on call in a schedule.
func (a *OnCall) duty(roster *oncall.Roster, s *oncall.Schedule) ScheduleDuty {
	if s.Missing {
		return ScheduleDuty{Name: s.Name, Missing: true}
	}
	d := ScheduleDuty{Name: s.Name, Gaps: s.Gaps(a.At, a.At.Add(gapsAhead))}
	for _, shift := range s.Who(a.At) {
		d.Now = append(d.Now, dutyShift(roster, s, shift))
	}
	for _, o := range s.Overrides {
		if o.To.After(a.At) {
			d.By = append(d.By, o)
		}
	}
	if next, ok := s.Next(a.At); ok {
		d.Next, d.Then = next, s.At(next)
	}
	return d
}

func dutyShift(roster *oncall.Roster, s *oncall.Schedule, shift oncall.Shift) DutyShift {
	d := DutyShift{Shift: shift, Schedule: s.Name}
	if p, known := roster.Person(shift.Person); known {
		d.Phone = p.Phone.Reveal()
	}
	return d
}
