package ops_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/ops"
)

type answer struct {
	test *model.WebTest
	err  error
}

// sweep runs everything and delivers the answer.
func (b *bench) sweep(ctx context.Context, who model.Actor, progress func(ops.WebTestProgress)) <-chan answer {
	out := make(chan answer, 1)
	go func() {
		test, err := b.actions.WebTest(ctx, who, ops.WebTestRequest{Words: []string{"all"}, Progress: progress})
		out <- answer{test, err}
	}()
	return out
}

func receive[T any](b *bench, c <-chan T) T {
	b.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(10 * time.Second):
		b.Fatal("nothing came")
		panic("unreachable")
	}
}

// TestWhoAsksMeanwhileJoins: five who request the same run share it, and receive its progress once they have joined.
func TestWhoAsksMeanwhileJoins(t *testing.T) {
	b := newBench(t)
	b.hold = make(chan struct{})
	first := b.sweep(t.Context(), actor(model.RoleOperator), nil)
	receive(b, b.began)
	var asked sync.WaitGroup
	var rest []<-chan answer
	var mu sync.Mutex
	received := map[int]int{}
	for i := range 5 {
		asked.Add(1)
		joining := sync.OnceFunc(asked.Done)
		ctx := onDone{t.Context(), joining}
		rest = append(rest, b.sweep(ctx, actor(model.RoleAdmin), func(p ops.WebTestProgress) {
			mu.Lock()
			defer mu.Unlock()
			received[i] = p.Done
		}))
	}
	asked.Wait() // all five wait for the run
	close(b.hold)
	whole := receive(b, first)
	if whole.err != nil || !whole.test.All || whole.test.Total() != 4 {
		t.Fatalf("the first got %+v, %v", whole.test, whole.err)
	}
	for i, c := range rest {
		if a := receive(b, c); a.err != nil || a.test != whole.test {
			t.Errorf("number %d got another result: %v", i, a.err)
		}
		if received[i] != 4 {
			t.Errorf("number %d heard of %d done", i, received[i])
		}
	}
	if b.runs != 1 || len(b.audit) != 6 {
		t.Errorf("%d runs, %d lines of audit for six who asked", b.runs, len(b.audit))
	}
}

// onDone signals when somebody begins to wait for a context: in a sweep that is after having joined.
type onDone struct {
	context.Context
	waits func()
}

func (c onDone) Done() <-chan struct{} {
	c.waits()
	return c.Context.Done()
}

// One who leaves does not cancel the run for the others; when the last one leaves it ends, and nobody joins the rest of
// it.
func TestRunEndsWithTheLastWhoWaits(t *testing.T) {
	b := newBench(t)
	b.hold = make(chan struct{})
	ctx1, leave1 := context.WithCancel(t.Context())
	ctx2, leave2 := context.WithCancel(t.Context())
	waits := make(chan struct{})
	first := b.sweep(ctx1, actor(model.RoleOperator), nil)
	receive(b, b.began)
	second := b.sweep(onDone{ctx2, sync.OnceFunc(func() { close(waits) })}, actor(model.RoleOperator), nil)
	receive(b, waits)
	leave1()
	if a := receive(b, first); !errors.Is(a.err, context.Canceled) {
		t.Fatalf("who left got %+v", a)
	}
	leave2()
	if a := receive(b, second); !errors.Is(a.err, context.Canceled) {
		t.Fatalf("who left got %+v", a)
	}
	third := b.sweep(t.Context(), actor(model.RoleOperator), nil)
	receive(b, b.began)
	close(b.hold)
	if a := receive(b, third); a.err != nil || a.test.Unknown > 0 || !a.test.All {
		t.Errorf("a later request got the rest of a cancelled run: %+v, %v", a.test, a.err)
	}
}

// People with other scopes never get each other's results.
func TestRunsOfOtherScopesAreNotJoined(t *testing.T) {
	b := newBench(t)
	all, acme := b.sweep(t.Context(), actor(model.RoleOperator), nil), b.sweep(t.Context(), actor(model.RoleOperator, "acme"), nil)
	if a := receive(b, all); a.err != nil || a.test.Total() != 4 {
		t.Errorf("all: %+v, %v", a.test, a.err)
	}
	if a := receive(b, acme); a.err != nil || a.test.Total() != 2 {
		t.Errorf("acme: %+v, %v", a.test, a.err)
	}
}

// Many come and go at once; the race detector and the counts must stay clean.
func TestComingAndGoing(t *testing.T) {
	b := newBench(t)
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			ctx, leave := context.WithCancel(t.Context())
			defer leave()
			c := b.sweep(ctx, actor(model.RoleOperator), func(ops.WebTestProgress) {})
			if i%3 == 0 {
				leave()
			}
			a := receive(b, c)
			if a.err == nil && (a.test.Total() != 4 || a.test.Unknown > 0) {
				t.Errorf("half a result: %+v", a.test)
			}
		})
	}
	wg.Wait()
}

// A run on demand that disagrees with the stored state makes the scheduler recheck, and changes nothing by itself.
func TestNewsAreChecked(t *testing.T) {
	b := newBench(t)
	b.states["acme/store@web2"] = model.CheckState{Phase: model.PhaseDown}
	b.results["main-db"] = model.Result{Status: model.StatusFail}
	_, err := b.actions.CheckNow(t.Context(), actor(model.RoleViewer), []string{"main-db"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.actions.WebTest(t.Context(), actor(model.RoleViewer), ops.WebTestRequest{Words: []string{"acme"}}); err != nil {
		t.Fatal(err)
	}
	if len(b.rechecks) != 2 || b.rechecks[0] != "main-db" || b.rechecks[1] != "acme/store@web2" {
		t.Errorf("rechecked: %v", b.rechecks)
	}
}

// Whatever breaks while everything is tested, everybody who waits gets the error, and the next request works.
func TestABrokenSweepLeavesNobodyWaiting(t *testing.T) {
	b := newBench(t)
	broken := receive(b, b.sweep(t.Context(), actor(model.RoleOperator), func(ops.WebTestProgress) { panic("cannot write") }))
	if broken.test != nil || model.CodeOf(broken.err) != model.ErrInternal {
		t.Errorf("got %+v, %v", broken.test, broken.err)
	}
	again := receive(b, b.sweep(t.Context(), actor(model.RoleOperator), nil))
	if again.err != nil || again.test.Total() != 4 {
		t.Errorf("the next one got %+v, %v", again.test, again.err)
	}
}

// The first line of a test follows the verdicts: one host of two is no client down, and what was not run counts by its
// last state.
func TestVerdictOfAWebTest(t *testing.T) {
	const one, two = "acme/web@h1", "acme/web@h2"
	for _, c := range []struct {
		name   string
		words  []string
		fails  []model.CheckID
		down   model.CheckID // its state before
		want   model.Verdict
		gold   bool
		louder model.Severity
	}{
		{name: "all well", words: []string{"acme"}, want: model.VerdictOK},
		{name: "one of two", words: []string{"acme"}, fails: []model.CheckID{one}, want: model.VerdictAtRisk, louder: model.SeverityWarning},
		{name: "one of two, gold", words: []string{"acme"}, fails: []model.CheckID{one}, gold: true, want: model.VerdictAtRisk, louder: model.SeverityCritical},
		{name: "both", words: []string{"acme"}, fails: []model.CheckID{one, two}, want: model.VerdictDown, louder: model.SeverityCritical},
		{name: "only one host is run", words: []string{"h1"}, fails: []model.CheckID{one}, want: model.VerdictAtRisk, louder: model.SeverityWarning},
		{name: "the other is down", words: []string{"h1"}, fails: []model.CheckID{one}, down: two, want: model.VerdictDown, louder: model.SeverityCritical},
		{name: "it was down and is run", words: []string{"acme"}, down: two, want: model.VerdictOK},
	} {
		b := newBench(t)
		client := model.ServiceKey{Client: "acme", Service: "web"}
		service := model.Service{ServiceKey: client, ErrThreshold: 10}
		if c.gold {
			service.Tier = model.TierGold
		}
		checks := inventory(one, two).Checks()
		b.inv = model.NewInventory([]model.Client{{Name: "acme"}}, []model.Service{service}, []model.Host{{Name: "h1"}, {Name: "h2"}}, checks)
		for _, id := range c.fails {
			b.results[id] = model.Result{Check: id, Status: model.StatusFail}
		}
		b.states[c.down] = model.CheckState{Phase: model.PhaseDown}
		test, err := b.actions.WebTest(t.Context(), actor(model.RoleOperator), ops.WebTestRequest{Words: c.words})
		if err != nil {
			t.Fatal(err)
		}
		if got := test.Clients[0]; got.Verdict != c.want || got.Severity != c.louder {
			t.Errorf("%s: %v, %v; wanted %v, %v", c.name, got.Verdict, got.Severity, c.want, c.louder)
		}
	}
}
