package telegram

import (
	"cmp"
	"time"
)

// Rate is at most N messages in any Per. The zero Rate stands for the default.
type Rate struct {
	N   int
	Per time.Duration
}

// Limits are the budget of messages, edits included. The defaults stay below what https://core.telegram.org/bots/faq
// names: about 30 a second, 1 a second in a chat, 20 a minute in a group.
type Limits struct {
	All   Rate // default 25 a second
	Chat  Rate // default 1 a second
	Group Rate // default 18 a minute, for groups, beside Chat
}

func (l Limits) withDefaults() Limits {
	return Limits{
		All:   cmp.Or(l.All, Rate{N: 25, Per: time.Second}),
		Chat:  cmp.Or(l.Chat, Rate{N: 1, Per: time.Second}),
		Group: cmp.Or(l.Group, Rate{N: 18, Per: time.Minute}),
	}
}

// window remembers the last N messages, so that never more than N fall into any Per.
type window struct {
	rate  Rate
	taken []time.Time // a ring of N
	next  int         // the oldest
}

// newWindow begins as if messages had been sent evenly until start, without what is kept: nobody knows what was sent before a
// restart.
func newWindow(r Rate, start time.Time) *window {
	w := &window{rate: r, taken: make([]time.Time, r.N)}
	step := r.Per / time.Duration(r.N-r.kept())
	for i := range w.taken {
		w.taken[i] = start.Add(-step * time.Duration(r.N-1-max(i, r.kept())))
	}
	return w
}

// kept is the part of the budget that is left to answers and to what is critical: people who ask in the middle of a storm
// need not wait for all of it.
func (r Rate) kept() int { return r.N / 6 }

// wait is how long until one more of a priority may be sent. What is not urgent leaves the rest what is kept for it.
func (w *window) wait(now time.Time, p Priority) time.Duration {
	oldest := w.next
	if p >= PriorityNormal {
		oldest = (w.next + w.rate.kept()) % len(w.taken)
	}
	return max(0, w.taken[oldest].Add(w.rate.Per).Sub(now))
}

// left is how many may be sent now.
func (w *window) left(now time.Time) int {
	n := 0
	for _, t := range w.taken {
		if now.Sub(t) >= w.rate.Per {
			n++
		}
	}
	return n
}

// short reports whether less than a quarter is left: too little for what may be dropped.
func (w *window) short(now time.Time) bool { return w.left(now) <= w.rate.N/4 }

func (w *window) take(now time.Time) {
	w.taken[w.next] = now
	w.next = (w.next + 1) % len(w.taken)
}

// settle moves the last message to now, when its answer has come: between the two it reached Telegram, which counts
// from there.
func (w *window) settle(now time.Time) {
	w.taken[(w.next+len(w.taken)-1)%len(w.taken)] = now
}
