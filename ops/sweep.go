package ops

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"opsbot/model"
)

// sweep is a run over everything that several people may be waiting for.
type sweep struct {
	key     string
	done    chan struct{}
	test    *model.WebTest // set before done is closed; nil when err is not
	err     error          // its failure
	cancel  context.CancelFunc
	waiting int // people; guarded by Actions.joining

	mu       sync.Mutex
	watchers []func(WebTestProgress)
}

func (s *sweep) watch(f func(WebTestProgress)) {
	if f == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watchers = append(s.watchers, f)
}

func (s *sweep) progress(p WebTestProgress) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.watchers {
		f(p)
	}
}

// sweepAll runs everything in a scope, or joins the current run for the same scope and threshold. Runs for different
// scopes go one after the other. A run ends early when nobody waits for it any more.
func (k *Actions) sweepAll(ctx context.Context, who model.Actor, sel model.Selector, all []*model.Check, req WebTestRequest) (*model.WebTest, error) {
	key := strings.Join(who.Scope.Clients, " ") + "/" + strconv.Itoa(req.Threshold)
	k.joining.Lock()
	run, going := k.runs[key]
	if !going {
		run = &sweep{key: key, done: make(chan struct{})}
		var runCtx context.Context
		runCtx, run.cancel = context.WithCancel(context.WithoutCancel(ctx))
		k.runs[key] = run
		inv := k.d.Inventory.Current()
		go k.sweep(runCtx, run, func() *model.WebTest {
			return k.webTest(runCtx, inv, sel, all, WebTestRequest{Threshold: req.Threshold, Progress: run.progress})
		})
	}
	run.waiting++
	run.watch(req.Progress)
	k.joining.Unlock()
	defer k.leave(run)
	select {
	case <-run.done:
		if run.err != nil {
			return nil, k.noted(ctx, k.entry(who, "webtest", "all"), run.err)
		}
		return run.test, k.noted(ctx, k.entry(who, "webtest", "all"), nil)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (k *Actions) sweep(ctx context.Context, run *sweep, test func() *model.WebTest) {
	defer close(run.done)
	defer func() {
		k.joining.Lock()
		defer k.joining.Unlock()
		k.forget(run)
	}()
	defer run.cancel()
	defer func() { // no handler would recover its panic, and people wait
		if p := recover(); p != nil {
			run.test, run.err = nil, fmt.Errorf("test everything: panic: %v", p)
		}
	}()
	if run.err = k.alone(ctx); run.err != nil {
		return // nobody waits any more
	}
	defer k.shared()
	run.test = test()
	run.test.All = ctx.Err() == nil
}

// alone waits until no other run over everything is in progress; shared ends the wait. Its error is that of a ctx that
// ended before.
func (k *Actions) alone(ctx context.Context) error {
	select {
	case k.sweeping <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (k *Actions) shared() { <-k.sweeping }

// leave cancels a run that nobody waits for.
func (k *Actions) leave(run *sweep) {
	k.joining.Lock()
	defer k.joining.Unlock()
	if run.waiting--; run.waiting == 0 {
		run.cancel()
		k.forget(run) // a later request must not join a cancelled run
	}
}

// forget keeps anyone from joining a run; the caller holds joining.
func (k *Actions) forget(run *sweep) {
	if k.runs[run.key] == run {
		delete(k.runs, run.key)
	}
}
