package checks_test

import (
	"context"
	"fmt"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"opsbot/checks"
	"opsbot/model"
)

type checkFunc func(ctx context.Context) model.Result

func (f checkFunc) Check(ctx context.Context) model.Result { return f(ctx) }

func engine() *checks.Engine { return checks.NewEngine(checks.DefaultLimits(), time.Now) }

func failing() model.Result {
	return model.Result{Status: model.StatusFail, Reason: model.NewReason(model.ReasonRefused)}
}

func TestRunRetriesFailuresOnly(t *testing.T) {
	cases := []struct {
		name    string
		answers []model.Status
		retries int
		want    model.Status
		tries   int
	}{
		{"first try settles it", []model.Status{model.StatusOK}, 2, model.StatusOK, 1},
		{"second try settles it", []model.Status{model.StatusFail, model.StatusOK}, 2, model.StatusOK, 2},
		{"all tries fail", []model.Status{model.StatusFail, model.StatusFail}, 1, model.StatusFail, 2},
		{"no retries", []model.Status{model.StatusFail, model.StatusOK}, 0, model.StatusFail, 1},
		{"unknown is not retried", []model.Status{model.StatusUnknown, model.StatusOK}, 3, model.StatusUnknown, 1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			n := 0
			r := engine().Run(t.Context(), checks.OnDemand, &model.Check{
				ID: "x", Timeout: time.Second, Retries: c.retries,
				Checker: checkFunc(func(context.Context) model.Result { n++; return model.Result{Status: c.answers[n-1]} }),
			})
			if r.Status != c.want || r.Tries != c.tries || r.Check != "x" {
				t.Errorf("%v after %d tries, want %v after %d", r.Status, r.Tries, c.want, c.tries)
			}
		})
	}
}

func TestRunOutlivesAPanic(t *testing.T) {
	r := engine().Run(t.Context(), checks.Scheduled, &model.Check{
		Timeout: time.Second,
		Checker: checkFunc(func(context.Context) model.Result { panic("broken kind") }),
	})
	if r.Status != model.StatusUnknown || r.Reason.Code != model.ReasonPanic || r.Reason.Args["said"] != "broken kind" {
		t.Errorf("got %+v", r)
	}
}

func TestOurOwnStopIsNotTheTargetsFailure(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	r := engine().Run(ctx, checks.Scheduled, &model.Check{
		Timeout: time.Minute,
		Checker: checkFunc(func(ctx context.Context) model.Result { cancel(); <-ctx.Done(); return failing() }),
	})
	if r.Status != model.StatusUnknown || r.Reason.Code != model.ReasonCancelled {
		t.Errorf("got %+v", r)
	}
}

func TestRunAllHandsOverEveryResultOnce(t *testing.T) {
	limits := checks.Limits{Running: 3, Waiting: 5, GiveBack: time.Hour}
	e := checks.NewEngine(limits, time.Now)
	var inside, most atomic.Int32
	var all []*model.Check
	for i := range 200 {
		all = append(all, &model.Check{
			ID: model.CheckID(rune('a' + i)), Timeout: time.Minute,
			Checker: checkFunc(func(context.Context) model.Result {
				n := inside.Add(1)
				defer inside.Add(-1)
				for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
				}
				return model.Result{Status: model.StatusOK}
			}),
		})
	}
	seen := map[model.CheckID]int{}
	e.RunAll(t.Context(), checks.Scheduled, all, func(r model.Result) { seen[r.Check]++ })
	if len(seen) != 200 {
		t.Errorf("%d results, want 200", len(seen))
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("%s came %d times", id, n)
		}
	}
	if got := most.Load(); got > 3 {
		t.Errorf("%d ran at once, limit 3", got)
	}
}

// A hung target must not hold a slot: with one slot and two checks that each wait for the other, both end only if the
// slot is released.
func TestWaitingChecksGiveTheirPlaceBack(t *testing.T) {
	e := checks.NewEngine(checks.Limits{Running: 1, Waiting: 2, GiveBack: time.Millisecond}, time.Now)
	var both sync.WaitGroup
	both.Add(2)
	meet := &model.Check{Timeout: time.Minute, Checker: checkFunc(func(context.Context) model.Result {
		both.Done()
		both.Wait()
		return model.Result{Status: model.StatusOK}
	})}
	n := 0
	e.RunAll(t.Context(), checks.Scheduled, []*model.Check{meet, meet}, func(model.Result) { n++ })
	if n != 2 {
		t.Errorf("%d results, want 2", n)
	}
}

// On-demand checks must run while the schedule uses all slots of its pool.
func TestPoolsDoNotStarveEachOther(t *testing.T) {
	e := checks.NewEngine(checks.Limits{Running: 1, Waiting: 1, GiveBack: time.Hour}, time.Now)
	hold, limited := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		e.Run(t.Context(), checks.Scheduled, &model.Check{Timeout: time.Minute, Checker: checkFunc(func(context.Context) model.Result {
			close(limited)
			<-hold
			return failing()
		})})
	})
	<-limited
	r := e.Run(t.Context(), checks.OnDemand, &model.Check{
		Timeout: time.Second,
		Checker: checkFunc(func(context.Context) model.Result { return model.Result{Status: model.StatusOK} }),
	})
	close(hold)
	wg.Wait()
	if r.Status != model.StatusOK {
		t.Errorf("got %+v", r)
	}
}

func TestTCP(t *testing.T) {
	open, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer open.Close()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closedAddr := closed.Addr().String()
	closed.Close()

	for _, c := range []struct {
		address string
		status  model.Status
		code    model.ReasonCode
	}{
		{open.Addr().String(), model.StatusOK, ""},
		{closedAddr, model.StatusFail, model.ReasonRefused},
	} {
		o := checks.TCPOptions{Address: c.address}
		if wrong := inEnglish(o.Validate()); wrong != nil {
			t.Fatal(wrong)
		}
		r := engine().Run(t.Context(), checks.OnDemand, &model.Check{Timeout: 5 * time.Second, Checker: o.Checker()})
		if r.Status != c.status || r.Reason.Code != c.code || r.Address != c.address {
			t.Errorf("%s: %+v", c.address, r)
		}
	}
}

func TestOptionsSayWhatIsWrong(t *testing.T) {
	cases := []struct {
		options checks.Options
		want    string
	}{
		{&checks.TCPOptions{}, `address is missing: write it like "10.0.0.9:5432"`},
		{&checks.TCPOptions{Address: "10.0.0.9"}, `address "10.0.0.9" is not host:port`},
		{&checks.TCPOptions{Address: "10.0.0.9:99999"}, `address "10.0.0.9:99999": port "99999" is not a number from 1 to 65535`},
		{&checks.WebOptions{}, `url is missing: write it like "https://www.example.com/health"`},
		{&checks.WebOptions{URL: "ftp://x/"}, `url "ftp://x/" is not an http:// or https:// address`},
		{&checks.WebOptions{URL: "http://x/", Method: "get it"}, `method "get it" is not an HTTP method: write it in capitals, like "GET"`},
		{&checks.WebOptions{URL: "http://x/", Address: "x"}, `address "x" is not host:port`},
	}
	for _, c := range cases {
		wrong := inEnglish(c.options.Validate())
		if len(wrong) != 1 || wrong[0] != c.want {
			t.Errorf("%+v: %q, want %q", c.options, wrong, c.want)
		}
	}
}

func TestKinds(t *testing.T) {
	kinds := checks.AllKinds(checks.Deps{})
	for _, name := range kinds.Names() {
		o, ok := kinds.New(name)
		if _, is := o.(checks.Options); !ok || !is {
			t.Errorf("kind %q gives %T", name, o)
		}
	}
	if _, ok := kinds.New("telepathy"); ok {
		t.Error("an unknown kind was found")
	}
}

// What hung the last time begins first: with one slot, the order of beginning shows.
func TestSlowChecksBeginFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := checks.NewEngine(checks.Limits{Running: 1, Waiting: 100, GiveBack: time.Hour}, time.Now)
		var begun []model.CheckID
		hangs := map[model.CheckID]bool{"c": true, "e": true}
		var all []*model.Check
		for _, id := range []model.CheckID{"a", "b", "c", "d", "e"} {
			all = append(all, &model.Check{ID: id, Timeout: 2 * time.Second, Checker: checkFunc(func(ctx context.Context) model.Result {
				begun = append(begun, id)
				if hangs[id] {
					<-ctx.Done()
				}
				return model.Result{Status: model.StatusOK}
			})})
		}
		for _, want := range []string{"[a b c d e]", "[c e a b d]", "[e a b c d]"} {
			begun = nil
			e.RunAll(t.Context(), checks.Scheduled, all, func(model.Result) {})
			if got := fmt.Sprint(begun); got != want {
				t.Errorf("began in the order %s, want %s", got, want)
			}
			delete(hangs, "c") // it is ok from the second time on
		}
	})
}

// If more hang than may begin first, the others do not wait for all of them.
func TestSlowChecksDoNotCrowdOutTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := checks.NewEngine(checks.Limits{Running: 1, Waiting: 8, GiveBack: time.Hour}, time.Now)
		var begun []model.CheckID
		var all []*model.Check
		for _, id := range []model.CheckID{"well", "a", "b", "c", "d", "e"} {
			all = append(all, &model.Check{ID: id, Timeout: 2 * time.Second, Checker: checkFunc(func(ctx context.Context) model.Result {
				begun = append(begun, id)
				if id != "well" {
					<-ctx.Done()
				}
				return failing()
			})})
		}
		for range 3 {
			begun = nil
			e.RunAll(t.Context(), checks.Scheduled, all, func(model.Result) {})
			if at := slices.Index(begun, "well"); at > 2 {
				t.Errorf("%d that hang began before one that is well: %v", at, begun)
			}
		}
	})
}
