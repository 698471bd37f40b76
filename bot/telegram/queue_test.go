package telegram

import (
	"slices"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/sandbox/botapi"
)

// What the queue decides is looked at from inside: after a decision, goroutines and connections race.

// serve asks for a place for each, then lets one go every second and lists the order.
func serve(t *testing.T, asked []ticket) []model.ChatID {
	t.Helper()
	clock := botapi.NewManualClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	q := newQueue(clock, Limits{All: Rate{1, time.Second}, Chat: Rate{9, time.Second}, Group: Rate{9, time.Second}}, time.Minute)
	var waiting []*ticket
	for _, a := range asked {
		one, err := q.enter(a.chat, a.priority)
		if err != nil {
			t.Fatal(err)
		}
		q.join(one)
		waiting = append(waiting, one)
	}
	var order []model.ChatID
	for range asked {
		clock.Advance(time.Second)
		q.pick(waiting[0])
		for i, w := range waiting {
			select {
			case <-w.ready:
				order = append(order, w.chat)
				q.done(w.chat, 0)
				waiting = slices.Delete(waiting, i, i+1)
			default:
				continue
			}
			break
		}
		if len(waiting) == 0 {
			break
		}
	}
	return order
}

func TestQueueIsFair(t *testing.T) {
	for _, test := range []struct {
		name  string
		asked []ticket
		want  []model.ChatID
	}{
		{"a long queue keeps nobody waiting", []ticket{{chat: 1}, {chat: 1}, {chat: 1}, {chat: 2}, {chat: 2}}, []model.ChatID{1, 2, 1, 2, 1}},
		{
			"priority comes first",
			[]ticket{{chat: 1, priority: PriorityNormal}, {chat: 2, priority: PriorityNormal}, {chat: 1, priority: PriorityCritical}, {chat: 1, priority: PriorityReply}},
			[]model.ChatID{1, 1, 2, 1},
		},
	} {
		if got := serve(t, test.asked); !slices.Equal(got, test.want) {
			t.Errorf("%s: got %v, want %v", test.name, got, test.want)
		}
	}
}

func TestQueueForgetsUnknown(t *testing.T) {
	clock := botapi.NewManualClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	q := newQueue(clock, Limits{}.withDefaults(), time.Minute)
	for i := range 3 * manyChats {
		clock.Advance(time.Second)
		one, err := q.enter(model.ChatID(i+1), PriorityReply)
		if err != nil {
			t.Fatal(err)
		}
		q.join(one)
		q.pick(one)
		<-one.ready
		q.done(one.chat, 0)
	}
	if len(q.chats) > manyChats {
		t.Errorf("%d chats are remembered", len(q.chats))
	}
}

// Of the answers to calls that were made at the same time the longest wait holds, in whatever order they come. A wait of hours is
// interrupted every ten minutes, and what is said then is newer.
func TestOfTwoWaitsTheLongerHolds(t *testing.T) {
	const chat = -7
	for name, tt := range map[string]struct {
		pauses       []time.Duration
		until, asked time.Duration
	}{
		"the longer last":  {[]time.Duration{5 * time.Second, time.Minute}, time.Minute, time.Minute},
		"the longer first": {[]time.Duration{time.Minute, 5 * time.Second}, time.Minute, time.Minute},
		"one of hours":     {[]time.Duration{3 * time.Hour, 5 * time.Second}, 10 * time.Minute, 3 * time.Hour},
		"two of hours":     {[]time.Duration{2 * time.Hour, 3 * time.Hour, time.Hour}, 10 * time.Minute, 3 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			clock := botapi.NewManualClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
			begun := clock.Now()
			q := newQueue(clock, Limits{}.withDefaults(), time.Minute)
			for i, pause := range tt.pauses {
				if i%2 == 0 {
					q.done(chat, pause)
				} else {
					q.pause(chat, pause)
				}
			}
			if b := q.budget(chat); b.until.Sub(begun) != tt.until || q.askedUntil(chat).Sub(begun) != tt.asked {
				t.Errorf("nothing is sent for %v, it asked for %v", b.until.Sub(begun), q.askedUntil(chat).Sub(begun))
			}
			clock.Advance(tt.until)
			q.done(chat, 5*time.Second) // to the one call that interrupts the wait
			if got := q.askedUntil(chat).Sub(begun); got != tt.until+5*time.Second {
				t.Errorf("after that it asks for %v", got)
			}
		})
	}
}
