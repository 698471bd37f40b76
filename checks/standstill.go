package checks

import (
	"sync"
	"time"
)

// standstills notes when the process, or its machine, stood still while checks were open: it was frozen, suspended, or starved. What a check
// saw then says nothing about its target: its time was over before it could read the answer. It is safe for concurrent use.
type standstills struct {
	now func() time.Time // both clocks

	mu     sync.Mutex
	open   int       // checks
	timed  bool      // a timer is set
	looked time.Time // when the process was last seen to go on
	ended  time.Time // the last standstill
}

// The process looks at the clock every lookEvery while checks are open; what a garbage collection or a busy machine holds it up for is much
// less than standstill.
const (
	lookEvery  = 250 * time.Millisecond
	standstill = 500 * time.Millisecond
)

// begin is called when an attempt of a check begins, and end when it is over.
func (s *standstills) begin() (now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now = s.look()
	s.open++
	if !s.timed {
		s.timed = true
		time.AfterFunc(lookEvery, s.lookAgain)
	}
	return now
}

func (s *standstills) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open--
}

// since reports whether a standstill has ended since a time, which is one of begin. Whoever asks may have woken before the timer.
func (s *standstills) since(began time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.look()
	return s.ended.After(began)
}

func (s *standstills) lookAgain() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.look()
	if s.timed = s.open > 0; s.timed {
		time.AfterFunc(lookEvery, s.lookAgain)
	}
}

// look compares both clocks with the last look: elapsed time does not go on while a machine is suspended. The caller holds mu.
func (s *standstills) look() (now time.Time) {
	now = s.now()
	gap := max(now.Sub(s.looked), now.Round(0).Sub(s.looked.Round(0)))
	if s.timed && gap >= lookEvery+standstill {
		s.ended = now
	}
	s.looked = now
	return now
}
