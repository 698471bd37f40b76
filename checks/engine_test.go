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

	"opsbot"
	"opsbot/checks"
)

type checkFunc func(ctx context.Context) opsbot.Result

func (f checkFunc) Check(ctx context.Context) opsbot.Result { return f(ctx) }

func engine() *checks.Engine { return checks.NewEngine(checks.DefaultLimits(), time.Now) }

func failing() opsbot.Result {
	return opsbot.Result{Status: opsbot.StatusFail, Reason: opsbot.NewReason(opsbot.ReasonRefused)}
}

func TestRunRetriesFailuresOnly(t *testing.T) {
	cases := []struct {
		name    string
		answers []opsbot.Status
		retries int
		want    opsbot.Status
		tries   int
	}{
		{"first try settles it", []opsbot.Status{opsbot.StatusOK}, 2, opsbot.StatusOK, 1},
		{"second try settles it", []opsbot.Status{opsbot.StatusFail, opsbot.StatusOK}, 2, opsbot.StatusOK, 2},
		{"all tries fail", []opsbot.Status{opsbot.StatusFail, opsbot.StatusFail}, 1, opsbot.StatusFail, 2},
		{"no retries", []opsbot.Status{opsbot.StatusFail, opsbot.StatusOK}, 0, opsbot.StatusFail, 1},
		{"unknown is not retried", []opsbot.Status{opsbot.StatusUnknown, opsbot.StatusOK}, 3, opsbot.StatusUnknown, 1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			n := 0
			r := engine().Run(t.Context(), checks.OnDemand, &opsbot.Check{
				ID: "x", Timeout: time.Second, Retries: c.retries,
				Checker: checkFunc(func(context.Context) opsbot.Result { n++; return opsbot.Result{Status: c.answers[n-1]} }),
			})
			if r.Status != c.want || r.Tries != c.tries || r.Check != "x" {
				t.Errorf("%v after %d tries, want %v after %d", r.Status, r.Tries, c.want, c.tries)
			}
		})
	}
}

func TestRunOutlivesAPanic(t *testing.T) {
	r := engine().Run(t.Context(), checks.Scheduled, &opsbot.Check{
		Timeout: time.Second,
		Checker: checkFunc(func(context.Context) opsbot.Result { panic("broken kind") }),
	})
	if r.Status != opsbot.StatusUnknown || r.Reason.Code != opsbot.ReasonPanic || r.Reason.Args["said"] != "broken kind" {
		t.Errorf("got %+v", r)
	}
}

func TestOurOwnStopIsNotTheTargetsFailure(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	r := engine().Run(ctx, checks.Scheduled, &opsbot.Check{
		Timeout: time.Minute,
		Checker: checkFunc(func(ctx context.Context) opsbot.Result { cancel(); <-ctx.Done(); return failing() }),
	})
	if r.Status != opsbot.StatusUnknown || r.Reason.Code != opsbot.ReasonCancelled {
		t.Errorf("got %+v", r)
	}
}

func TestRunAllHandsOverEveryResultOnce(t *testing.T) {
	limits := checks.Limits{Running: 3, Waiting: 5, GiveBack: time.Hour}
	e := checks.NewEngine(limits, time.Now)
	var inside, most atomic.Int32
	var all []*opsbot.Check
	for i := range 200 {
		all = append(all, &opsbot.Check{
			ID: opsbot.CheckID(rune('a' + i)), Timeout: time.Minute,
			Checker: checkFunc(func(context.Context) opsbot.Result {
				n := inside.Add(1)
				defer inside.Add(-1)
				for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
				}
				return opsbot.Result{Status: opsbot.StatusOK}
			}),
		})
	}
	seen := map[opsbot.CheckID]int{}
	e.RunAll(t.Context(), checks.Scheduled, all, func(r opsbot.Result) { seen[r.Check]++ })
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

// A hung target must not hold a place: with one place and two checks that each wait for the other, only giving the
// place back lets both end.
func TestWaitingChecksGiveTheirPlaceBack(t *testing.T) {
	e := checks.NewEngine(checks.Limits{Running: 1, Waiting: 2, GiveBack: time.Millisecond}, time.Now)
	var both sync.WaitGroup
	both.Add(2)
	meet := &opsbot.Check{Timeout: time.Minute, Checker: checkFunc(func(context.Context) opsbot.Result {
		both.Done()
		both.Wait()
		return opsbot.Result{Status: opsbot.StatusOK}
	})}
	n := 0
	e.RunAll(t.Context(), checks.Scheduled, []*opsbot.Check{meet, meet}, func(opsbot.Result) { n++ })
	if n != 2 {
		t.Errorf("%d results, want 2", n)
	}
}

// People must get an answer while the schedule has every place of its lane in use.
func TestPoolsDoNotStarveEachOther(t *testing.T) {
	e := checks.NewEngine(checks.Limits{Running: 1, Waiting: 1, GiveBack: time.Hour}, time.Now)
	hold, held := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		e.Run(t.Context(), checks.Scheduled, &opsbot.Check{Timeout: time.Minute, Checker: checkFunc(func(context.Context) opsbot.Result {
			close(held)
			<-hold
			return failing()
		})})
	})
	<-held
	r := e.Run(t.Context(), checks.OnDemand, &opsbot.Check{
		Timeout: time.Second,
		Checker: checkFunc(func(context.Context) opsbot.Result { return opsbot.Result{Status: opsbot.StatusOK} }),
	})
	close(hold)
	wg.Wait()
	if r.Status != opsbot.StatusOK {
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
		status  opsbot.Status
		code    opsbot.ReasonCode
	}{
		{open.Addr().String(), opsbot.StatusOK, ""},
		{closedAddr, opsbot.StatusFail, opsbot.ReasonRefused},
	} {
		o := checks.TCPOptions{Address: c.address}
		if wrong := o.Validate(); wrong != nil {
			t.Fatal(wrong)
		}
		r := engine().Run(t.Context(), checks.OnDemand, &opsbot.Check{Timeout: 5 * time.Second, Checker: o.Checker()})
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
		{&checks.WebOptions{URL: "http://x/", Method: "get it"}, `method "get it" is not an HTTP method in capitals`},
		{&checks.WebOptions{URL: "http://x/", Address: "x"}, `address "x" is not host:port`},
	}
	for _, c := range cases {
		wrong := c.options.Validate()
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

// What hung the last time begins first: with places for one at a time, the order of beginning is seen.
func TestSlowChecksBeginFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := checks.NewEngine(checks.Limits{Running: 1, Waiting: 100, GiveBack: time.Hour}, time.Now)
		var begun []opsbot.CheckID
		hangs := map[opsbot.CheckID]bool{"c": true, "e": true}
		var all []*opsbot.Check
		for _, id := range []opsbot.CheckID{"a", "b", "c", "d", "e"} {
			all = append(all, &opsbot.Check{ID: id, Timeout: 2 * time.Second, Checker: checkFunc(func(ctx context.Context) opsbot.Result {
				begun = append(begun, id)
				if hangs[id] {
					<-ctx.Done()
				}
				return opsbot.Result{Status: opsbot.StatusOK}
			})})
		}
		for _, want := range []string{"[a b c d e]", "[c e a b d]", "[e a b c d]"} {
			begun = nil
			e.RunAll(t.Context(), checks.Scheduled, all, func(opsbot.Result) {})
			if got := fmt.Sprint(begun); got != want {
				t.Errorf("began in the order %s, want %s", got, want)
			}
			delete(hangs, "c") // it is well from the second time on
		}
	})
}

// When more hang than may begin first, those that are well do not wait for all of them.
func TestSlowChecksDoNotCrowdOutTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := checks.NewEngine(checks.Limits{Running: 1, Waiting: 8, GiveBack: time.Hour}, time.Now)
		var begun []opsbot.CheckID
		var all []*opsbot.Check
		for _, id := range []opsbot.CheckID{"well", "a", "b", "c", "d", "e"} {
			all = append(all, &opsbot.Check{ID: id, Timeout: 2 * time.Second, Checker: checkFunc(func(ctx context.Context) opsbot.Result {
				begun = append(begun, id)
				if id != "well" {
					<-ctx.Done()
				}
				return failing()
			})})
		}
		for range 3 {
			begun = nil
			e.RunAll(t.Context(), checks.Scheduled, all, func(opsbot.Result) {})
			if at := slices.Index(begun, "well"); at > 2 {
				t.Errorf("%d that hang began before one that is well: %v", at, begun)
			}
		}
	})
}
