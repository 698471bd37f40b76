package telegram

import (
	"testing"
	"time"

	"opsbot/model"
	"opsbot/sandbox/botapi"
)

// storm is a queue by the clock of a simulation: lanes bring one message after the other, as the dispatcher's do, and each
// message is on its way for a while.
type storm struct {
	t          *testing.T
	clock      *botapi.ManualClock
	q          *queue
	chatQueues map[model.ChatID]int  // messages that are left of each chat
	under      map[*ticket]time.Time // when each of those on their way is done
	wait       map[*ticket]time.Time // when each of those that wait asked
}

const (
	stormStep = 10 * time.Millisecond
	stormSend = 50 * time.Millisecond // a message's way
)

func newStorm(t *testing.T) *storm {
	clock := botapi.NewManualClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	return &storm{
		t: t, clock: clock, q: newQueue(clock, Limits{}.withDefaults(), time.Minute),
		chatQueues: map[model.ChatID]int{}, under: map[*ticket]time.Time{}, wait: map[*ticket]time.Time{},
	}
}

func (s *storm) ask(chat model.ChatID, p Priority) *ticket {
	s.t.Helper()
	t, err := s.q.enter(chat, p)
	if err != nil {
		s.t.Fatal(err)
	}
	s.q.join(t)
	s.wait[t] = s.clock.Now()
	return t
}

// step lets a moment pass.
func (s *storm) step() {
	s.clock.Advance(stormStep)
	now := s.clock.Now()
	for t, done := range s.under {
		if !now.Before(done) {
			delete(s.under, t)
			s.q.done(t.chat, 0)
			s.next(t.chat)
		}
	}
	for t := range s.wait {
		s.q.pick(t)
		break // it lets everybody go who may
	}
	for t := range s.wait {
		select {
		case <-t.ready:
			delete(s.wait, t)
			s.under[t] = now.Add(stormSend)
		default:
		}
	}
}

func (s *storm) next(chat model.ChatID) {
	if s.chatQueues[chat] > 0 {
		s.chatQueues[chat]--
		s.ask(chat, PriorityNormal)
	}
}

// took is how long a message waits until it goes.
func (s *storm) took(t *ticket) time.Duration {
	s.t.Helper()
	asked := s.clock.Now()
	for range 100_000 {
		s.step()
		if _, waits := s.wait[t]; !waits {
			return s.clock.Now().Sub(asked)
		}
	}
	s.t.Fatal("it never goes")
	return 0
}

// A storm of 500 cards to one group, and of 20 to each of 60 more, so that all that may be sent is used up: neither an
// answer nor something critical waits for more than its own chat's second, and for a message on its way there.
func TestAStormHoldsUpNobodyElse(t *testing.T) {
	const stormy model.ChatID = -1
	s := newStorm(t)
	s.chatQueues[stormy] = 500
	for i := range 60 {
		s.chatQueues[model.ChatID(-100-i)] = 20
	}
	for chat := range s.chatQueues {
		s.next(chat)
	}
	for range 2000 { // 20 s: the group's minute is used up
		s.step()
	}
	for name, c := range map[string]struct {
		chat model.ChatID
		p    Priority
		most time.Duration
	}{
		"an answer in private":             {7, PriorityReply, time.Second + stormSend},
		"something critical in a group":    {-7, PriorityCritical, time.Second + stormSend},
		"an answer in a stormy group":      {-105, PriorityReply, time.Second + stormSend},
		"an answer in the stormiest group": {stormy, PriorityReply, time.Second + stormSend},
		"something else elsewhere":         {8, PriorityNormal, 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			if took := s.took(s.ask(c.chat, c.p)); took > c.most {
				t.Errorf("it took %s, want %s at most", took, c.most)
			}
		})
	}
	if s.chatQueues[stormy] == 0 {
		t.Error("the storm is over: nothing was tried")
	}
}
