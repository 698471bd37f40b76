package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"opsbot/model"
)

const (
	pingTimeout = 10 * time.Second // of one ping
	pingRetry   = 3 * time.Second  // at most, after a failed one
)

// pinger tells a watchdog outside that opsbot is well, by a request; while it is not well there is none, and the watchdog
// raises an alarm.
type pinger struct {
	settings func() (address model.Secret, every time.Duration) // the current ones; a zero address is no watchdog
	well     func() error
	failed   func(error) // no error holds the address
}

// run pings until ctx ends.
func (p *pinger) run(ctx context.Context) error {
	client := &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true, Proxy: http.ProxyFromEnvironment},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // the address is a secret
	}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		}
		address, every := p.settings()
		if !address.IsZero() {
			if err := p.call(ctx, client, address); err != nil && ctx.Err() == nil {
				p.failed(err)
				every = min(every, pingRetry)
			}
		}
		timer.Reset(every)
	}
}

func (p *pinger) call(ctx context.Context, client *http.Client, address model.Secret) error {
	if err := p.well(); err != nil {
		return fmt.Errorf("no ping: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address.Reveal(), http.NoBody)
	if err != nil {
		return errors.New("make the request")
	}
	req.Header.Set("User-Agent", "opsbot")
	resp, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("ping: %w", withoutURL(err))
	}
	_ = resp.Body.Close() // the answer is not read
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("ping: HTTP %d", resp.StatusCode)
	}
	return nil
}

// newPinger makes what pings the watchdog of [watchdog].
func newPinger(b *base, well func() error) *pinger {
	return &pinger{
		settings: func() (model.Secret, time.Duration) {
			w := b.conf.current().Config.Watchdog
			return w.PingURL, time.Duration(w.Every)
		},
		well:   well,
		failed: b.rateLimited("watchdog", "ping the watchdog of [watchdog]"),
	}
}
