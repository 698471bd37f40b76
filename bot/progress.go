package bot

import (
	"cmp"
	"context"
	"sync"
	"time"

	"opsbot/bot/telegram"
)

// progressPace is the interval between edits of a progress message: Telegram counts edits like messages.
const progressPace = 5 * time.Second

// progressAfter is how long a run may take without a progress message. A chat gets one message a second: the answer to a run that
// is over sooner would wait behind it.
const progressAfter = 400 * time.Millisecond

// liveRun is the progress message of a run. The first text is sent when the run has taken for progressAfter, later ones at
// intervals, from a goroutine of its own: they never delay the run.
type liveRun struct {
	r *request

	rows [][]telegram.Button // buttons under it; set before the first progress

	mu     sync.Mutex
	text   func() string
	sender chan struct{} // closed when the goroutine ended; nil before it began
	wake   chan struct{}
	shown  int
	ended  bool
}

// progress sets the text. Another goroutine calls text when it sends, or never.
func (l *liveRun) progress(ctx context.Context, text func() string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		return
	}
	l.text = text
	if l.sender == nil {
		l.sender, l.wake = make(chan struct{}), make(chan struct{})
		go l.show(ctx, l.r.b.d.After(progressAfter))
	}
}

// stop ends the edits and waits for one that is under way.
func (l *liveRun) stop() {
	l.mu.Lock()
	begun, ended := l.sender, l.ended
	l.ended = true
	if begun != nil && !ended {
		close(l.wake)
	}
	l.mu.Unlock()
	if begun != nil {
		<-begun
	}
}

// message is what shows how far the run is, or was before a restart; 0 is none.
func (l *liveRun) message() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return cmp.Or(l.shown, l.r.shown)
}

// show sends once the run has taken for long, and edits, until stop.
func (l *liveRun) show(ctx context.Context, isLong <-chan time.Time) {
	defer close(l.sender)
	defer func() { // no handler recovers this goroutine
		if p := recover(); p != nil {
			l.r.b.d.Log.WithField("panic", p).Error("show how far a run is")
		}
	}()
	if !l.lasts(isLong) {
		return
	}
	id := l.r.replyUnless(ctx, l.wake, l.say(), l.rows)
	if id != 0 && id != l.r.in.Shown {
		l.r.in.Show(ctx, id)
	}
	l.mu.Lock()
	l.shown = id
	l.mu.Unlock()
	tick := time.NewTicker(progressPace)
	defer tick.Stop()
	for id != 0 {
		select {
		case <-l.wake:
			return
		case <-tick.C:
			o := l.r.outgoing(l.say(), l.rows)
			o.Priority = telegram.PriorityProgress
			_ = l.r.b.d.Sender.Edit(ctx, id, o) // the next edit replaces it
		}
	}
}

// lasts waits until the run has taken for long, and reports whether it has.
func (l *liveRun) lasts(isLong <-chan time.Time) bool {
	select {
	case <-isLong:
		return true
	case <-l.wake:
	}
	select {
	case <-isLong: // both: somebody may have waited for the message
		return true
	default:
		return false
	}
}

func (l *liveRun) say() string {
	l.mu.Lock()
	text := l.text
	l.mu.Unlock()
	return text()
}
