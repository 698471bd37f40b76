package app

import (
	"sync"
	"time"

	"github.com/sirupsen/logrus"
)

// rateLimitPause is how often a lasting error is written again: a full disk fails the result of every check.
const rateLimitPause = time.Minute

// rateLimited writes an error to the log, the same one at most once a minute. It is safe for concurrent use.
type rateLimited struct {
	log  logrus.FieldLogger
	text string // constant, as every message of the log
	now  func() time.Time

	mu   sync.Mutex
	last string
	at   time.Time
}

// write writes the error unless it was written a moment ago.
func (p *rateLimited) write(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if err.Error() == p.last && now.Sub(p.at) < rateLimitPause {
		return
	}
	p.last, p.at = err.Error(), now
	p.log.WithError(err).Error(p.text)
}
