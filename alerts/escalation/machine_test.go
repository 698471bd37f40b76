package escalation_test

import (
	"slices"
	"testing"
	"time"

	"opsbot/alerts/escalation"
	"opsbot/model"
)

// crew is who is on call, and how they are reached.
type crew struct {
	onCall  map[string][]string // by schedule
	rules   map[string][]model.PageRule
	changes time.Time
}

func (c *crew) Meant(t model.PageTarget, _ time.Time) ([]string, time.Time) {
	if t.Kind == model.PagePerson {
		return []string{t.Name}, time.Time{}
	}
	return c.onCall[t.Name], c.changes
}

func (c *crew) Rules(name string) []model.PageRule { return c.rules[name] }

// bench is one escalation under test.
type bench struct {
	t      *testing.T
	e      model.Escalation
	policy escalation.Policy
	crew   *crew
	now    time.Time
	facts  escalation.Facts
	wake   time.Time
	loud   int // how often exhaustion was said
	lapses int
}

func target(text string) model.PageTarget {
	t, _ := model.ParsePageTarget(text)
	return t
}

func step(wait time.Duration, to ...string) escalation.Step {
	s := escalation.Step{Wait: wait}
	for _, text := range to {
		s.To = append(s.To, target(text))
	}
	return s
}

func newBench(t *testing.T, policy escalation.Policy) *bench {
	t.Helper()
	dm := []model.PageRule{{Way: "dm"}}
	return &bench{
		t: t, policy: policy, now: time.Date(2026, 12, 7, 2, 0, 0, 0, time.UTC), e: model.Escalation{ID: 1, Incident: 1, State: model.EscalationWaiting},
		crew: &crew{
			onCall: map[string][]string{"primary": {"anna"}, "secondary": {"boris"}},
			rules:  map[string][]model.PageRule{"anna": dm, "boris": dm, "vera": dm},
		},
	}
}

// do moves the escalation on and returns who was paged, in which way.
func (b *bench) do(before func(m *escalation.Machine)) (paged []string) {
	b.t.Helper()
	m := &escalation.Machine{E: &b.e, Policy: &b.policy, People: b.crew, At: b.now}
	if before != nil {
		before(m)
	}
	out, wake := m.Advance(b.facts)
	if b.wake = wake; out.Exhausted {
		b.loud++
	}
	if out.Lapsed {
		b.lapses++
		b.facts.Taken = nil
	}
	for _, id := range out.Write {
		p := b.page(id)
		paged = append(paged, p.Person+" "+p.Way)
	}
	if out.Lapsed {
		paged = append(paged, b.do(nil)...)
	}
	return paged
}

func (b *bench) page(id int) *model.Page {
	return &b.e.Pages[slices.IndexFunc(b.e.Pages, func(p model.Page) bool { return p.ID == id })]
}

// after lets time pass until it wakes the escalation, at most so long, and returns who was paged.
func (b *bench) after(d time.Duration) (paged []string) {
	b.t.Helper()
	end := b.now.Add(d)
	for !b.wake.IsZero() && !b.wake.After(end) {
		b.now = b.wake
		paged = append(paged, b.do(nil)...)
	}
	b.now = end
	return paged
}

func (b *bench) want(got []string, want ...string) {
	b.t.Helper()
	if !slices.Equal(got, want) {
		b.t.Errorf("paged %q, want %q; %+v", got, want, b.e)
	}
}

// result is what became of the last page of somebody in a way.
func (b *bench) result(person, way string, r model.PageResult) []string {
	b.t.Helper()
	for i := len(b.e.Pages) - 1; i >= 0; i-- {
		if p := b.e.Pages[i]; p.Person == person && p.Way == way {
			r.Page = p.ID
			return b.do(func(m *escalation.Machine) { m.Result(&r) })
		}
	}
	b.t.Fatalf("%s was not paged by %s: %+v", person, way, b.e.Pages)
	return nil
}

// prod is two steps, and one more round.
func prod() escalation.Policy {
	return escalation.Policy{Name: "prod", Repeat: 1, Steps: []escalation.Step{
		step(5*time.Minute, "schedule:primary"), step(10*time.Minute, "schedule:secondary", "schedule:primary"),
	}}
}

func TestStepsAndRounds(t *testing.T) {
	b := newBench(t, prod())
	b.want(b.do(nil), "anna dm")
	b.want(b.after(4 * time.Minute))
	b.want(b.after(time.Minute), "boris dm") // anna was paged in this round
	b.want(b.after(9 * time.Minute))
	b.want(b.after(time.Minute), "anna dm")
	b.want(b.after(5*time.Minute), "boris dm")
	b.want(b.after(10 * time.Minute))
	if b.e.State != model.EscalationExhausted || b.loud != 1 {
		t.Errorf("after all rounds it is %s, said %d times", b.e.State, b.loud)
	}
	b.want(b.after(3 * time.Hour))
	if b.loud != 4 {
		t.Errorf("that nobody answered was said %d times in three hours more", b.loud-1)
	}
}

func TestNobodyIsSkippedInSilence(t *testing.T) {
	b := newBench(t, prod())
	b.crew.onCall["primary"] = nil
	b.want(b.do(nil), "boris dm") // the first step has nobody
	b.crew.onCall["secondary"] = nil
	b = newBench(t, prod())
	b.crew.onCall = nil
	b.want(b.do(nil))
	if b.e.State != model.EscalationExhausted || b.loud != 1 {
		t.Errorf("with nobody at all it is %s, said %d times", b.e.State, b.loud)
	}
	b.crew.onCall = map[string][]string{"primary": {"vera"}} // somebody takes over
	b.want(b.do(nil), "vera dm")
}

func TestAnAnswerEndsIt(t *testing.T) {
	b := newBench(t, prod())
	b.crew.rules["anna"] = []model.PageRule{{Way: "dm"}, {After: 2 * time.Minute, Way: "gateway:voice"}}
	b.do(nil)
	b.result("anna", "dm", model.PageResult{Sent: true, Message: 7})
	b.facts.Taken = &escalation.Taken{By: "anna", At: b.now}
	m := &escalation.Machine{E: &b.e, Policy: &b.policy, People: b.crew, At: b.now}
	out, wake := m.Advance(b.facts)
	if !slices.Equal(out.Close, []int{1}) || !wake.IsZero() || b.e.State != model.EscalationAcked {
		t.Errorf("an answer gives %+v, wakes at %s", out, wake)
	}
	b.want(b.after(2 * time.Hour))
	// Something joins that nobody has: everybody is paged anew.
	b.facts.Taken = nil
	b.want(b.do(nil), "anna dm")
	if b.e.Turn != 2 {
		t.Errorf("it is turn %d", b.e.Turn)
	}
}

// A page that was on its way when somebody answered arrives, and says at once that it is over.
func TestAPageOnItsWay(t *testing.T) {
	b := newBench(t, prod())
	b.do(nil)
	b.facts.Taken = &escalation.Taken{By: "boris", At: b.now}
	m := &escalation.Machine{E: &b.e, Policy: &b.policy, People: b.crew, At: b.now}
	if out, _ := m.Advance(b.facts); !slices.Equal(out.Stop, []int{1}) {
		t.Fatalf("an answer leaves the page in the outbox: %+v", out)
	}
	m = &escalation.Machine{E: &b.e, Policy: &b.policy, People: b.crew, At: b.now}
	m.Result(&model.PageResult{Page: 1, Sent: true, Message: 9})
	if out, _ := m.Advance(b.facts); !slices.Equal(out.Close, []int{1}) {
		t.Errorf("what arrived late is not closed: %+v", out)
	}
}

func TestAFailedWayStartsTheNext(t *testing.T) {
	b := newBench(t, prod())
	b.crew.rules["anna"] = []model.PageRule{{Way: "dm"}, {After: 2 * time.Minute, Way: "mention"}, {After: 4 * time.Minute, Way: "gateway:voice"}}
	b.do(nil)
	b.want(b.result("anna", "dm", model.PageResult{Why: "denied"}), "anna mention")
	b.want(b.result("anna", "mention", model.PageResult{Why: "not_sent", Retried: true}), "anna gateway:voice")
	b.want(b.result("anna", "gateway:voice", model.PageResult{Why: "refused"}), "boris dm") // nobody of the step can be reached
	b.want(b.result("boris", "dm", model.PageResult{Why: "denied"}))                        // the next round waits for its time
	b.want(b.after(10*time.Minute), "anna dm")
}

// What is tried again and arrives later counts as sent.
func TestAPageThatArrivesLater(t *testing.T) {
	b := newBench(t, prod())
	b.do(nil)
	b.result("anna", "dm", model.PageResult{Why: "ambiguous", Retried: true})
	if p := b.page(1); p.State != model.PageFailed || !p.Open {
		t.Errorf("a page that is tried again is %+v", p)
	}
	b.result("anna", "dm", model.PageResult{Sent: true, Message: 3})
	if p := b.page(1); p.State != model.PageSent || p.Open {
		t.Errorf("a page that arrived is %+v", p)
	}
}

func TestNotMe(t *testing.T) {
	b := newBench(t, prod())
	b.do(nil)
	b.want(b.do(func(m *escalation.Machine) {
		if !m.Refuse("anna") || m.Refuse("vera") {
			t.Error("who was not paged may not refuse")
		}
	}), "boris dm")
	b.want(b.after(10*time.Minute), "boris dm") // anna is not paged again
}

func TestEscalateNow(t *testing.T) {
	b := newBench(t, prod())
	b.do(nil)
	b.want(b.do(func(m *escalation.Machine) { m.Hurry() }), "boris dm")
	b.want(b.after(5 * time.Minute)) // it has its own time
}

func TestHandoffPagesWhoIsOnCallNow(t *testing.T) {
	b := newBench(t, prod())
	b.crew.changes = b.now.Add(2 * time.Minute)
	b.do(nil)
	b.crew.onCall["primary"] = []string{"vera"}
	b.want(b.after(2*time.Minute), "vera dm")
}

// However late it is, one step begins, and not all that were missed.
func TestLateIsOneStep(t *testing.T) {
	b := newBench(t, prod())
	b.do(nil)
	b.now = b.now.Add(48 * time.Hour)
	b.want(b.do(nil), "boris dm")
	if got := b.e.NextAt.Sub(b.now); got != 10*time.Minute {
		t.Errorf("the step that was missed has %s", got)
	}
}

func TestDeferredAndResting(t *testing.T) {
	b := newBench(t, prod())
	b.facts = escalation.Facts{Deferred: true, DeferredUntil: b.now.Add(time.Hour)}
	b.want(b.do(nil))
	b.facts = escalation.Facts{}
	b.want(b.do(nil), "anna dm")
	b.result("anna", "dm", model.PageResult{Sent: true})
	b.facts = escalation.Facts{Deferred: true, Resting: true} // it works right now
	b.want(b.do(nil))
	b.want(b.after(time.Hour))
	b.facts = escalation.Facts{}
	b.want(b.do(nil)) // it is the same turn: nobody is paged twice because something flaps
	b.want(b.after(5*time.Minute), "boris dm")
	b.facts = escalation.Facts{Deferred: true} // muted
	b.do(nil)
	b.facts = escalation.Facts{}
	b.want(b.do(nil), "anna dm") // after a mute it begins anew
}

func TestAnAcknowledgementLapses(t *testing.T) {
	policy := prod()
	policy.AckFor = 4 * time.Hour
	b := newBench(t, policy)
	b.do(nil)
	b.facts.Taken = &escalation.Taken{By: "anna", User: 42, At: b.now}
	b.do(nil)
	b.want(b.after(3*time.Hour + 44*time.Minute))
	b.want(b.after(time.Minute), "anna dm")
	b.facts.Taken = &escalation.Taken{By: "anna", User: 42, At: b.now.Add(time.Second)} // still on it
	b.want(b.do(nil))
	b.want(b.after(3 * time.Hour))
	b.want(b.after(46*time.Minute), "anna dm")
	b.want(b.after(15*time.Minute), "anna mention", "anna dm") // asked in the group, then no answer: paged again
	if b.lapses != 1 || b.e.State != model.EscalationPaging {
		t.Errorf("it lapsed %d times, and is %s", b.lapses, b.e.State)
	}
}

// A policy that a reload took away ends; one that lost steps goes on.
// TestAQuestionThatArrivesAfterItLapsed: its message says so, though another question is asked by then.
func TestAQuestionThatArrivesAfterItLapsed(t *testing.T) {
	policy := prod()
	policy.AckFor = 20 * time.Minute
	b := newBench(t, policy)
	b.do(nil)
	ack := func(by string) {
		b.facts.Taken = &escalation.Taken{By: by, User: 1, At: b.now}
		b.do(nil)
	}
	ack("anna")
	b.after(15 * time.Minute)
	first := b.e.LastPage
	for b.page(first).Way != model.WayDM || !b.page(first).Ask {
		first--
	}
	b.after(6 * time.Minute) // nobody says so
	if b.lapses != 1 {
		t.Fatalf("it lapsed %d times: %+v", b.lapses, b.e)
	}
	ack("boris")
	b.after(15 * time.Minute)
	b.do(func(m *escalation.Machine) { m.Result(&model.PageResult{Page: first, Sent: true, Message: 7}) })
	if p := b.page(first); !p.Closed {
		t.Errorf("it still asks: %+v", p)
	}
	b.facts.Taken = nil
	b.do(nil)
	b.facts.Taken = &escalation.Taken{By: "anna", User: 1, At: b.now}
	b.do(nil)
}

func TestReloadedPolicy(t *testing.T) {
	b := newBench(t, prod())
	b.do(nil)
	b.after(5 * time.Minute)
	b.policy.Steps = b.policy.Steps[:1]
	b.want(b.after(10*time.Minute), "anna dm")
	m := &escalation.Machine{E: &b.e, People: b.crew, At: b.now}
	if m.Advance(b.facts); b.e.State != model.EscalationEnded {
		t.Errorf("without its policy it is %s", b.e.State)
	}
}
