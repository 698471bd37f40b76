package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"opsbot/bot"
)

// How often the page is asked, and how long it may take. Addresses of a provider change once a day at most.
const (
	externalPace    = time.Hour
	externalTimeout = 10 * time.Second
	maxExternal     = 256 // bytes of an answer that is read: an address has at most 45
)

// externalAddress asks the page of external_ip_url for the address that opsbot is seen by.
type externalAddress struct {
	*base
	known atomic.Pointer[seenAs] // nil until the page has answered
	again chan struct{}          // the page may have changed
}

// seenAs is the address that a page has answered with.
type seenAs struct{ page, address string }

func newExternalAddress(b *base) *externalAddress {
	return &externalAddress{base: b, again: make(chan struct{}, 1)}
}

// instance is how messages name this opsbot.
func (e *externalAddress) instance() bot.Instance {
	cfg := e.conf.current().Config
	at := bot.Instance{Name: cfg.Instance.Name, LocalIP: cfg.Around.LocalIP, ExternalIP: cfg.Around.ExternalIP}
	if known := e.known.Load(); known != nil && at.ExternalIP == "" && known.page == cfg.Instance.ExternalIPURL.Reveal() {
		at.ExternalIP = known.address
	}
	return at
}

// reload asks the page again soon: it may be another one.
func (e *externalAddress) reload() {
	select {
	case e.again <- struct{}{}:
	default: // it is asked soon anyway
	}
}

// run asks the page, where there is one, at once, every hour, and after a reload.
func (e *externalAddress) run(ctx context.Context) error {
	again := time.NewTicker(externalPace)
	defer again.Stop()
	for {
		e.update(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-again.C:
		case <-e.again:
		}
	}
}

// update keeps the address that was known when the page does not answer with one.
func (e *externalAddress) update(ctx context.Context) {
	page := e.conf.current().Config.Instance.ExternalIPURL.Reveal()
	if page == "" {
		return
	}
	address, err := externalIP(ctx, page)
	if err != nil {
		if ctx.Err() == nil {
			e.component("instance").WithError(err).Warn("ask external_ip_url for our address")
		}
		return
	}
	e.known.Store(&seenAs{page: page, address: address})
}

// externalIP asks a page for the address it sees us by. Its error does not hold the URL, which may hold a password.
func externalIP(ctx context.Context, page string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, externalTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, page, http.NoBody)
	if err != nil {
		return "", fmt.Errorf("make the request: %w", withoutURL(err))
	}
	resp, err := (&http.Client{}).Do(req)
	if err != nil {
		return "", fmt.Errorf("ask: %w", withoutURL(err))
	}
	defer func() { _ = resp.Body.Close() }() // all that is wanted was read
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("ask: HTTP %d", resp.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxExternal))
	if err != nil {
		return "", fmt.Errorf("read the answer: %w", err)
	}
	address, err := netip.ParseAddr(strings.TrimSpace(string(body)))
	if err != nil {
		return "", errors.New("the answer is not an IP address")
	}
	return address.WithZone("").String(), nil
}

// withoutURL is what an error of net/http or net/url says beside the URL.
func withoutURL(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}
