// Package history records the past of checks: their results in packs, hourly sums, and the times at which opsbot ran; from these
// and from the transitions of checks it answers queries about a span of time.
//
// It must not know how a check is run or evaluated, where a chart is drawn, or SQL: what it needs of the database is the Store
// below. Time without data is unmeasured.
package history

import (
	"context"
	"errors"
	"sync"
	"time"

	"opsbot/model"
)

// Store holds the recorded data. Times have millisecond precision.
type Store interface {
	PackStore
	LifeStore
	// Transitions returns, for each check, the one in force when the span begins and those within it: by check in the order of
	// the request, then by time.
	Transitions(ctx context.Context, checks []model.CheckID, span model.Span) ([]model.Transition, error)
	// MutesIn returns the mutes that were in force at some time of a span.
	MutesIn(ctx context.Context, span model.Span) ([]model.Mute, error)
}

// PackStore holds packed results.
type PackStore interface {
	// CheckNumbers returns the numbers of all checks that have one.
	CheckNumbers(ctx context.Context) (map[model.CheckID]int, error)
	// NumberChecks assigns never-used consecutive numbers to checks that have none, and returns the first.
	NumberChecks(ctx context.Context, ids []model.CheckID) (first int, err error)
	// SavePacks writes packs, all or none. One of PackHours replaces the existing one of its hour.
	SavePacks(ctx context.Context, packs []model.Pack) error
	// Packs calls each with every pack that matches the query, by group, then by time. The body is valid only during the call.
	Packs(ctx context.Context, q model.PackQuery, each func(p *model.Pack) error) error
	// PackedHours returns the hours with packs of a kind that begin at or after since.
	PackedHours(ctx context.Context, kind model.PackKind, since time.Time) ([]time.Time, error)
}

// LifeStore records when opsbot ran.
type LifeStore interface {
	// Alive returns the last time at which opsbot is known to have run; zero if it never did.
	Alive(ctx context.Context) (time.Time, error)
	// SetAlive records that it runs, and when it did not.
	SetAlive(ctx context.Context, now time.Time, gaps []model.Span) error
	// Gaps returns the times in which it did not run that overlap a span, by their beginning.
	Gaps(ctx context.Context, span model.Span) ([]model.Span, error)
}

// Options are the dependencies of a Recorder.
type Options struct {
	Store     Store
	Inventory func() *model.Inventory // the current one
	Now       func() time.Time
	// Fault receives errors of background reads and writes. It may be called often, with the same error.
	Fault func(err error)
	// Room is the number of results buffered in memory before they are packed; 0 is DefaultRoom.
	Room int
}

// Limits of the buffer.
const (
	// WriteEvery is the longest time that results stay in memory: what a crash loses at most.
	WriteEvery = 10 * time.Minute
	// DefaultRoom is five minutes of results of 20,000 checks a minute, at 8 bytes each.
	DefaultRoom = 100_000
	// lifeEvery is the interval at which opsbot records that it runs.
	lifeEvery = time.Minute
	// groupSize is how many checks are packed together; stored numbers depend on it, so it must never change. A pack must be
	// small enough to be read for one check alone, and larger than a page of the database, of which it would waste the rest.
	groupSize = 512
)

// Recorder records results, and answers queries about the past. It is safe for concurrent use.
type Recorder struct {
	o    Options
	poke chan struct{} // tells Run that the buffer is full

	writing sync.RWMutex // locked to write packs; read-locked while data being read must not move from memory to the store

	numbering sync.Mutex // locked while checks get numbers

	mu      sync.Mutex // guards all below
	numbers map[model.CheckID]int
	removed removed // of numbers
	missing bool    // there is a result of a check without a number
	unsure  bool    // the store may have numbers that are missing here: its answer was lost
	buf     []record
	base    int64        // of record.at, seconds since 1970
	sealed  []model.Pack // packed, not yet stored
	fresh   map[int64]bool
	alive   time.Time    // when it was last recorded that opsbot runs
	gaps    []model.Span // not stored yet
}

// record is a buffered result: 8 bytes, no pointer.
type record struct {
	check  uint32
	at     uint16 // seconds since base
	status uint8
	class  uint8 // latency class of an ok result
}

// New returns a Recorder. Call Start before using it.
func New(o Options) *Recorder {
	if o.Room == 0 {
		o.Room = DefaultRoom
	}
	return &Recorder{o: o, poke: make(chan struct{}, 1), numbers: map[model.CheckID]int{}, fresh: map[int64]bool{}}
}

// Start loads the stored state, and records the time since opsbot last ran as a gap. After an error it can be used all the same: what
// could not be read counts as not recorded.
func (b *Recorder) Start(ctx context.Context) error {
	numbers, unnumbered := b.o.Store.CheckNumbers(ctx)
	alive, unknown := b.o.Store.Alive(ctx)
	if unknown != nil {
		alive = b.o.Now() // whether it ran before is not known: no gap is made up
	}
	b.mu.Lock()
	if unnumbered == nil {
		b.numbers = numbers
	}
	b.alive, b.unsure = alive, unnumbered != nil
	b.mu.Unlock()
	return errors.Join(unnumbered, unknown, b.mark(ctx, 0), b.unfinished(ctx))
}

// Run writes buffered results, rolls up hours and records that opsbot runs, until ctx ends; then it writes the rest.
func (b *Recorder) Run(ctx context.Context) error {
	write, life := time.NewTicker(WriteEvery), time.NewTicker(lifeEvery)
	defer write.Stop()
	defer life.Stop()
	b.report(b.RollUp(ctx))
	for {
		select {
		case <-ctx.Done():
			last := context.WithoutCancel(ctx)
			b.report(b.Flush(last))
			b.report(b.Live(last))
			return nil
		case <-life.C:
			b.report(b.Live(ctx))
			b.report(b.numberMissing(ctx))
			continue
		case <-write.C:
		case <-b.poke:
		}
		b.report(b.Flush(ctx))
		b.report(b.RollUp(ctx))
	}
}

func (b *Recorder) report(err error) {
	if err != nil {
		b.o.Fault(err)
	}
}
