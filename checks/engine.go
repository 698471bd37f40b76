// Package checks is the engine and the kinds of check: it runs a check once, now, and returns what it found.
//
// Scheduled and on-demand runs are the same call. A kind is one file here (its options, defaults, validation and run)
// and one line in the table of kinds.go. It must not know time tables, alerts, stores or chats.
package checks

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"opsbot/model"
)

// Pool separates runs of different purposes, so that none starves the others.
type Pool uint8

// The pools.
const (
	Scheduled     Pool = iota
	OnDemand           // people wait
	Verifications      // verification of hosts with events: thousands, if a data centre fails

	pools
)

// Limits bound concurrent runs.
type Limits struct {
	// Running is how many checks of a pool are processed at a time. Beyond 64 more costs CPU without being faster
	// (measured against 4,000 loopback targets on two cores).
	Running int
	// Waiting is how many may be open in total, including those that only wait for a slow target. Each costs a socket
	// and about 10 KB.
	Waiting int
	// GiveBack is how long a check waits for its target before it releases its running slot, longer the more are open. Hung targets
	// would otherwise hold every slot for their whole timeout.
	GiveBack time.Duration
}

// DefaultLimits are the measured limits.
func DefaultLimits() Limits {
	return Limits{Running: 64, Waiting: 4096, GiveBack: 10 * time.Millisecond}
}

// retryPause gives a server that answered 502 time to recover: long enough for a worker to restart, short enough not to
// be noticed.
const retryPause = 200 * time.Millisecond

// Engine runs checks. Create one with NewEngine; it is safe for concurrent use.
type Engine struct {
	now    func() time.Time
	pools  [pools]*limiter
	slow   *slow
	redact model.Redactor
	still  standstills
}

// NewEngine returns an engine. now is the clock of results' timestamps.
func NewEngine(limits Limits, now func() time.Time) *Engine {
	e := &Engine{now: now, slow: newSlow(limits.Waiting / slowShare), still: standstills{now: now}}
	for pool := range e.pools {
		e.pools[pool] = newLimiter(limits)
	}
	return e
}

// Redacting has the engine redact what targets say, in all results. It must be called before the first run.
func (e *Engine) Redacting(redact model.Redactor) *Engine {
	e.redact = redact
	return e
}

// Run runs one check once, with its retries, each within its timeout. It always returns a result: a panic of the check
// and an end of ctx are StatusUnknown with a reason. An attempt that fails while the process stands still is repeated, and is no try.
func (e *Engine) Run(ctx context.Context, pool Pool, c *model.Check) model.Result {
	place, err := e.pools[pool].acquire(ctx)
	start := e.now()
	if err != nil {
		return e.finish(c, cancelled(), start, 0)
	}
	defer place.release()
	return e.run(withPlace(ctx, place), c, start)
}

// run is Run once a slot is acquired.
func (e *Engine) run(ctx context.Context, c *model.Check, start time.Time) model.Result {
	for try := 1; ; try++ {
		r := e.tryAwake(ctx, c)
		if r.Status != model.StatusFail || try > c.Retries || !pause(ctx, retryPause) {
			return e.finish(c, r, start, try)
		}
	}
}

// lingering is how long an attempt may go on after its timeout, to end what it began.
const lingering = 2 * time.Second

// Longest is how long a run of a check with all its retries may take, once it has a slot. One that takes longer hangs.
func Longest(c *model.Check) time.Duration {
	return time.Duration(1+c.Retries) * (c.Timeout + lingering + retryPause)
}

// Full reports whether a pool has no free slot: what is to run waits until something else has ended.
func (e *Engine) Full(pool Pool) bool {
	return e.pools[pool].full()
}

// RunAll runs checks concurrently within the limits, and passes each result to each as it comes, one at a time but in
// no order; those that were slow the last time begin first. It returns when all have been passed on; when ctx ends,
// what did not run is StatusUnknown.
func (e *Engine) RunAll(ctx context.Context, pool Pool, all []*model.Check, each func(model.Result)) {
	limiter := e.pools[pool]
	results := make(chan model.Result, min(len(all), limiter.limits.Running))
	begun := make(chan opened)
	var open sync.WaitGroup
	open.Go(func() {
		defer close(begun)
		for _, c := range e.slow.first(all) { // a goroutine for each check with a slot, none for those that wait for one
			place, err := limiter.acquire(ctx)
			o := opened{place, c, e.now()}
			if err != nil {
				results <- e.finish(c, cancelled(), o.start, 0)
				continue
			}
			select {
			case begun <- o: // to a goroutine that has ended another check: its stack has grown
			default:
				open.Go(func() { e.runOpened(ctx, o, begun, results) })
			}
		}
	})
	for range all {
		each(<-results)
	}
	open.Wait()
}

// opened is a check that has a slot.
type opened struct {
	place *place
	check *model.Check
	start time.Time
}

// runOpened runs a check, and then those that others hand over, until there are no more.
func (e *Engine) runOpened(ctx context.Context, o opened, more <-chan opened, results chan<- model.Result) {
	for ok := true; ok; o, ok = <-more {
		r := e.run(withPlace(ctx, o.place), o.check, o.start)
		o.place.done() // each may be slow: the next check need not wait for it, only the number of open checks is bounded
		results <- r
		o.place.release()
	}
}

// mostRepeats bounds the attempts that a standstill spoiled: of a machine that always stands still the result counts as it is.
const mostRepeats = 2

// tryAwake is try, again while it fails and the process stood still meanwhile.
func (e *Engine) tryAwake(ctx context.Context, c *model.Check) (r model.Result) {
	for range 1 + mostRepeats {
		began := e.still.begin()
		r = e.try(ctx, c)
		e.still.end()
		if r.Status == model.StatusOK || ctx.Err() != nil || !e.still.since(began) {
			break
		}
	}
	return r
}

func (e *Engine) try(ctx context.Context, c *model.Check) (r model.Result) {
	tryCtx, cancel := attempt(ctx, c)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			r = model.Result{
				Status: model.StatusUnknown,
				Reason: model.NewReason(model.ReasonPanic, "said", fmt.Sprint(p)),
			}
		}
	}()
	r = c.Checker.Check(tryCtx)
	if ctx.Err() != nil && r.Status != model.StatusOK {
		return cancelled() // we stopped, the target did not fail
	}
	return r
}

func (e *Engine) finish(c *model.Check, r model.Result, start time.Time, tries int) model.Result {
	r.Check, r.Due, r.At, r.Took, r.Tries = c.ID, start, start, e.now().Sub(start), tries
	r.Reason = clipped(e.redact.Reason(r.Reason))
	for i := range r.Values {
		r.Values[i] = clipped(e.redact.Reason(r.Values[i]))
	}
	if tries > 0 {
		e.slow.note(c.ID, r.Took)
	}
	return r
}

func cancelled() model.Result {
	return model.Result{Status: model.StatusUnknown, Reason: model.NewReason(model.ReasonCancelled)}
}

// pause waits and reports whether it was not interrupted.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// errEndless ends an endless answer.
var errEndless = errors.New("answer over the limit")
