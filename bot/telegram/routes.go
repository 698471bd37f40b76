package telegram

import (
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// direct is the proxy that is none.
const direct = "direct"

// Dialling and handshakes are short, so that a dead route is left for the next one while somebody waits.
const (
	dialTimeout  = 7 * time.Second
	idleTimeout  = 30 * time.Second
	backToFirst  = 5 * time.Minute // after which the routes of the config's order are tried again
	maxIdleConns = 8
)

// route is one way to the Bot API: a base URL, through a proxy or not.
type route struct {
	base *url.URL
	http *http.Transport
}

func newRoute(base, proxy string) (*route, error) {
	u, err := parseURL("api url", strings.TrimRight(base, "/"), "https", "http")
	if err != nil {
		return nil, err
	}
	t := &http.Transport{
		DialContext:         (&net.Dialer{Timeout: dialTimeout, KeepAlive: idleTimeout / 3}).DialContext,
		TLSHandshakeTimeout: dialTimeout, IdleConnTimeout: idleTimeout, MaxIdleConnsPerHost: maxIdleConns, ForceAttemptHTTP2: true,
	}
	if proxy != direct {
		p, err := parseURL("proxy", proxy, "http", "https", "socks5", "socks5h")
		if err != nil {
			return nil, err
		}
		t.Proxy = http.ProxyURL(p)
	}
	return &route{base: u, http: t}, nil
}

// routes tries the ways in order, keeps to the one that works, and goes back to the first after a while.
type routes struct {
	now func() time.Time
	all []*route

	mu    sync.Mutex
	first int       // index of the one to begin with
	since time.Time // when first became other than 0
}

// order lists the routes to try, each once.
func (r *routes) order() []*route {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.first != 0 && r.now().Sub(r.since) >= backToFirst {
		r.first = 0
	}
	ordered := make([]*route, 0, len(r.all))
	ordered = append(ordered, r.all[r.first:]...)
	return append(ordered, r.all[:r.first]...)
}

// fails moves on from a route that did not work, unless another call has done so already.
func (r *routes) fails(bad *route) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.all[r.first] != bad {
		return
	}
	r.first = (r.first + 1) % len(r.all)
	r.since = r.now()
}

func (r *routes) close() {
	for _, one := range r.all {
		one.http.CloseIdleConnections()
	}
}
