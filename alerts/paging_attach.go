package alerts

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"opsbot/alerts/escalation"
	"opsbot/model"
)

// handOverAttached has what an incident became part of go on with its escalations: where they are, never from the beginning.
func (t *transaction) handOverAttached() {
	for _, id := range slices.Sorted(maps.Keys(t.paging.live)) {
		e := t.paging.live[id]
		in := t.incidents.byID[e.Incident]
		if in == nil || !in.Open() {
			continue
		}
		if root := t.rootOf(in); root != in && root.Open() {
			t.handOver(e, root)
		}
	}
}

// handOver has an escalation go on as that of the incident that its own became part of. Where that has one by the same policy, the further one
// of both wins, and the pages of both are its pages.
func (t *transaction) handOver(e *model.Escalation, root *incident) {
	at := slices.IndexFunc(t.paging.of(root.ID), func(o *model.Escalation) bool { return o.Policy == e.Policy && o.Who == e.Who })
	begun := e.State == model.EscalationPaging || e.State == model.EscalationExhausted
	switch {
	case at < 0 && begun:
		e.Incident = root.ID
		t.keepEscalation(e)
		t.paging.wakes[e.ID] = t.at
		t.showEscalation(root)
		return
	case at >= 0 && begun:
		t.merge(t.paging.of(root.ID)[at], e)
		t.showEscalation(root)
	}
	t.endEscalation(e)
}

// endEscalation ends an escalation whose incident goes on as part of another.
func (t *transaction) endEscalation(e *model.Escalation) {
	m := &escalation.Machine{E: e, People: t.paging.directory, At: t.at}
	out, _ := m.Advance(escalation.Facts{Over: true})
	t.carryOut(e, t.incidents.byID[e.Incident], m, &out)
	t.keepEscalation(e)
}

// merge gives an escalation what another one has that ends: how far it is, and its pages, so that nobody is paged twice and nobody's rules are
// cut off.
func (t *transaction) merge(into, from *model.Escalation) {
	further := cmp.Or(cmp.Compare(from.Round, into.Round), cmp.Compare(from.Step, into.Step)) > 0
	switch into.State {
	case model.EscalationAcked:
		return // somebody has all of it
	case model.EscalationWaiting:
		further = true
		into.Turn = max(into.Turn, 1)
	}
	if further {
		into.State, into.Round, into.Step, into.StepAt, into.NextAt = from.State, from.Round, from.Step, from.StepAt, from.NextAt
	}
	for i := range from.Pages {
		p := from.Pages[i]
		from.Pages[i].Closed = true // the other one says how it goes on
		if p.Turn != from.Turn || p.State == model.PageCancelled {
			continue
		}
		if p.State == model.PageWritten { // its row goes with the escalation that ends
			p.State, p.Due = model.PageDue, t.at
		}
		if p.State != model.PageSent && isPaged(into, &p) {
			continue
		}
		into.LastPage++
		p.ID, p.Turn, p.Round, p.Open, p.To = into.LastPage, into.Turn, into.Round, false, toOf(&p)
		into.Pages = append(into.Pages, p)
		t.paging.counts.copied(into.ID, &p)
	}
	t.keepEscalation(into)
	t.paging.wakes[into.ID] = t.at
}

// isPaged reports whether an escalation has the same page in its round.
func isPaged(e *model.Escalation, as *model.Page) bool {
	return slices.ContainsFunc(e.Pages, func(p model.Page) bool {
		return p.Turn == e.Turn && p.Round == e.Round && p.Person == as.Person && p.Way == as.Way && p.State != model.PageCancelled
	})
}

// toOf is where a page was sent; of one that is written anew that is found out anew.
func toOf(p *model.Page) model.Destination {
	if p.State == model.PageDue {
		return model.Destination{}
	}
	return p.To
}

// pagedOf is what the cards of an incident say of its escalations to whoever sees everything.
func (s *state) pagedOf(id model.IncidentID) []model.Paged {
	if s.paging.directory == nil {
		return nil
	}
	var all []model.Paged
	for _, e := range s.paging.of(id) {
		if e.Turn == 0 {
			continue // nobody was paged so far
		}
		paged := model.Paged{State: e.State, Policy: e.Policy, Round: e.Round, AckedBy: e.AckedBy, People: pagedPeople(e)}
		paged.Next, paged.NextAt = escalation.Upcoming(e, s.escalationPolicy(e), s.paging.directory, s.now())
		all = append(all, paged)
	}
	return all
}

// pagedPeople are those who were paged in this turn, in the order in which they last were.
func pagedPeople(e *model.Escalation) []model.PagedPerson {
	var all []model.PagedPerson
	rounds := map[string]int{}
	for i := range e.Pages {
		p := &e.Pages[i]
		if p.Turn != e.Turn || p.Ask || p.Due.IsZero() || p.State == model.PageDue {
			continue
		}
		name := cmp.Or(p.Person, p.Way)
		at := slices.IndexFunc(all, func(o model.PagedPerson) bool { return o.Name == name })
		if at >= 0 && rounds[name] != p.Round {
			all = slices.Delete(all, at, at+1)
			at = -1
		}
		if at < 0 {
			all = append(all, model.PagedPerson{Name: name, At: begun(p), Refused: slices.Contains(e.Refused, p.Person)})
			at, rounds[name] = len(all)-1, p.Round
		}
		if p.State != model.PageCancelled {
			all[at].Ways = append(all[at].Ways, model.PagedWay{Way: p.Way, State: p.State})
		}
	}
	return slices.DeleteFunc(all, func(p model.PagedPerson) bool { return len(p.Ways) == 0 && !p.Refused })
}

// begun is when a page began.
func begun(p *model.Page) time.Time {
	if p.Due.Before(p.At) {
		return p.Due
	}
	return p.At
}
