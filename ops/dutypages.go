package ops

import (
	"cmp"
	"context"
	"slices"
	"time"

	"opsbot/model"
	"opsbot/oncall"
)

// PersonPages is how often somebody was paged.
type PersonPages struct {
	Person string
	Pages  int // messages and calls that arrived: one of several incidents is one
	Night  int // of which on the night of their own clock
	Woken  int // how often a page of the night came after an hour of quiet
}

const (
	quietBefore = time.Hour        // a page of the night that comes after so much quiet wakes somebody
	oneMessage  = 10 * time.Second // pages that went out as one message are noted within that
)

// pagesOf is who was paged how often. only: of the schedules of the report.
func (k *Actions) pagesOf(ctx context.Context, roster *oncall.Roster, r *DutyReport, only bool) ([]PersonPages, error) {
	if k.d.SentPages == nil || len(roster.People) == 0 {
		return nil, nil
	}
	before := model.Span{From: r.From.Add(-quietBefore), To: r.To} // whether somebody was awake already
	sent, err := k.d.SentPages(ctx, before)
	if err != nil {
		return nil, err
	}
	by := map[string][]model.SentPage{}
	for _, p := range sent {
		if !only || slices.ContainsFunc(r.Schedules, func(s ScheduleHours) bool { return s.has(p.Person) }) {
			by[p.Person] = append(by[p.Person], p)
		}
	}
	var all []PersonPages
	for person, pages := range by {
		if one := countPages(pages, r.Span, zoneOf(roster, person, r.From.Location())); one.Pages > 0 {
			one.Person = person
			all = append(all, one)
		}
	}
	slices.SortFunc(all, func(a, b PersonPages) int {
		return cmp.Or(cmp.Compare(b.Pages, a.Pages), cmp.Compare(a.Person, b.Person))
	})
	return all, nil
}

func (h *ScheduleHours) has(person string) bool {
	return slices.ContainsFunc(h.People, func(p PersonHours) bool { return p.Person == person })
}

// zoneOf is the clock of a person: their own, else that of the first schedule, else another.
func zoneOf(roster *oncall.Roster, person string, other *time.Location) *time.Location {
	if p, known := roster.Person(person); known && p.Zone != nil {
		return p.Zone
	}
	for _, s := range roster.Schedules {
		return s.Zone
	}
	return other
}

// countPages counts the pages of one person in a time.
func countPages(pages []model.SentPage, in model.Span, zone *time.Location) (n PersonPages) {
	slices.SortFunc(pages, func(a, b model.SentPage) int { return a.At.Compare(b.At) })
	pages = messagesOf(pages)
	for i, p := range pages {
		if p.At.Before(in.From) {
			continue
		}
		n.Pages++
		if !isNight(p.At, zone) {
			continue
		}
		if n.Night++; i == 0 || p.At.Sub(pages[i-1].At) >= quietBefore {
			n.Woken++
		}
	}
	return n
}

// messagesOf are pages by the messages in which they arrived, in their order. One page may be known of two escalations, since one went on as
// the other.
func messagesOf(pages []model.SentPage) (all []model.SentPage) {
	for _, p := range pages {
		known := func(o model.SentPage) bool {
			together := p.Several > 0 && p.Several == o.Several && p.At.Sub(o.At) < oneMessage
			return p.Way == o.Way && (p.At.Equal(o.At) || together)
		}
		if !slices.ContainsFunc(all, known) {
			all = append(all, p)
		}
	}
	return all
}

// isNight reports whether it is night on a wall clock.
func isNight(at time.Time, zone *time.Location) bool {
	at = at.In(zone)
	clock := time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute
	return clock >= nightBegins || clock < nightEnds-model.Day
}
