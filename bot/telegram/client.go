package telegram

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	tele "gopkg.in/telebot.v3"
)

// Options say how Telegram is reached. Only Token is required.
type Options struct {
	Token    func() string // a func, so that printing the Options cannot print it; asked at every call
	APIURLs  []string      // in order, with fail-over; default https://api.telegram.org
	Proxies  []string      // "http://…", "https://…", "socks5://…", "direct", in order, with fail-over; default direct
	Clock    Clock         // default the machine's
	Timeouts Timeouts

	// Allowed waits until a call may be made, and returns a context that ends when it may not go on; an error is that of ctx. nil: always.
	Allowed func(ctx context.Context) (context.Context, error)
}

// String names no password: proxies hold them.
func (o Options) String() string {
	return fmt.Sprintf("api %v, %d proxies", o.APIURLs, len(o.Proxies))
}

// GoString is String.
func (o Options) GoString() string { return o.String() }

// Timeouts bound one call, from dialling to the last byte of the answer.
type Timeouts struct {
	Poll   time.Duration // how long Telegram may hold a poll, in whole seconds; default 30 s, at most 50 s
	Slack  time.Duration // what a poll may take beyond that; default 10 s
	Text   time.Duration // default 15 s
	Upload time.Duration // default 120 s
}

// maxPoll is what Telegram clamps the timeout of getUpdates to.
const maxPoll = 50 * time.Second

func (t Timeouts) withDefaults() Timeouts {
	t.Poll = min(cmp.Or(t.Poll, 30*time.Second), maxPoll)
	t.Slack = cmp.Or(t.Slack, 10*time.Second)
	t.Text = cmp.Or(t.Text, 15*time.Second)
	t.Upload = cmp.Or(t.Upload, 120*time.Second)
	return t
}

// Client is one bot on Telegram, reached by two connection pools: one polls, one sends. It is safe for use by
// several goroutines.
type Client struct {
	clock    Clock
	timeouts Timeouts
	redactor *redactor
	polling  *transport
	sending  *transport
}

const defaultAPI = "https://api.telegram.org"

// NewClient checks the options; it opens no connection. Errors name no secret.
func NewClient(o Options) (*Client, error) {
	if o.Token == nil || o.Token() == "" {
		return nil, errors.New("telegram: no token")
	}
	c := &Client{clock: o.Clock, timeouts: o.Timeouts.withDefaults(), redactor: newRedactor(o.Token, o.Proxies)}
	if c.clock == nil {
		c.clock = wallClock{}
	}
	var err error
	if c.polling, err = c.newTransport(o); err != nil {
		return nil, err
	}
	if c.sending, err = c.newTransport(o); err != nil {
		return nil, err
	}
	return c, nil
}

func (c *Client) newTransport(o Options) (*transport, error) {
	t := &transport{token: o.Token, redact: c.Redact, timeouts: c.timeouts, routes: routes{now: c.clock.Now}, allowed: o.Allowed}
	if t.allowed == nil {
		t.allowed = func(context.Context) (context.Context, error) { return context.Background(), nil } //nolint:contextcheck // it never ends
	}
	urls, proxies := o.APIURLs, o.Proxies
	if len(urls) == 0 {
		urls = []string{defaultAPI}
	}
	if len(proxies) == 0 {
		proxies = []string{direct}
	}
	for _, proxy := range proxies {
		for _, base := range urls {
			r, err := newRoute(base, proxy)
			if err != nil {
				return nil, errors.New(c.Redact(err.Error()))
			}
			t.routes.all = append(t.routes.all, r)
		}
	}
	return t, nil
}

// Close drops idle connections.
func (c *Client) Close() {
	c.polling.routes.close()
	c.sending.routes.close()
}

// bot makes a telebot for one call, or one loop of calls. telebot knows no contexts: here its HTTP client does. The
// token in it is a stand-in, so that nothing telebot prints can tell the real one.
func (c *Client) bot(ctx context.Context, t *transport) (*tele.Bot, error) {
	b, err := tele.NewBot(tele.Settings{
		URL: standInURL, Token: standInToken, Updates: 1, Offline: true,
		OnError: func(error, tele.Context) {},
		Client:  &http.Client{Transport: bound{ctx: ctx, t: t}, CheckRedirect: noRedirect},
	})
	if err != nil {
		return nil, fmt.Errorf("make a bot: %w", err)
	}
	return b, nil
}

const (
	standInURL   = "https://telegram.invalid"
	standInToken = "0:redacted"
)

// noRedirect keeps the token from following a redirect, and from its Referer.
func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// parseURL is url.Parse with an error that does not repeat the URL, which may hold a password.
func parseURL(what, text string, schemes ...string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("%s is not a URL with a host", what)
	}
	for _, s := range schemes {
		if u.Scheme == s {
			return u, nil
		}
	}
	return nil, fmt.Errorf("%s %s: scheme %q: allowed are %v", what, u.Redacted(), u.Scheme, schemes)
}
