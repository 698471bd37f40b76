package alerts

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"opsbot/model"
)

// Runner runs checks.
type Runner interface {
	// RunAll runs checks at once and hands over each result as it comes, one at a time. It returns when all have been
	// handed over.
	RunAll(ctx context.Context, checks []*model.Check, each func(model.Result))
}

// IntakeOptions are what an Intake needs.
type IntakeOptions struct {
	Scheduled Runner                  // runs checks that are due
	Verifying Runner                  // runs checks that the Manager wants to see now
	Inventory func() *model.Inventory // the current one
	Record    func([]model.Result)    // remembers results after they were judged, each once; must return soon
	Judged    func()                  // called after results were judged; must return soon
	Failed    func(error)             // gets the store's errors; what was judged is kept and committed later
}

// Intake runs checks and queues their results, so that many that come at once are judged and committed together. It is the
// Manager's Verifier. It is safe for concurrent use.
type Intake struct {
	o       IntakeOptions
	results chan model.Result
	checks  checkQueue
	running sync.WaitGroup // scheduled checks
	counts  [3]atomic.Uint64
}

// judgePace is how soon after another batch the next one is judged at most. What comes alone is judged at once; while results come all the
// time, those of a moment are judged together: a transaction costs more than a result.
const judgePace = 10 * time.Millisecond

// intakeSize is how many results may wait to be judged; more block the checks that bring them.
const intakeSize = 4096

// NewIntake makes an Intake. It takes results and requests at once, and handles them in Run.
func NewIntake(o IntakeOptions) *Intake {
	return &Intake{
		o: o, results: make(chan model.Result, intakeSize), checks: checkQueue{changed: make(chan struct{}, 1)},
	}
}

// RunChecks runs checks that are due and queues their results. It returns at once; done is called for each check that has
// run or is not in the inventory. When ctx ends the checks are cut short: a cancelled one has no result.
func (q *Intake) RunChecks(ctx context.Context, ids []model.CheckID, done func(model.CheckID)) {
	inv := q.o.Inventory()
	due := make([]*model.Check, 0, len(ids))
	for _, id := range ids {
		if c, known := inv.Check(id); known {
			due = append(due, c)
		} else {
			done(id)
		}
	}
	q.running.Go(func() {
		q.o.Scheduled.RunAll(ctx, due, func(r model.Result) {
			done(r.Check)
			q.put(r)
		})
	})
}

// Wait waits for the checks that RunChecks started.
func (q *Intake) Wait() { q.running.Wait() }

// Counts returns how many results were judged, by Status.
func (q *Intake) Counts() (n [3]uint64) {
	for status := range q.counts {
		n[status] = q.counts[status].Load()
	}
	return n
}

// put queues a result. A cancelled check saw nothing.
func (q *Intake) put(r model.Result) {
	if r.Reason.Code != model.ReasonCancelled {
		q.results <- r
	}
}

// Run verifies what the Manager asks for, and has the Manager judge all results, as the Connectivity lets them through. When
// ctx ends it stops verifying, judges what is queued, and returns.
func (q *Intake) Run(ctx context.Context, m *Manager, c *Connectivity) error {
	var verifying sync.WaitGroup
	verifying.Go(func() { q.verifyChecks(ctx) })
	stopped := make(chan struct{})
	go func() {
		verifying.Wait()
		close(stopped)
	}()
	for {
		select {
		case first := <-q.results:
			next := time.After(judgePace)
			q.judge(context.WithoutCancel(ctx), first, m, c)
			select {
			case <-next:
			case <-stopped:
			}
		case <-stopped:
			for len(q.results) > 0 {
				q.judge(context.WithoutCancel(ctx), <-q.results, m, c)
			}
			return nil
		}
	}
}

// judge judges a result together with those that wait behind it.
func (q *Intake) judge(ctx context.Context, first model.Result, m *Manager, c *Connectivity) {
	batch := append(make([]model.Result, 0, 1+len(q.results)), first)
	for len(batch) < intakeSize && len(q.results) > 0 {
		batch = append(batch, <-q.results)
	}
	taken, err := m.take(ctx, c.Filter(ctx, batch))
	if err != nil {
		q.o.Failed(err)
	}
	for i := range taken {
		q.counts[taken[i].Status].Add(1)
	}
	q.o.Record(taken)
	q.o.Judged()
}
