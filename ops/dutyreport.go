package ops

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"opsbot/model"
	"opsbot/oncall"
)

// The night, on the wall clock of a schedule: from 22:00 to 06:00. It counts for whoever is on call for an hour of it.
const (
	nightBegins = 22 * time.Hour
	nightEnds   = 30 * time.Hour
	nightCounts = time.Hour
)

// DutyReport is who was on call how much, by the schedules as they are now, with all takeovers.
type DutyReport struct {
	model.Span
	Asked     string // the time as written
	Schedules []ScheduleHours
	Paged     []PersonPages // who was paged most first; of those who are in the schedules that were asked for
}

// ScheduleHours is who was on call in one schedule.
type ScheduleHours struct {
	Name    string
	People  []PersonHours // who was on call longest first
	Gap     time.Duration // with nobody
	Missing bool          // a calendar of it was never read: nothing is known
}

// PersonHours is how much somebody was on call.
type PersonHours struct {
	Person    string
	All       time.Duration
	Shifts    int
	Nights    int           // of which an hour or more
	Night     time.Duration // from 22:00 to 06:00
	Weekend   time.Duration // Saturday and Sunday
	Takeovers int           // by which somebody else's time became theirs
}

// IsDutyReport reports whether words of "/report" ask for on-call duty.
func IsDutyReport(words []string) bool {
	return len(words) > 0 && slices.Contains([]string{"oncall", "on-call", "дежурства"}, strings.ToLower(words[0]))
}

// DutyReport says who was on call how much: "oncall", "oncall 2026-10", "oncall primary last month"; without a time it is this month so far. now gives
// the zone of the time. It has no schedules where the requester sees none.
func (k *Actions) DutyReport(ctx context.Context, who model.Actor, words []string, now time.Time) (*DutyReport, error) {
	if err := k.need(ctx, who, model.RoleViewer, "report", strings.Join(words, " ")); err != nil {
		return nil, err
	}
	req, err := ParseReport(words, now)
	if err != nil {
		return nil, err
	}
	roster := k.roster(who)
	if len(roster.Schedules)+len(roster.People) == 0 {
		return &DutyReport{}, nil
	}
	named, err := schedulesNamed(k.d.Rota.Ever(), req.Words[1:])
	if err != nil {
		return nil, err
	}
	r := &DutyReport{Span: req.Span, Asked: req.Asked}
	if r.To.After(now) {
		r.To = now
	}
	for _, s := range named {
		r.Schedules = append(r.Schedules, hoursOf(s, r.Span))
	}
	r.Paged, err = k.pagesOf(ctx, roster, r, len(req.Words) > 1)
	return r, err
}

// hoursOf is who was on call in a schedule.
func hoursOf(s *oncall.Schedule, span model.Span) ScheduleHours {
	h := ScheduleHours{Name: s.Name, Missing: s.Missing}
	if s.Missing {
		return h
	}
	by := map[string]*PersonHours{}
	nights, weekends := nightsOf(span, s.Zone), weekendsOf(span, s.Zone)
	spent := make([]map[string]time.Duration, len(nights)) // in each night by each person
	for _, shift := range s.Shifts(span.From, span.To) {
		p := by[shift.Person]
		if p == nil {
			p = &PersonHours{Person: shift.Person}
			by[shift.Person] = p
		}
		shift = shift.Cut(span.From, span.To)
		p.All += shift.To.Sub(shift.From)
		p.Shifts++
		for i, night := range nights {
			if in := overlap(shift, night); in > 0 {
				if spent[i] == nil {
					spent[i] = map[string]time.Duration{}
				}
				p.Night += in
				spent[i][shift.Person] += in
			}
		}
		for _, weekend := range weekends {
			p.Weekend += overlap(shift, weekend)
		}
	}
	for _, night := range spent {
		for person, in := range night {
			if in >= nightCounts {
				by[person].Nights++
			}
		}
	}
	for _, o := range s.Overrides {
		if p := by[o.Person]; p != nil && o.From.Before(span.To) && span.From.Before(o.To) {
			p.Takeovers++
		}
	}
	for _, gap := range s.Gaps(span.From, span.To) {
		h.Gap += gap.To.Sub(gap.From)
	}
	for _, p := range by {
		h.People = append(h.People, *p)
	}
	slices.SortFunc(h.People, func(a, b PersonHours) int { return cmp.Or(cmp.Compare(b.All, a.All), cmp.Compare(a.Person, b.Person)) })
	return h
}

// overlap is how much of a shift is in a stretch.
func overlap(s oncall.Shift, in model.Stretch) time.Duration {
	from, to := s.From, s.To
	if from.Before(in.From) {
		from = in.From
	}
	if to.After(in.To) {
		to = in.To
	}
	return max(0, to.Sub(from))
}

// nightsOf are the nights of some time, on a wall clock.
func nightsOf(span model.Span, zone *time.Location) []model.Stretch {
	return wallStretches(span, zone, func(day time.Time) (from, to time.Time, is bool) {
		return day.Add(nightBegins), day.Add(nightEnds), true
	})
}

// weekendsOf are the Saturdays and Sundays of some time, on a wall clock.
func weekendsOf(span model.Span, zone *time.Location) []model.Stretch {
	return wallStretches(span, zone, func(day time.Time) (from, to time.Time, is bool) {
		return day, day.AddDate(0, 0, 1), day.Weekday() == time.Saturday || day.Weekday() == time.Sunday
	})
}

// wallStretches are stretches of the wall clock that overlap some time, one for each day that has one. A day is midnight, as a time in UTC.
func wallStretches(span model.Span, zone *time.Location, of func(day time.Time) (from, to time.Time, is bool)) []model.Stretch {
	var all []model.Stretch
	first := span.From.In(zone)
	for day := time.Date(first.Year(), first.Month(), first.Day()-1, 0, 0, 0, 0, time.UTC); ; day = day.AddDate(0, 0, 1) {
		begins, _ := model.Instants(day, zone)
		if begins.After(span.To) {
			return all
		}
		if from, to, is := of(day); is {
			one := model.Stretch{}
			one.From, _ = model.Instants(from, zone)
			one.To, _ = model.Instants(to, zone)
			all = append(all, one)
		}
	}
}

// Table is the report as a table: names of columns are stable across versions.
func (r *DutyReport) Table() model.ReportFile {
	hours := func(d time.Duration) string { return strconv.FormatFloat(d.Hours(), 'f', 2, 64) }
	rows := [][]string{{"schedule", "person", "from", "to", "hours", "shifts", "nights", "night_hours", "weekend_hours", "takeovers", "pages", "night_pages", "woken"}}
	from, to := r.From.Format(time.RFC3339), r.To.Format(time.RFC3339)
	for i := range r.Schedules {
		s := &r.Schedules[i]
		for _, p := range s.People {
			rows = append(rows, []string{
				s.Name, p.Person, from, to, hours(p.All), strconv.Itoa(p.Shifts), strconv.Itoa(p.Nights), hours(p.Night), hours(p.Weekend), strconv.Itoa(p.Takeovers),
				"", "", "",
			})
		}
		if s.Gap > 0 {
			rows = append(rows, []string{s.Name, "", from, to, hours(s.Gap), "", "", "", "", "", "", "", ""})
		}
	}
	for _, p := range r.Paged {
		rows = append(rows, []string{"", p.Person, from, to, "", "", "", "", "", "", strconv.Itoa(p.Pages), strconv.Itoa(p.Night), strconv.Itoa(p.Woken)})
	}
	const byteOrder = "\ufeff" // without it spreadsheets do not detect UTF-8
	return model.ReportFile{Name: "oncall-" + r.Asked + ".csv", Type: "text/csv; charset=utf-8", Data: append([]byte(byteOrder), model.CSV(rows)...)}
}
