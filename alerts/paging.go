package alerts

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"opsbot/alerts/escalation"
	"opsbot/model"
)

// Directory knows who is paged. It must not call the Manager, which is judging.
type Directory interface {
	escalation.People
	// Reach is where a person is reached in a way, or, for nobody, a chat; why not, if they are not. A mention has no address: it goes to
	// where the incident is shown.
	Reach(person, way string) (at Reached, why string)
}

// Reached is where, and how, somebody is reached.
type Reached struct {
	To       model.Destination
	User     model.UserID // in Telegram; 0: unknown there
	Language string       // of what they read; "": that of the destination
}

// paging keeps the escalations that are not over.
type paging struct {
	directory Directory // nil: nobody is ever paged
	live      map[model.EscalationID]*model.Escalation
	wakes     map[model.EscalationID]time.Time // when time alone brings something
	last      model.EscalationID
	late      map[model.EscalationID]endedEscalation
	all       bool // every open incident is looked at: routes changed
	counts    pagingCounts
}

func newPaging(directory Directory, last model.EscalationID) paging {
	return paging{directory: directory, live: map[model.EscalationID]*model.Escalation{}, wakes: map[model.EscalationID]time.Time{}, last: last, late: map[model.EscalationID]endedEscalation{}, counts: newPagingCounts()}
}

// restorePaging takes up what was stored. What is no longer in the outbox was sent: a row leaves it before its result is noted. It is stored so
// with the next commit.
func (s *state) restorePaging(p *pending, m *model.Memory, now time.Time) {
	for i := range m.Escalations {
		e, changed := m.Escalations[i], false
		e.Pages = slices.Clone(e.Pages)
		for j := range e.Pages {
			if page := &e.Pages[j]; page.Open && !slices.Contains(m.PagesWaiting, model.PageQueue(e.ID, page.ID)) {
				page.Open, changed = false, true
				if page.State == model.PageWritten {
					page.State, page.At = model.PageSent, now
				}
			}
		}
		anchorEscalation(&e, now)
		s.paging.counts.know(&m.Escalations[i])
		if changed {
			p.escalations[e.ID] = movedEscalation(e, nil)
		}
		s.paging.live[e.ID] = &e
		s.paging.wakes[e.ID] = now
	}
}

// mostWait bounds what can be left of any wait of an escalation.
const mostWait = model.Week

// anchorEscalation has its waits last as long as they did, whatever the wall clock was set to.
func anchorEscalation(e *model.Escalation, now time.Time) {
	e.StepAt, e.NextAt = model.Since(e.StepAt, now), model.Within(e.NextAt, now, mostWait)
	e.Pages = slices.Clone(e.Pages)
	for i := range e.Pages {
		if p := &e.Pages[i]; p.State == model.PageDue {
			p.Due = model.Within(p.Due, now, mostWait)
		}
	}
}

// anchor has them stored as they are on the clock now.
func (ps *paging) anchor(t *transaction) {
	for id, e := range ps.live {
		anchorEscalation(e, t.at)
		t.keepEscalation(e)
		ps.wakes[id] = t.at
	}
}

// of are the escalations of an incident, by number.
func (ps *paging) of(id model.IncidentID) []*model.Escalation {
	var all []*model.Escalation
	for _, e := range ps.live {
		if e.Incident == id {
			all = append(all, e)
		}
	}
	slices.SortFunc(all, func(a, b *model.Escalation) int { return cmp.Compare(a.ID, b.ID) })
	return all
}

// keepEscalation has an escalation stored as it is now.
func (t *transaction) keepEscalation(e *model.Escalation) {
	kept := *e
	kept.Pages, kept.Refused, kept.Earlier = slices.Clone(e.Pages), slices.Clone(e.Refused), slices.Clone(e.Earlier)
	t.pending.escalations[e.ID] = kept
}

// escalate moves on what has to: escalations of what was touched, and those whose time has come.
func (t *transaction) escalate() {
	ps := &t.paging
	if ps.directory == nil {
		return
	}
	t.handOverAttached()
	for _, in := range t.lookedAt() {
		t.beginEscalations(in)
	}
	ps.all = false
	for _, id := range slices.Sorted(maps.Keys(ps.live)) {
		e := ps.live[id]
		in := t.incidents.byID[e.Incident]
		_, touched := t.touched[in]
		due := !ps.wakes[id].IsZero() && !t.at.Before(ps.wakes[id])
		if touched || due || in == nil || !in.Open() {
			t.advance(e, nil)
		}
		t.wakeBy(ps.wakes[id])
	}
}

// lookedAt are the incidents of which an escalation may have to begin.
func (t *transaction) lookedAt() []*incident {
	if len(t.routing.Policies) == 0 {
		return nil
	}
	some := maps.Keys(t.touched)
	if t.paging.all {
		some = maps.Values(t.incidents.byID)
	}
	return slices.SortedFunc(some, func(a, b *incident) int { return cmp.Compare(a.ID, b.ID) })
}

// rootOf is the open incident that an incident is part of in the end; itself when it is part of none.
func (s *state) rootOf(in *incident) *incident {
	root := in
	for range len(s.incidents.byID) {
		parent := s.incidents.byID[root.Parent]
		if parent == nil || !parent.Open() || parent == root {
			break
		}
		root = parent
	}
	return root
}

// beginEscalations makes the escalations that routes ask for of an incident that is part of no other. Limited readers' storms have none: the
// storm of those who see everything has.
func (t *transaction) beginEscalations(in *incident) {
	if !in.Open() || t.rootOf(in) != in || in.Readers.Limited {
		return
	}
	for _, by := range t.policiesOf(in) {
		if !slices.ContainsFunc(t.paging.of(in.ID), func(e *model.Escalation) bool { return e.Policy == by.policy }) {
			t.newEscalation(model.Escalation{Incident: in.ID, Policy: by.policy, State: model.EscalationWaiting})
		}
	}
}

func (t *transaction) newEscalation(e model.Escalation) {
	t.paging.last++
	e.ID = t.paging.last
	t.paging.live[e.ID], t.paging.wakes[e.ID] = &e, t.at
}

// escalates is a policy that a route names, and when that route notifies.
type escalates struct {
	policy string
	hours  *model.ActiveHours
}

// policiesOf are the policies by which people are paged of an incident: of a storm, those of its parts.
func (s *state) policiesOf(in *incident) []escalates {
	var all []escalates
	add := func(one escalates) {
		if !slices.ContainsFunc(all, func(other escalates) bool { return other.policy == one.policy }) {
			all = append(all, one)
		}
	}
	if in.Kind == model.IncidentPage {
		return nil // somebody said whom to page
	}
	if in.storm != nil {
		for _, part := range s.incidents.partsOf(in) {
			for _, one := range s.policiesOf(part) {
				add(one)
			}
		}
		return all
	}
	about := s.about(in)
	for _, place := range s.routing.Matching(in.unabridged(), about) {
		if route := &s.routing.Routes[place]; route.Escalate != "" {
			add(escalates{route.Escalate, cmp.Or(about.Hours, route.Hours, s.routing.Hours)})
		}
	}
	return all
}

// policy is how an escalation goes; nil when that is no longer configured.
func (s *state) escalationPolicy(e *model.Escalation) *escalation.Policy {
	if e.Policy == "" {
		if who, ok := model.ParsePageTarget(e.Who); ok {
			p := escalation.Direct(who)
			return &p
		}
		return nil
	}
	at := slices.IndexFunc(s.routing.Policies, func(p escalation.Policy) bool { return p.Name == e.Policy })
	if at < 0 {
		return nil
	}
	return &s.routing.Policies[at]
}

// factsOf is what is known of the incident of an escalation.
func (t *transaction) factsOf(e *model.Escalation, in *incident) escalation.Facts {
	if in == nil || !in.Open() {
		return escalation.Facts{Over: true}
	}
	var f escalation.Facts
	if t.inHand(in, model.Scope{}) {
		last := in.Acks[len(in.Acks)-1]
		if f.Taken = &(escalation.Taken{By: last.Name, User: last.User, At: last.At}); last.Scope.Limited {
			f.Taken.User = 0 // they see a part of it: alone they are asked nothing
		}
	}
	if f.Taken == nil {
		f.Taken = t.takenAtSource(e, in)
	}
	hold := func(until time.Time) { f.Deferred, f.DeferredUntil = true, until }
	begun := e.State == model.EscalationPaging || e.State == model.EscalationExhausted
	until := t.mutedForPaging(in)
	switch {
	case in.Condition().Works():
		f.Deferred, f.Resting = true, true
	case !until.IsZero():
		hold(until)
	case t.deferred.first != nil:
		hold(t.at.Add(time.Second))
	case in.group != nil && in.group.waits(t.at):
		hold(in.OpenedAt.Add(EventGroupWait))
	case in.group != nil && !in.group.worthNotifying(t, model.Scope{}):
		f.Deferred, f.Resting = true, true
	case in.storm != nil && !t.hasSubjects(in, model.Scope{}):
		f.Deferred, f.Resting = true, true // what is left of it is another incident's by now
	case !begun && e.Policy != "":
		if opens := t.opensFor(e, in); opens.After(t.at) {
			hold(opens)
		}
	}
	return f
}

// takenAtSource is who has an event group in hand at its sources: every event of it that is open is acknowledged there. nil: nobody has.
func (t *transaction) takenAtSource(e *model.Escalation, in *incident) *escalation.Taken {
	g := in.EventGroup
	if g == nil || g.Open == 0 || g.Acked < g.Open || len(g.Acks) == 0 {
		return nil
	}
	by := &escalation.Taken{By: cmp.Or(g.Acks[0].Who, g.Acks[0].Source), At: t.at, Open: true}
	if e.State == model.EscalationAcked && e.AckedBy == by.By {
		by.At = e.AckedAt
	}
	return by
}

// mutedForPaging is until when an incident is muted wherever it is shown; where it is shown nowhere, for everybody. Zero: it is not.
func (s *state) mutedForPaging(in *incident) time.Time {
	if len(in.cards) > 0 {
		return s.mutedEverywhere(in)
	}
	until, _ := s.mutedFor(in, model.Destination{}, model.Scope{})
	return until
}

// opensFor is when the active hours of the route begin by which people are paged.
func (t *transaction) opensFor(e *model.Escalation, in *incident) time.Time {
	if t.routing.bypasses(in.Severity) {
		return t.at
	}
	for _, by := range t.policiesOf(in) {
		if by.policy == e.Policy {
			return by.hours.NextOpen(t.at)
		}
	}
	return t.at
}

// advances bounds how often an escalation is moved on in one transaction: each way that fails at once has the next one begin.
const advances = 100

// advance moves an escalation on; before is what somebody does to it first, nil: nothing.
func (t *transaction) advance(e *model.Escalation, before func(m *escalation.Machine)) {
	for range advances {
		in := t.incidents.byID[e.Incident]
		m := &escalation.Machine{E: e, Policy: t.escalationPolicy(e), People: t.paging.directory, At: t.at}
		if before != nil {
			before(m)
			before = nil
		}
		out, wake := m.Advance(t.factsOf(e, in))
		t.paging.wakes[e.ID] = wake
		again := t.carryOut(e, in, m, &out)
		if out.Changed || again {
			t.keepEscalation(e)
		}
		if out.Changed && in != nil && in.Open() {
			t.showEscalation(in)
		}
		if !again {
			return
		}
	}
}

// showEscalation has the cards of an incident say who is paged.
func (t *transaction) showEscalation(in *incident) {
	if _, touched := t.touched[in]; !touched {
		t.order = append(t.order, in)
	}
	t.touch(in, touch{edited: true})
}

// carryOut does what the machine says; true: there is more to do, since a page could not be written, or what held lapsed.
func (t *transaction) carryOut(e *model.Escalation, in *incident, m *escalation.Machine, out *escalation.Outcome) (again bool) {
	for _, page := range out.Stop {
		t.pending.stopPage(model.PageQueue(e.ID, page))
	}
	if in == nil {
		return false
	}
	if out.Lapsed {
		in.Acks, again = nil, true
		t.store(in)
		t.showEscalation(in)
	}
	for _, page := range out.Close {
		t.closePage(e, in, page)
	}
	for _, page := range out.Write {
		if why := t.writePage(e, in, page); why != "" {
			m.Unreachable(page, why)
			again = true
		}
	}
	if out.Exhausted {
		t.sayExhausted(in)
	}
	return again
}

func pageOf(e *model.Escalation, id int) *model.Page {
	at := slices.IndexFunc(e.Pages, func(p model.Page) bool { return p.ID == id })
	if at < 0 {
		return nil
	}
	return &e.Pages[at]
}

// writePage writes a page to the outbox; why not, if that is impossible.
func (t *transaction) writePage(e *model.Escalation, in *incident, id int) (why string) {
	p := pageOf(e, id)
	at, why := t.reach(e, in, p)
	if why != "" {
		return why
	}
	p.To = at.To
	info := model.PageInfo{
		Escalation: e.ID, Page: p.ID, Person: p.Person, User: at.User, Way: p.Way, Round: p.Round, Language: at.Language, Ask: p.Ask,
	}
	if t.at.Sub(p.Due) >= escalation.LateAfter {
		info.Late = p.Due
	}
	if info.Next, info.NextAt = escalation.Upcoming(e, t.escalationPolicy(e), t.paging.directory, t.at); p.Ask {
		info.Next, info.NextAt = nil, e.NextAt
	}
	t.write(model.Notification{
		Kind: model.NotifyPage, Incident: in.ID, To: at.To, Severity: model.SeverityCritical,
		Snapshot: model.Snapshot{Incident: t.snapshot(in, at.To, model.Scope{}), Page: &info},
	})
	return ""
}

// reach is where a page goes. Nobody is paged where it would be read by others than those who see everything.
func (t *transaction) reach(e *model.Escalation, in *incident, p *model.Page) (at Reached, why string) {
	if at, why = t.directory(e, p); why != "" {
		return at, why
	}
	if p.Way == model.WayMention {
		group, found := t.groupOf(in)
		if !found {
			return at, model.PageNoGroup
		}
		at.To = group
	}
	if scope, _ := t.routing.scope(at.To); scope.Limited {
		return at, model.PageNoRights
	}
	return at, ""
}

// directory is where a person is reached. Whoever acknowledged may be none of those who can be paged.
func (t *transaction) directory(e *model.Escalation, p *model.Page) (at Reached, why string) {
	if !p.Ask {
		return t.paging.directory.Reach(p.Person, p.Way)
	}
	at.User = e.AckUser
	if p.Way == model.WayDM {
		at.To = model.Destination{Channel: telegramChannel, Chat: model.ChatID(e.AckUser)}
	}
	return at, ""
}

// groupOf is the first group that shows an incident, and whose members see everything.
func (t *transaction) groupOf(in *incident) (model.Destination, bool) {
	for _, card := range in.cards {
		if scope, known := t.routing.scope(card.To); known && !scope.Limited && card.To.Channel == telegramChannel && card.To.Chat < 0 {
			return card.To, true
		}
	}
	return model.Destination{}, false
}

// closePage has the message of a page say how it went on.
func (t *transaction) closePage(e *model.Escalation, in *incident, id int) {
	p := pageOf(e, id)
	at, _ := t.directory(e, p)
	info := model.PageInfo{
		Escalation: e.ID, Page: p.ID, Person: p.Person, User: at.User, Way: p.Way, Language: at.Language, Ask: p.Ask, Message: p.Shown, Several: p.Several,
	}
	t.write(model.Notification{
		Kind: model.NotifyPageOver, Incident: in.ID, To: p.To, Severity: model.SeverityInfo, Silent: true,
		Snapshot: model.Snapshot{Incident: t.snapshot(in, p.To, model.Scope{}), Page: &info, Open: t.shownTogether(p)},
	})
}

// shownTogether are the incidents that the message of a page still asks for, if it is one of many.
func (t *transaction) shownTogether(p *model.Page) (all []model.Incident) {
	if p.Several == 0 {
		return nil
	}
	shown := func(o model.Page) bool { return o.Shown == p.Shown && o.To == p.To && o.Several > 0 && !o.Closed }
	listed := map[model.IncidentID]bool{}
	for _, id := range slices.Sorted(maps.Keys(t.paging.live)) {
		e := t.paging.live[id]
		in := t.incidents.byID[e.Incident]
		if in == nil || !in.Open() || listed[in.ID] || !slices.ContainsFunc(e.Pages, shown) {
			continue
		}
		listed[in.ID] = true
		all = append(all, *t.snapshot(in, p.To, model.Scope{}))
	}
	return all
}

// sayExhausted says loudly, wherever the incident is shown, that nobody answered. One that is shown nowhere is said wherever anything is.
func (t *transaction) sayExhausted(in *incident) {
	var where []model.Destination
	for _, card := range in.cards {
		if _, known := t.routing.scope(card.To); known {
			where = append(where, card.To)
		}
	}
	if len(where) == 0 {
		for _, target := range t.routing.everywhere() {
			if !target.Scope.Limited {
				where = append(where, target.To)
			}
		}
	}
	for _, to := range where {
		scope, _ := t.routing.scope(to)
		t.write(model.Notification{
			Kind: model.NotifyReminder, Incident: in.ID, To: to, Severity: model.SeverityCritical,
			Snapshot: model.Snapshot{Incident: t.snapshot(in, to, scope)},
		})
	}
}

// forgetEscalations forgets those that ended in this transaction, but for what is still on its way.
func (t *transaction) forgetEscalations() {
	ps := &t.paging
	maps.DeleteFunc(ps.late, func(_ model.EscalationID, l endedEscalation) bool { return !t.at.Before(l.until) })
	for id, e := range ps.live {
		if e.State != model.EscalationEnded {
			continue
		}
		if in := t.incidents.byID[e.Incident]; in != nil && slices.ContainsFunc(e.Pages, mayBeUnderWay) {
			ps.late[id] = endedEscalation{e, in, t.at.Add(underWay)}
		}
		delete(ps.live, id)
		delete(ps.wakes, id)
	}
}

// migrate gives chats their new ids.
func (ps *paging) migrate(moved map[model.ChatID]model.ChatID) {
	for _, e := range ps.live {
		*e = movedEscalation(*e, moved)
	}
}

// movedEscalation is an escalation with the chats' new ids.
func movedEscalation(e model.Escalation, moved map[model.ChatID]model.ChatID) model.Escalation {
	e.Pages = slices.Clone(e.Pages)
	for i := range e.Pages {
		move(&e.Pages[i].To.Chat, moved)
	}
	return e
}
