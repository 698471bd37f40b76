package sandbox

import (
	"sync"
	"time"

	"opsbot/sandbox/botapi"
)

// outage makes Telegram unreachable for a while: the local Bot API refuses connections, and keeps its state.
type outage struct {
	bot *botapi.Server

	mu     sync.Mutex
	until  time.Time // zero: no outage
	timer  *time.Timer
	closed bool
}

func newOutage(bot *botapi.Server) *outage { return &outage{bot: bot} }

// TelegramAway makes the Bot API refuse connections for d, counted from now; TelegramBack ends it early.
func (s *Sandbox) TelegramAway(d time.Duration) { s.outage.begin(d) }

// TelegramBack ends an outage. Without one it does nothing. It fails if the port was taken meanwhile.
func (s *Sandbox) TelegramBack() error { return s.outage.end() }

// TelegramAwayUntil is when the outage ends; zero if there is none.
func (s *Sandbox) TelegramAwayUntil() time.Time {
	s.outage.mu.Lock()
	defer s.outage.mu.Unlock()
	return s.outage.until
}

func (o *outage) begin(d time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return
	}
	o.stop()
	o.bot.Unplug()
	o.until = time.Now().Add(d)
	o.timer = time.AfterFunc(d, o.expire)
}

// expire ends the outage by time. If the port is in use, it retries until it is free.
func (o *outage) expire() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed || o.until.IsZero() || time.Now().Before(o.until) {
		return // ended, or restarted, meanwhile
	}
	if o.plug() != nil {
		o.timer = time.AfterFunc(time.Second, o.expire)
	}
}

func (o *outage) end() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed || o.until.IsZero() {
		return nil
	}
	o.stop()
	return o.plug()
}

func (o *outage) plug() error {
	if err := o.bot.Plug(); err != nil {
		return err
	}
	o.until = time.Time{}
	return nil
}

func (o *outage) stop() {
	if o.timer != nil {
		o.timer.Stop()
	}
}

func (o *outage) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	o.stop()
}
