package app

import (
	"sync/atomic"
	"time"

	"github.com/sirupsen/logrus"
)

// statesPace bounds how often changes are checked for: making the line costs a walk over all checks.
const statesPace = time.Second

// stateLog writes the states of all checks to the log. Its methods but changed belong to one goroutine.
type stateLog struct {
	log   logrus.FieldLogger
	dirty atomic.Bool // results were judged since the last update
	last  string
}

// changed notes that results were judged.
func (l *stateLog) changed() { l.dirty.Store(true) }

// update writes the states when they differ from what was written last.
func (l *stateLog) update(states func() []byte) {
	if l.dirty.Swap(false) {
		if line := string(states()); line != l.last {
			l.write(line)
		}
	}
}

// write writes the states as the message itself: the line is JSON for whoever greps the log, in the format of the system that
// opsbot replaces.
func (l *stateLog) write(line string) {
	l.last = line
	l.log.Info(line)
}
