package telegram

import (
	"context"
	"sync"
	"time"
)

// Intake is an update as it came.
type Intake struct {
	Update int
	At     time.Time
	Raw    []byte // JSON of the update

	Message int  // the message that shows how far it is; 0 is none
	Resumed bool // it was taken up again after a crash before
	Untold  bool // nobody can tell what it did: an earlier version of the program took it
}

// Journal remembers updates, so that none is lost or run twice. Telegram is told that an update was taken only after
// Accept returned. It must be safe for use by several goroutines.
type Journal interface {
	// Accept notes the update durably and reports true; false means that it was noted before (Telegram sends again
	// what a crash kept us from confirming) and must not run again. Notes are kept for at least 24 hours, as long as
	// Telegram sends again.
	Accept(ctx context.Context, in Intake) (fresh bool, err error)
	// Done notes that the update was handled to its end.
	Done(ctx context.Context, update int) error
	// Pending returns what was accepted and is not done, oldest first: an earlier run was interrupted there.
	Pending(ctx context.Context) ([]Intake, error)
	// Shows notes the message that shows how far an update is.
	Shows(ctx context.Context, update, message int) error
	// Resume notes that a pending update is taken up again.
	Resume(ctx context.Context, update int) error
	// Poison keeps an update that cannot be read, with the reason; it counts as accepted and done.
	Poison(ctx context.Context, in Intake, reason string) error
}

// MemoryJournal is a Journal that forgets at the end of the program: for a sandbox and for tests.
type MemoryJournal struct {
	mu       sync.Mutex
	states   map[int]intakeState
	order    []int
	poisoned []Intake
}

type intakeState struct {
	in   Intake
	done bool
}

// memoryJournalKeeps bounds how many done updates a MemoryJournal remembers.
const memoryJournalKeeps = 1000

// Accept implements Journal.
func (j *MemoryJournal) Accept(_ context.Context, in Intake) (bool, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.note(intakeState{in: in}), nil
}

func (j *MemoryJournal) note(s intakeState) bool {
	if j.states == nil {
		j.states = map[int]intakeState{}
	}
	if _, known := j.states[s.in.Update]; known {
		return false
	}
	j.states[s.in.Update] = s
	j.order = append(j.order, s.in.Update)
	for len(j.order) > memoryJournalKeeps && j.states[j.order[0]].done {
		delete(j.states, j.order[0])
		j.order = j.order[1:]
	}
	return true
}

// Done implements Journal.
func (j *MemoryJournal) Done(_ context.Context, update int) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if s, known := j.states[update]; known {
		j.states[update] = intakeState{in: Intake{Update: update, At: s.in.At}, done: true}
	}
	return nil
}

// Shows implements Journal.
func (j *MemoryJournal) Shows(_ context.Context, update, message int) error {
	j.change(update, func(in *Intake) { in.Message = message })
	return nil
}

// Resume implements Journal.
func (j *MemoryJournal) Resume(_ context.Context, update int) error {
	j.change(update, func(in *Intake) { in.Resumed = true })
	return nil
}

func (j *MemoryJournal) change(update int, f func(in *Intake)) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if s, known := j.states[update]; known {
		f(&s.in)
		j.states[update] = s
	}
}

// Pending implements Journal.
func (j *MemoryJournal) Pending(context.Context) ([]Intake, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	var pending []Intake
	for _, id := range j.order {
		if s := j.states[id]; !s.done {
			pending = append(pending, s.in)
		}
	}
	return pending, nil
}

// Poison implements Journal.
func (j *MemoryJournal) Poison(_ context.Context, in Intake, _ string) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.note(intakeState{in: in, done: true}) && len(j.poisoned) < memoryJournalKeeps {
		j.poisoned = append(j.poisoned, in)
	}
	return nil
}

// Poisoned returns the updates that could not be read.
func (j *MemoryJournal) Poisoned() []Intake {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]Intake(nil), j.poisoned...)
}
