package telegram

import (
	"slices"
	"sync"
)

// unkept are updates that the journal could not note. They are handled all the same, since people wait for an answer, but only
// after Telegram knows that they were taken: one that came again after a crash would be done after it was said to be undone. It
// belongs to the goroutine that polls.
type unkept struct {
	taken []Incoming
	last  Intake // the last one
	why   error  // the journal refused; nil while it works
}

func (u *unkept) add(in Incoming, intake Intake, why error) {
	u.taken, u.last, u.why = append(u.taken, in), intake, why
}

// waiting reports whether there are some that Telegram has to know of.
func (u *unkept) waiting() bool { return len(u.taken) > 0 }

// back gives up those that Telegram does not know of yet, and returns the number of the first: from there on they come again.
func (u *unkept) back() (first int) {
	first = u.taken[0].Update
	*u = unkept{}
	return first
}

// confirmed gives those that Telegram now knows of.
func (u *unkept) confirmed() []Incoming {
	all := u.taken
	u.taken = nil
	return all
}

// finished are updates that were handled, and could not be noted as done. It is safe for use by several goroutines.
type finished struct {
	mu  sync.Mutex
	ids []int
}

// with takes all of them, and more.
func (f *finished) with(ids []int) []int {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := slices.Concat(f.ids, ids)
	f.ids = nil
	return all
}

// keep keeps one for the next time, at most as many as wait for handlers.
func (f *finished) keep(id int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.ids) < maxWaiting {
		f.ids = append(f.ids, id)
	}
}
