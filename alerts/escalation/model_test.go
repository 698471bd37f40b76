package escalation_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"opsbot/alerts/escalation"
	"opsbot/model"
)

// trial is one escalation with everything that can happen to it, and an outbox. Its methods are the actions; check holds the never-table.
type trial struct {
	e      model.Escalation
	policy escalation.Policy
	crew   crew
	now    time.Time
	facts  escalation.Facts
	wake   time.Time

	outbox map[int]bool // pages that wait there
	begun  map[int]bool // pages that a channel has in its hands
	sent   map[int]int  // how often a page arrived
	closed map[int]bool // pages whose messages say how it went on
	key    map[string]int
	acks   int
	loud   time.Time // when exhaustion was said last
}

func newTrial(r *rapid.T) *trial {
	names := []string{"anna", "boris", "vera"}
	t := &trial{
		now: time.Date(2026, 12, 7, 2, 0, 0, 0, time.UTC), e: model.Escalation{ID: 1, Incident: 1, State: model.EscalationWaiting},
		crew:   crew{onCall: map[string][]string{}, rules: map[string][]model.PageRule{}},
		outbox: map[int]bool{}, begun: map[int]bool{}, sent: map[int]int{}, closed: map[int]bool{}, key: map[string]int{},
	}
	for _, name := range names {
		for _, way := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"dm", "mention", "gateway:voice"}), 0, 3, rapid.ID[string]).Draw(r, name) {
			after := time.Duration(rapid.IntRange(0, 8).Draw(r, "after")) * time.Minute
			t.crew.rules[name] = append(t.crew.rules[name], model.PageRule{After: after, Way: way})
		}
	}
	t.handoff(r)
	t.policy = escalation.Policy{Name: "prod", Repeat: rapid.IntRange(0, 3).Draw(r, "repeat"), AckFor: rapid.SampledFrom([]time.Duration{0, 20 * time.Minute, 4 * time.Hour}).Draw(r, "ack for")}
	for range rapid.IntRange(1, 4).Draw(r, "steps") {
		to := rapid.SliceOfN(rapid.SampledFrom([]string{"schedule:primary", "schedule:secondary", "person:anna", "person:vera", "chat:ops"}), 1, 3).Draw(r, "to")
		t.policy.Steps = append(t.policy.Steps, step(time.Duration(rapid.IntRange(1, 10).Draw(r, "wait"))*time.Minute, to...))
	}
	return t
}

func (t *trial) handoff(r *rapid.T) {
	for _, schedule := range []string{"primary", "secondary"} {
		t.crew.onCall[schedule] = rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"anna", "boris", "vera"}), 0, 2, rapid.ID[string]).Draw(r, schedule)
	}
}

// advance moves it on and does what it says, as package alerts does.
func (t *trial) advance(r *rapid.T, before func(m *escalation.Machine)) {
	for range 100 {
		was := t.e.State
		m := &escalation.Machine{E: &t.e, Policy: &t.policy, People: &t.crew, At: t.now}
		if before != nil {
			before(m)
			before = nil
		}
		out, wake := m.Advance(t.facts)
		t.wake = wake
		for _, id := range out.Stop {
			if p := t.page(id); p != nil && !p.Ask {
				t.key[keyOf(p)]-- // it is taken back, or on its way
			}
			delete(t.outbox, id)
		}
		for _, id := range out.Close {
			p := t.page(id)
			if p == nil || p.Shown != id || t.closed[id] || !p.Ask && paging(&t.e) {
				r.Fatalf("the message of %+v is to say how it went on, while it is %s", p, t.e.State)
			}
			t.closed[id] = true
		}
		again := false
		for _, id := range out.Write {
			p := t.page(id)
			if !p.Ask {
				t.written(r, p)
			}
			if rapid.IntRange(0, 9).Draw(r, "reach") == 0 {
				m.Unreachable(id, model.PageNoWay)
				again = true
				continue
			}
			p.To = model.Destination{Channel: "telegram", Chat: 1}
			t.outbox[id] = true
		}
		if out.Exhausted {
			t.loud = t.now
		} else if t.e.State == model.EscalationExhausted && was != model.EscalationExhausted {
			r.Fatalf("exhausted in silence: %+v", t.e)
		}
		if out.Lapsed {
			t.facts.Taken, again = nil, true
		}
		if !again {
			return
		}
	}
	r.Fatalf("it does not come to rest: %+v", t.e)
}

// written checks a page that is due: nobody is paged twice in one way in a round, nor while nobody is to be.
func (t *trial) written(r *rapid.T, p *model.Page) {
	if t.facts.Over || t.facts.Taken != nil || t.facts.Deferred {
		r.Fatalf("paged %+v with %+v", p, t.facts)
	}
	key := keyOf(p)
	if t.key[key]++; t.key[key] > 1 {
		r.Fatalf("%s was paged twice by %s in one round", p.Person, p.Way)
	}
	if slices.Contains(t.e.Refused, p.Person) {
		r.Fatalf("%s was paged after saying no", p.Person)
	}
}

func keyOf(p *model.Page) string { return fmt.Sprint(p.Person, p.Way, p.Turn, p.Round) }

func (t *trial) page(id int) *model.Page {
	at := slices.IndexFunc(t.e.Pages, func(p model.Page) bool { return p.ID == id })
	if at < 0 {
		return nil
	}
	return &t.e.Pages[at]
}

func paging(e *model.Escalation) bool {
	return e.State == model.EscalationPaging || e.State == model.EscalationExhausted
}

// check holds at any time.
func (t *trial) check(r *rapid.T) {
	e := &t.e
	paging := paging(e)
	for id := range t.outbox {
		if p := t.page(id); p == nil || !p.Open || !paging && !p.Ask {
			r.Fatalf("page %d %+v waits in the outbox while it is %s", id, p, e.State)
		}
	}
	for i := range e.Pages {
		p := &e.Pages[i]
		if p.Open && !t.outbox[p.ID] && !t.begun[p.ID] {
			r.Fatalf("page %+v counts as written and is not in the outbox", p)
		}
		if p.State == model.PageDue && !paging && !p.Ask {
			r.Fatalf("page %+v is still to come while it is %s", p, e.State)
		}
		if p.Shown != 0 && !paging && !p.Ask && !t.closed[p.ID] {
			r.Fatalf("the message of %+v still asks, while it is %s", p, e.State)
		}
		if p.Ask && p.Shown != 0 && !t.closed[p.ID] && (e.State != model.EscalationAcked || e.AskedAt.IsZero() || p.Due.Before(e.AskedAt)) {
			r.Fatalf("the message of %+v still asks, while it is %s, asked at %s", p, e.State, e.AskedAt)
		}
		if i > 0 && e.Pages[i-1].ID >= p.ID {
			r.Fatalf("pages are out of order: %+v", e.Pages)
		}
	}
	switch {
	case t.facts.Over && e.State != model.EscalationEnded, !t.facts.Over && e.State == model.EscalationEnded:
		r.Fatalf("it is %s with %+v", e.State, t.facts)
	case t.facts.Over:
	case t.facts.Taken != nil && e.State != model.EscalationAcked:
		r.Fatalf("it is %s although somebody has it", e.State)
	case t.facts.Taken == nil && !t.facts.Deferred && !paging:
		r.Fatalf("nobody has it, and it is %s", e.State)
	case paging && t.wake.IsZero():
		r.Fatalf("it is %s, and nothing wakes it: silence", e.State)
	case e.State == model.EscalationExhausted && t.now.Sub(t.loud) > escalation.Again+time.Minute:
		r.Fatalf("nobody has answered, and that was last said %s ago", t.now.Sub(t.loud))
	}
	if e.State == model.EscalationPaging && !slices.ContainsFunc(e.Pages, func(p model.Page) bool { return p.Turn == e.Turn && p.Round == e.Round }) {
		r.Fatalf("it is paging, and nobody was paged in round %d: %+v", e.Round, e.Pages)
	}
}

// TestWhateverHappens is the table of what must never happen, against everything that can.
func TestWhateverHappens(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		x := newTrial(r)
		x.advance(r, nil)
		waiting := func(r *rapid.T, among map[int]bool) int {
			if len(among) == 0 {
				r.Skip("none")
			}
			return rapid.SampledFrom(slices.Sorted(maps.Keys(among))).Draw(r, "page")
		}
		r.Repeat(map[string]func(*rapid.T){
			"time passes": func(r *rapid.T) {
				if x.wake.IsZero() {
					r.Skip("nothing to come")
				}
				x.now = x.wake
				x.advance(r, nil)
			},
			"much later": func(r *rapid.T) { // a restart after long: at most one step
				before := x.e
				x.now = x.now.Add(time.Duration(rapid.IntRange(1, 100).Draw(r, "hours")) * time.Hour)
				x.loud = x.now
				x.advance(r, nil)
				if before.State == model.EscalationPaging && x.e.State == model.EscalationPaging && x.e.Turn == before.Turn && x.e.Round > before.Round+1 {
					r.Fatalf("from round %d to round %d in one step", before.Round, x.e.Round)
				}
			},
			"a channel begins": func(r *rapid.T) {
				id := waiting(r, x.outbox)
				delete(x.outbox, id)
				x.begun[id] = true
			},
			"it is sent": func(r *rapid.T) {
				id := waiting(r, x.begun)
				delete(x.begun, id)
				several := rapid.SampledFrom([]int{0, 2, 9}).Draw(r, "several")
				if x.sent[id]++; x.page(id) != nil {
					x.advance(r, func(m *escalation.Machine) {
						m.Result(&model.PageResult{Page: id, Sent: true, Message: id, Several: several})
					})
				}
			},
			"it fails": func(r *rapid.T) {
				id := waiting(r, x.begun)
				delete(x.begun, id)
				again := rapid.Bool().Draw(r, "again")
				if p := x.page(id); p != nil {
					if again = again && p.Open; again {
						x.outbox[id] = true
					}
					x.advance(r, func(m *escalation.Machine) { m.Result(&model.PageResult{Page: id, Why: "denied", Retried: again}) })
				}
			},
			"ack": func(r *rapid.T) {
				x.acks++
				x.facts.Taken = &escalation.Taken{By: "anna", User: model.UserID(rapid.IntRange(0, 1).Draw(r, "user")), At: x.now}
				x.advance(r, nil)
			},
			"unack": func(r *rapid.T) {
				x.facts.Taken = nil
				x.advance(r, nil)
			},
			"hold": func(r *rapid.T) {
				x.facts.Deferred, x.facts.Resting = true, rapid.Bool().Draw(r, "resting")
				x.advance(r, nil)
			},
			"release": func(r *rapid.T) {
				x.facts.Deferred, x.facts.Resting = false, false
				x.advance(r, nil)
			},
			"handoff": func(r *rapid.T) {
				x.handoff(r)
				x.advance(r, nil)
			},
			"not me": func(r *rapid.T) {
				who := rapid.SampledFrom([]string{"anna", "boris", "vera"}).Draw(r, "who")
				x.advance(r, func(m *escalation.Machine) { m.Refuse(who) })
			},
			"escalate now": func(r *rapid.T) { x.advance(r, func(m *escalation.Machine) { m.Hurry() }) },
			"end": func(r *rapid.T) {
				if rapid.IntRange(0, 9).Draw(r, "rare") > 0 {
					r.Skip("not now")
				}
				x.facts.Over = true
				x.advance(r, nil)
			},
			"": x.check,
		})
	})
}
