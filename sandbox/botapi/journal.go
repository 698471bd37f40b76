package botapi

import (
	"context"
	"maps"
	"sort"
	"time"
)

// Call is one request of the bot.
type Call struct {
	Seq         int
	Method      string // lower case
	At          time.Time
	Params      map[string]string
	Files       []string // names of uploads
	Fault       FaultKind
	Authorized  bool // the token was right
	Executed    bool // it had its effect, whatever the answer
	Finished    bool // an answer (or a fault) was sent
	Status      int  // of the answer; 0 if the connection was closed
	Description string
	Early       bool // it came before the end of a 429's retry_after for its chat
}

// OK reports whether the bot got a success.
func (c Call) OK() bool { return c.Finished && c.Status == 200 && c.Fault == "" }

// keepCalls bounds the journal.
const keepCalls = 50_000

func (s *Server) begin(r *request, authorized bool) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seq++
	c := Call{Seq: s.seq, Method: r.method, At: s.clock.Now(), Params: maps.Clone(r.params), Authorized: authorized}
	for _, f := range r.files {
		c.Files = append(c.Files, f.Name)
	}
	sort.Strings(c.Files)
	until, paused := s.pauses[r.int("chat_id")]
	c.Early = paused && c.At.Before(until)
	s.calls = append(s.calls, c)
	if len(s.calls) > keepCalls {
		s.calls = append([]Call(nil), s.calls[keepCalls/2:]...)
	}
	s.touch()
	return c.Seq
}

// callAt is the index of a call; calls are numbered without gaps.
func (s *Server) callAt(seq int) int { return max(0, seq-s.calls[0].Seq) }

func (s *Server) finish(seq int, fault FaultKind, fail *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &s.calls[s.callAt(seq)]
	c.Finished, c.Status, c.Fault = true, 200, fault
	if fail != nil {
		c.Status, c.Description = fail.Code, fail.Description
	}
	s.touch()
}

// Calls returns the journal, or only the calls of one method (ignoring case).
func (s *Server) Calls(method ...string) []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	var calls []Call
	for _, c := range s.calls {
		if len(method) == 0 || sameMethod(c.Method, method) {
			calls = append(calls, c)
		}
	}
	return calls
}

// WaitCall waits for a call that matches, including earlier ones, oldest first.
func (s *Server) WaitCall(ctx context.Context, match func(Call) bool) (Call, error) {
	var found Call
	err := s.wait(ctx, func() bool {
		for _, c := range s.calls {
			if match(c) {
				found = c
				return true
			}
		}
		return false
	})
	return found, err
}

// WaitCalls waits until the method was called n times and all of these were answered.
func (s *Server) WaitCalls(ctx context.Context, method string, n int) ([]Call, error) {
	var calls []Call
	err := s.wait(ctx, func() bool {
		calls = calls[:0]
		for _, c := range s.calls {
			if c.Finished && sameMethod(c.Method, []string{method}) {
				calls = append(calls, c)
			}
		}
		return len(calls) >= n
	})
	return calls, err
}

// WaitMessage waits for a message in the chat that matches; deleted ones count too.
func (s *Server) WaitMessage(ctx context.Context, chat int64, match func(Message) bool) (Message, error) {
	var found Message
	err := s.wait(ctx, func() bool {
		c := s.chats[chat]
		if c == nil {
			return false
		}
		for _, m := range c.messages {
			if match(*m) {
				found = *m
				return true
			}
		}
		return false
	})
	return found, err
}
