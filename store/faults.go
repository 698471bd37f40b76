package store

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"
)

// Fault is a part of the database that fails: what is stored or read there, and why.
type Fault struct {
	Area  string // one of Areas
	Write bool
	What  string    // in words for people
	Since time.Time // of the first failure in a row
}

// call is one kind of call of the database: calls of the same area may work while it does not.
type call struct {
	area  string
	name  string
	write bool
}

// faultAge is how long a failure counts that nobody tries again: longer than the pace of every loop.
const faultAge = 2 * time.Hour

// faults are the calls that fail.
type faults struct {
	now func() time.Time

	mu    sync.Mutex
	calls map[call]*failing
	count map[place]uint64
}

type failing struct {
	since, last time.Time
	err         error
}

// place is what faults are counted by.
type place struct {
	area  string
	write bool
}

func newFaults(now func() time.Time) *faults {
	return &faults{now: now, calls: map[call]*failing{}, count: map[place]uint64{}}
}

// note notes the outcome of a call. A call that was cut off says nothing.
func (f *faults) note(c call, err error) {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if err == nil {
		delete(f.calls, c)
		return
	}
	now := f.now()
	if f.calls[c] == nil {
		f.calls[c] = &failing{since: now}
	}
	f.calls[c].last, f.calls[c].err = now, err
	f.count[place{c.area, c.write}]++
}

// Faults returns what fails now, by area; reading comes before writing.
func (db *DB) Faults() []Fault { return db.faults.list() }

func (f *faults) list() []Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.now()
	maps.DeleteFunc(f.calls, func(_ call, is *failing) bool { return now.Sub(is.last) > faultAge })
	byPlace := map[place]Fault{}
	for c, is := range f.calls {
		at := place{c.area, c.write}
		if was, has := byPlace[at]; !has || is.since.Before(was.Since) {
			byPlace[at] = Fault{Area: c.area, Write: c.write, What: inWords(is.err, c.write), Since: is.since}
		}
	}
	return slices.SortedFunc(maps.Values(byPlace), func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.Area, b.Area), cmp.Compare(flag(a.Write), flag(b.Write)))
	})
}

// FaultCount is how often calls of an area failed since the start.
type FaultCount struct {
	Area   string
	Write  bool
	Failed uint64
}

// FaultCounts returns the counts of all areas that ever failed.
func (db *DB) FaultCounts() []FaultCount {
	db.faults.mu.Lock()
	defer db.faults.mu.Unlock()
	var all []FaultCount
	for at, n := range db.faults.count {
		all = append(all, FaultCount{at.area, at.write, n})
	}
	return all
}
