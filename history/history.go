// Package history remembers how checks were: their results packed, the same by the hour, and the times at which opsbot ran;
// and answers from that and from the transitions of checks how things were over a time.
//
// It must not know how a check is run or judged, where a chart is drawn, or SQL: what it needs of the database is the Store
// below. What it does not know it calls unmeasured.
package history

import (
	"context"
	"sync"
	"time"

	"opsbot/model"
)

// Store keeps what is remembered. Moments are kept to the millisecond.
type Store interface {
	PackStore
	LifeStore
	// Transitions returns, for each check, the one that holds when a span begins and those within it: by check as they were
	// asked for, then by time.
	Transitions(ctx context.Context, checks []model.CheckID, span model.Span) ([]model.Transition, error)
	// MutesIn returns the mutes that held at some time of a span.
	MutesIn(ctx context.Context, span model.Span) ([]model.Mute, error)
}

// PackStore keeps packed results.
type PackStore interface {
	// CheckNumbers returns the numbers of all checks that have one.
	CheckNumbers(ctx context.Context) (map[model.CheckID]int, error)
	// NumberChecks gives checks that have none numbers that were never given, one after another, and returns the first.
	NumberChecks(ctx context.Context, ids []model.CheckID) (first int, err error)
	// SavePacks writes packs, all or none. One of PackHours takes the place of what was there of its hour.
	SavePacks(ctx context.Context, packs []model.Pack) error
	// Packs calls each with what a query picks, by group, then by time. The body is each's for as long as it runs.
	Packs(ctx context.Context, q model.PackQuery, each func(p *model.Pack) error) error
	// PackedHours returns the hours that have packs of a kind that begin at a moment or later.
	PackedHours(ctx context.Context, kind model.PackKind, since time.Time) ([]time.Time, error)
}

// LifeStore keeps when opsbot ran.
type LifeStore interface {
	// Alive returns the last moment at which opsbot is known to have run; zero when it never did.
	Alive(ctx context.Context) (time.Time, error)
	// SetAlive notes that it runs, and when it did not.
	SetAlive(ctx context.Context, now time.Time, gaps []model.Span) error
	// Gaps returns the times in which it did not run and that touch a span, by their beginning.
	Gaps(ctx context.Context, span model.Span) ([]model.Span, error)
}

// Options are what a Recorder needs.
type Options struct {
	Store     Store
	Inventory func() *model.Inventory // the present one
	Now       func() time.Time
	// Fault hears what could not be stored or read in the background. It may be called often, with the same.
	Fault func(err error)
	// Room is how many results wait in memory before they are packed; 0 is DefaultRoom.
	Room int
}

// The constants of keeping.
const (
	// WriteEvery is how long results wait in memory at most: so much of them a crash takes.
	WriteEvery = 10 * time.Minute
	// DefaultRoom is what 20,000 checks a minute bring in five minutes; at 8 bytes a result.
	DefaultRoom = 100_000
	// lifeEvery is the pace of the marks of life.
	lifeEvery = time.Minute
	// groupSize is how many checks are packed together; what is stored is counted by it, so that it never changes. A pack must be
	// small enough to be read for one check alone, and larger than a page of the database, of which it would waste the rest.
	groupSize = 512
)

// Recorder remembers results, and answers how things were. It is safe for concurrent use.
type Recorder struct {
	o    Options
	poke chan struct{} // tells Run that the room is full

	writing sync.RWMutex // held to write packs; held to read while what is read must not move from memory to the store

	numbering sync.Mutex // held while checks get numbers

	mu      sync.Mutex // guards all below
	numbers map[model.CheckID]int
	missing bool // a result came of a check without a number
	unsure  bool // numbers may be stored that are not here: the store's answer was lost
	buf     []record
	base    int64        // of record.at, seconds since 1970
	sealed  []model.Pack // packed, not yet stored
	fresh   map[int64]bool
	alive   time.Time    // the last mark of life
	gaps    []model.Span // that are not stored yet
}

// record is a result that waits: 8 bytes, no pointer.
type record struct {
	check  uint32
	at     uint16 // seconds since base
	status uint8
	class  uint8 // of a good result
}

// New makes a Recorder. Start it before it is used.
func New(o Options) *Recorder {
	if o.Room == 0 {
		o.Room = DefaultRoom
	}
	return &Recorder{o: o, poke: make(chan struct{}, 1), numbers: map[model.CheckID]int{}, fresh: map[int64]bool{}}
}

// Start takes up what is stored, and notes the time since opsbot last ran as a gap.
func (b *Recorder) Start(ctx context.Context) error {
	numbers, err := b.o.Store.CheckNumbers(ctx)
	if err != nil {
		return err
	}
	alive, err := b.o.Store.Alive(ctx)
	if err != nil {
		return err
	}
	b.mu.Lock()
	b.numbers, b.alive = numbers, alive
	b.mu.Unlock()
	if err := b.mark(ctx, 0); err != nil {
		return err
	}
	return b.unfinished(ctx)
}

// Run writes what waits, makes hours of it and marks that opsbot lives, until ctx ends; then it writes all that is left.
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
