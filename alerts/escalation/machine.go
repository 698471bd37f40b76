package escalation

import (
	"slices"
	"strings"
	"time"

	"opsbot/model"
)

// Machine moves one escalation on. It is made for one call.
type Machine struct {
	E      *model.Escalation
	Policy *Policy // nil: no longer configured
	People People
	At     time.Time

	out  Outcome
	wake time.Time
}

// Advance does what the facts and the time ask for: at most one step, however late it is. It says what has to be done, and when to call it
// again without other facts; zero: not before.
func (m *Machine) Advance(f Facts) (Outcome, time.Time) {
	e := m.E
	switch {
	case e.State == model.EscalationEnded:
	case f.Over || m.Policy == nil:
		m.stop(model.EscalationEnded)
	case f.Taken != nil:
		m.taken(f.Taken)
	case f.Deferred:
		m.hold(&f)
	default:
		m.page()
	}
	m.wakes()
	return m.out, m.wake
}

// Result notes what became of a page. After a failure the next rule of the same person begins at once.
func (m *Machine) Result(r *model.PageResult) {
	p := m.find(r.Page)
	if p == nil || p.State == model.PageSent || p.State == model.PageDue {
		return
	}
	if r.Sent {
		late := p.Ask && !p.Open // of an earlier question than what may be asked now
		p.State, p.Why, p.At, p.Shown, p.Several, p.Open = model.PageSent, "", m.At, r.Message, r.Several, false
		m.out.Changed = true
		if late || m.over(p) {
			m.close(p) // it was on its way when somebody answered
		}
		return
	}
	if !r.Retried && p.Open {
		p.Open, m.out.Changed = false, true
	}
	if p.State == model.PageWritten {
		m.fail(p, r.Why)
	}
}

// over reports whether what a page is about has been answered.
func (m *Machine) over(p *model.Page) bool {
	if p.Ask {
		return m.E.State != model.EscalationAcked || m.E.AskedAt.IsZero()
	}
	return m.E.State != model.EscalationPaging && m.E.State != model.EscalationExhausted
}

// fail notes that a page did not arrive, and has the next rule begin.
func (m *Machine) fail(p *model.Page, why string) {
	p.State, p.Why, p.At = model.PageFailed, why, m.At
	m.out.Changed = true
	if next := m.nextRule(p); next != nil && next.Due.After(m.At) {
		next.Due = m.At
	}
}

// nextRule is the first rule of the same page of a person that has not begun.
func (m *Machine) nextRule(of *model.Page) *model.Page {
	var first *model.Page
	for i := range m.E.Pages {
		p := &m.E.Pages[i]
		same := p.Person == of.Person && p.Turn == of.Turn && p.Round == of.Round && p.Ask == of.Ask && of.Person != ""
		if same && p.State == model.PageDue && (first == nil || p.Due.Before(first.Due)) {
			first = p
		}
	}
	return first
}

// Unreachable notes that a page of Outcome.Write could not be written, and why.
func (m *Machine) Unreachable(page int, why string) {
	if p := m.find(page); p != nil {
		p.Open = false
		m.fail(p, why)
	}
}

// Refuse notes that a person does not take it: nobody is paged of that in this turn again, and the next step begins now. false: they were not
// paged.
func (m *Machine) Refuse(person string) bool {
	e := m.E
	paged := false
	for i := range e.Pages {
		p := &e.Pages[i]
		if p.Person != person || p.Turn != e.Turn || p.Ask {
			continue
		}
		paged = true
		m.cancel(p)
	}
	if !paged || e.State != model.EscalationPaging && e.State != model.EscalationExhausted {
		return false
	}
	if !slices.Contains(e.Refused, person) {
		e.Refused = append(e.Refused, person)
	}
	m.Hurry()
	return true
}

// Hurry has the next step begin now. false: nobody is being paged.
func (m *Machine) Hurry() bool {
	if m.E.State != model.EscalationPaging && m.E.State != model.EscalationExhausted {
		return false
	}
	if m.E.State == model.EscalationPaging {
		m.E.NextAt = m.At
	}
	m.out.Changed = true
	return true
}

func (m *Machine) find(page int) *model.Page {
	i := slices.IndexFunc(m.E.Pages, func(p model.Page) bool { return p.ID == page })
	if i < 0 {
		return nil
	}
	return &m.E.Pages[i]
}

// cancel takes a page back that nobody needs any more: what was sent stays.
func (m *Machine) cancel(p *model.Page) {
	if p.Open {
		p.Open, m.out.Changed = false, true
		if at := slices.Index(m.out.Write, p.ID); at >= 0 {
			m.out.Write = slices.Delete(m.out.Write, at, at+1)
		} else {
			m.out.Stop = append(m.out.Stop, p.ID)
		}
	}
	if p.State == model.PageDue || p.State == model.PageWritten {
		p.State, p.At, m.out.Changed = model.PageCancelled, m.At, true
	}
}

// close has the message of a page say how it went on.
func (m *Machine) close(p *model.Page) {
	if p.Shown == 0 || p.Closed {
		return
	}
	p.Closed = true
	m.out.Close, m.out.Changed = append(m.out.Close, p.ID), true
}

// stop ends paging: nothing more is sent.
func (m *Machine) stop(as model.EscalationState) {
	e := m.E
	if e.State != as {
		e.State, m.out.Changed = as, true
	}
	e.NextAt = time.Time{}
	for i := range e.Pages {
		m.cancel(&e.Pages[i])
		m.close(&e.Pages[i])
	}
}

// hold pauses paging.
func (m *Machine) hold(f *Facts) {
	e := m.E
	if e.State == model.EscalationAcked {
		return // what is to be paged of it anew waits for the same
	}
	if e.State != model.EscalationWaiting {
		m.stop(model.EscalationWaiting)
	}
	if e.Resting = f.Resting && e.Turn > 0; !e.NextAt.Equal(f.DeferredUntil) {
		e.NextAt, m.out.Changed = f.DeferredUntil, true
	}
}

// page goes on with paging.
func (m *Machine) page() {
	e := m.E
	switch {
	case e.State == model.EscalationPaging:
	case e.State == model.EscalationExhausted:
	case e.State == model.EscalationWaiting && e.Resting && m.anybody():
		m.resume()
	default:
		m.begin()
		m.due()
		return
	}
	e.Step = min(e.Step, len(m.Policy.Steps)-1) // a reload may have taken steps away
	m.joined()
	switch {
	case e.State == model.EscalationExhausted:
		m.exhausted()
	case !m.At.Before(e.NextAt):
		m.next(false)
	case m.failed():
		m.next(true)
	}
	m.due()
}

// resume goes on where it was: what was sent is not sent again, and what was taken back is, as other pages, since it may have been on its way.
func (m *Machine) resume() {
	e := m.E
	e.State, e.NextAt, e.Resting, m.out.Changed = model.EscalationPaging, m.At.Add(m.step().Wait), false, true
	var again []model.Page
	e.Pages = slices.DeleteFunc(e.Pages, func(p model.Page) bool {
		taken := p.Turn == e.Turn && p.Round == e.Round && p.State == model.PageCancelled && !p.Ask && !slices.Contains(e.Refused, p.Person)
		if taken {
			again = append(again, p)
		}
		return taken
	})
	for _, p := range again {
		e.LastPage++
		p.ID, p.State, p.Due, p.To = e.LastPage, model.PageDue, later(p.Due, m.At), model.Destination{}
		e.Pages = append(e.Pages, p)
	}
}

// begin starts a turn at the first step.
func (m *Machine) begin() {
	e := m.E
	e.Forget(e.Turn)
	for i := range e.Pages {
		m.cancel(&e.Pages[i])
		m.close(&e.Pages[i])
	}
	e.State, e.Turn, e.Round, e.Step, e.Refused = model.EscalationPaging, e.Turn+1, 0, -1, nil
	e.AckedAt, e.AckedBy, e.AckUser, e.AskedAt, e.Resting = time.Time{}, "", 0, time.Time{}, false
	m.out.Changed = true
	m.next(false)
}

func (m *Machine) step() *Step { return &m.Policy.Steps[min(max(m.E.Step, 0), len(m.Policy.Steps)-1)] }

// last reports whether the present step is the last of its round.
func (m *Machine) last() bool { return m.E.Step >= len(m.Policy.Steps)-1 }

// next begins the next step that has somebody. After the last one a round begins; after the last round, and after one in which there was
// nobody at all, everybody is told that nobody answered. early: because nobody of this step can be reached. A round does not begin early, so
// that whoever can be reached by nothing right now may be by then.
func (m *Machine) next(early bool) {
	e, was := m.E, m.E.Step
	for {
		switch {
		case !m.last():
			e.Step++
		case early:
			e.Step = was
			return
		case e.Round < m.Policy.Repeat && m.anybody():
			e.Round, e.Step = e.Round+1, 0
			m.endRound()
		default:
			m.exhaust()
			return
		}
		if m.enter() {
			return
		}
	}
}

// anybody reports whether somebody was paged in this round.
func (m *Machine) anybody() bool {
	return slices.ContainsFunc(m.E.Pages, func(p model.Page) bool { return p.Turn == m.E.Turn && p.Round == m.E.Round && !p.Ask })
}

// endRound takes back what is left of earlier rounds: the new one begins with it.
func (m *Machine) endRound() {
	for i := range m.E.Pages {
		if p := &m.E.Pages[i]; p.Round < m.E.Round || p.Turn < m.E.Turn {
			m.cancel(p)
		}
	}
}

// enter pages those of the present step who were not paged in this round; false: there is nobody.
func (m *Machine) enter() bool {
	e := m.E
	step := m.step()
	if !m.pageStep(e.Step) {
		return false
	}
	e.StepAt, e.NextAt, m.out.Changed = m.At, m.At.Add(step.Wait), true
	return true
}

// pageStep pages those of a step who were not paged in this round; false: there is nobody.
func (m *Machine) pageStep(at int) bool {
	there := false
	for _, target := range m.Policy.Steps[at].To {
		if target.Kind == model.PageChat {
			there = true
			if way := model.WayChat + target.Name; !m.paged("", way) {
				m.add(at, "", Rule{Way: way})
			}
			continue
		}
		names, changes := m.People.Meant(target, m.At)
		m.wakeBy(changes)
		for _, name := range names {
			rules := m.People.Rules(name)
			if len(rules) == 0 || slices.Contains(m.E.Refused, name) {
				continue
			}
			there = true
			if m.paged(name, "") {
				continue
			}
			for _, rule := range rules {
				m.add(at, name, rule)
			}
		}
	}
	return there
}

// paged reports whether somebody was paged in this round.
func (m *Machine) paged(person, way string) bool {
	return slices.ContainsFunc(m.E.Pages, func(p model.Page) bool {
		return p.Turn == m.E.Turn && p.Round == m.E.Round && !p.Ask && p.Person == person && (way == "" || p.Way == way)
	})
}

func (m *Machine) add(step int, person string, rule Rule) {
	e := m.E
	after := rule.After
	if rule.Way == model.WayMention {
		after = max(after, MentionAfter)
	}
	e.LastPage++
	e.Pages = append(e.Pages, model.Page{
		ID: e.LastPage, Person: person, Way: rule.Way, Turn: e.Turn, Round: e.Round, Step: step, Due: m.At.Add(after), State: model.PageDue,
	})
	m.out.Changed = true
}

// joined pages whoever is meant only now by a step that has begun: a handoff, or somebody who took over.
func (m *Machine) joined() {
	for at := range m.E.Step + 1 {
		m.pageStep(at)
	}
}

// due has the pages written whose time has come.
func (m *Machine) due() {
	for i := range m.E.Pages {
		if p := &m.E.Pages[i]; p.State == model.PageDue && !m.At.Before(p.Due) {
			p.State, p.At, p.Open = model.PageWritten, m.At, true
			m.out.Write, m.out.Changed = append(m.out.Write, p.ID), true
		}
	}
}

// failed reports whether nobody of the present step can be reached: every page of everybody who is meant has failed.
func (m *Machine) failed() bool {
	e := m.E
	people := map[string]bool{}
	for i := range e.Pages {
		if p := &e.Pages[i]; p.Turn == e.Turn && p.Round == e.Round && p.Step == e.Step && !p.Ask {
			people[p.Person+"\x00"+chatOf(p)] = true
		}
	}
	if len(people) == 0 {
		return false // they were paged in an earlier step of the round, which is waited for
	}
	return !slices.ContainsFunc(e.Pages, func(p model.Page) bool {
		return p.Turn == e.Turn && p.Round == e.Round && people[p.Person+"\x00"+chatOf(&p)] && !p.Failed()
	})
}

// chatOf is the chat of a page that is for nobody alone.
func chatOf(p *model.Page) string {
	if p.Person == "" {
		return strings.TrimPrefix(p.Way, model.WayChat)
	}
	return ""
}

// exhaust says that nobody answered.
func (m *Machine) exhaust() {
	m.E.State, m.E.NextAt = model.EscalationExhausted, m.At.Add(Again)
	m.E.Step = len(m.Policy.Steps) - 1
	m.out.Exhausted, m.out.Changed = true, true
}

// exhausted says it again.
func (m *Machine) exhausted() {
	if !m.At.Before(m.E.NextAt) {
		m.exhaust()
	}
}

// taken notes that somebody has it. After AckFor it does not hold any more, unless they say so.
func (m *Machine) taken(by *Taken) {
	e := m.E
	m.stopPages()
	if e.State != model.EscalationAcked || !e.AckedAt.Equal(by.At) || e.AckedBy != by.By {
		e.State, e.NextAt, m.out.Changed = model.EscalationAcked, time.Time{}, true
		e.AckedAt, e.AckedBy, e.AckUser, e.AskedAt = by.At, by.By, by.User, time.Time{}
		m.closeAsks()
	}
	if by.Open {
		e.NextAt = time.Time{}
		return
	}
	m.expire()
}

// stopPages takes back all pages but those that ask.
func (m *Machine) stopPages() {
	for i := range m.E.Pages {
		if p := &m.E.Pages[i]; !p.Ask {
			m.cancel(p)
			m.close(p)
		}
	}
}

func (m *Machine) closeAsks() {
	for i := range m.E.Pages {
		if p := &m.E.Pages[i]; p.Ask {
			m.cancel(p)
			m.close(p)
		}
	}
}

// expire asks whoever has it whether they still do, and lets it lapse when there is no answer.
func (m *Machine) expire() {
	e, ahead := m.E, m.askAhead()
	switch {
	case m.Policy.AckFor == 0:
		e.NextAt = time.Time{}
	case e.NextAt.IsZero():
		e.NextAt = later(e.AckedAt.Add(m.Policy.AckFor), m.At).Add(-ahead)
	case m.At.Before(e.NextAt):
		m.due()
	case e.AskedAt.IsZero():
		e.AskedAt, e.NextAt, m.out.Changed = m.At, m.At.Add(ahead), true
		m.ask()
	default:
		m.out.Lapsed, m.out.Changed = true, true
		m.closeAsks()
	}
}

// askAhead is how long before its end an acknowledgement is asked for.
func (m *Machine) askAhead() time.Duration { return min(AskAhead, m.Policy.AckFor/4) }

// ask has the acknowledger asked: by a private message, and if that fails, in the group.
func (m *Machine) ask() {
	e := m.E
	if e.AckUser != 0 {
		m.add(e.Step, e.AckedBy, Rule{Way: model.WayDM})
		e.Pages[len(e.Pages)-1].Ask = true
	}
	m.add(e.Step, e.AckedBy, Rule{Way: model.WayMention, After: m.waitOfAsk()})
	e.Pages[len(e.Pages)-1].Ask = true
	m.due()
}

// waitOfAsk is when the group is asked: at once if nobody can be asked alone.
func (m *Machine) waitOfAsk() time.Duration {
	if m.E.AckUser == 0 {
		return 0
	}
	return m.askAhead() / 2
}

func (m *Machine) wakeBy(at time.Time) {
	if !at.IsZero() && at.After(m.At) && (m.wake.IsZero() || at.Before(m.wake)) {
		m.wake = at
	}
}

// wakes finds out when time alone brings something.
func (m *Machine) wakes() {
	e := m.E
	if e.State == model.EscalationEnded {
		m.wake = time.Time{}
		return
	}
	if !e.NextAt.IsZero() {
		m.wakeBy(later(e.NextAt, m.At.Add(time.Millisecond)))
	}
	for i := range e.Pages {
		if p := &e.Pages[i]; p.State == model.PageDue {
			m.wakeBy(later(p.Due, m.At.Add(time.Millisecond)))
		}
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Upcoming is who is paged next when nobody answers, and when; no time: nobody is.
func Upcoming(e *model.Escalation, p *Policy, people People, at time.Time) (names []string, when time.Time) {
	if e.State != model.EscalationPaging || p == nil {
		return nil, time.Time{}
	}
	step := e.Step + 1
	if step >= len(p.Steps) {
		if step = 0; e.Round >= p.Repeat {
			return nil, time.Time{}
		}
	}
	for _, target := range p.Steps[step].To {
		if target.Kind == model.PageChat {
			names = append(names, target.Name)
			continue
		}
		meant, _ := people.Meant(target, e.NextAt)
		for _, name := range meant {
			if !slices.Contains(names, name) && !slices.Contains(e.Refused, name) {
				names = append(names, name)
			}
		}
	}
	return names, e.NextAt
}
