package web

import (
	"context"
	"log"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// How wrong secrets are slowed. A secret cannot be guessed at any rate; this keeps whoever tries from using up connections and time.
const (
	freeWrong   = 10              // wrong secrets of one address that are answered at once
	wrongPace   = 6 * time.Second // after which one more is
	wrongWait   = 500 * time.Millisecond
	longestWait = 4 * time.Second
	maxWaits    = 64    // answers that wait at once, of all addresses; more are answered, and their connections closed
	maxAddress  = 10000 // addresses that are remembered
)

// Refusal is what was refused, for the log and the metrics.
type Refusal struct {
	Kind string // "token", "hook", "heartbeat", "ack", "tls"
	From string // the address of the caller
	What string // the name that was called, as the caller wrote it; may be empty
}

// Guard counts requests without the right secret, and slows them by address. Whoever has the secret is never slowed, whatever others
// send from the same address: behind a proxy all have one. It is safe for concurrent use.
type Guard struct {
	now     func() time.Time
	wait    func(ctx context.Context, d time.Duration) error
	refused func(Refusal)

	mu        sync.Mutex
	addresses map[netip.Prefix]time.Time // until when each has used up what it may get wrong, at wrongPace
	waits     int
}

// NewGuard returns a Guard. refused is told each refusal and must return soon; wait waits, or returns the error of a ctx that ended before.
func NewGuard(now func() time.Time, wait func(ctx context.Context, d time.Duration) error, refused func(Refusal)) *Guard {
	return &Guard{now: now, wait: wait, refused: refused, addresses: map[netip.Prefix]time.Time{}}
}

// of wraps a handler that answers a request without the right secret with one status, the same whatever is wrong.
func (g *Guard) of(kind, name string, status int, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(&guarded{ResponseWriter: w, status: status, wrong: func() { g.wrong(w, r, kind, name) }}, r)
	})
}

// guarded holds an answer back when it refuses.
type guarded struct {
	http.ResponseWriter
	status int
	wrong  func()
	said   bool
}

// WriteHeader implements http.ResponseWriter.
func (w *guarded) WriteHeader(code int) {
	if code == w.status && !w.said {
		w.wrong()
	}
	w.said = true
	w.ResponseWriter.WriteHeader(code)
}

// Unwrap is for http.ResponseController, and for http.MaxBytesReader.
func (w *guarded) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// wrong counts a wrong secret, and waits as long as its address has to.
func (g *Guard) wrong(w http.ResponseWriter, r *http.Request, kind, name string) {
	address := addressOf(r.RemoteAddr)
	g.refused(Refusal{Kind: kind, From: address.String(), What: r.PathValue(name)})
	d, hold := g.delay(address)
	switch {
	case d == 0:
	case !hold:
		w.Header().Set("Connection", "close")
	default:
		_ = g.wait(r.Context(), d) // whoever hung up reads no answer
		g.release()
	}
}

// delay is how long the answer to an address waits, and whether there is room to; then release must follow.
func (g *Guard) delay(address netip.Addr) (d time.Duration, hold bool) {
	key := networkOf(address)
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	used, known := g.addresses[key]
	if !known && len(g.addresses) >= maxAddress {
		g.forget(now)
	}
	const full = freeWrong * wrongPace
	if used.Before(now) || used.Sub(now) > 2*full { // the latter: the clock was set back
		used = now
	}
	over := used.Add(wrongPace).Sub(now) - full
	g.addresses[key] = now.Add(min(used.Add(wrongPace).Sub(now), 2*full))
	if over <= 0 {
		return 0, false
	}
	if g.waits >= maxWaits {
		return wrongWait, false
	}
	g.waits++
	return min(wrongWait*(1+over/wrongPace), longestWait), true
}

// forget drops the addresses that have nothing used up, or all if each has. The caller holds mu.
func (g *Guard) forget(now time.Time) {
	for key, used := range g.addresses {
		if !used.After(now) {
			delete(g.addresses, key)
		}
	}
	if len(g.addresses) >= maxAddress {
		clear(g.addresses)
	}
}

func (g *Guard) release() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.waits--
}

// addressOf is the address of a caller; the zero Addr if it has none, as on a unix socket.
func addressOf(remote string) netip.Addr {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		host = remote
	}
	a, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Addr{}
	}
	return a.Unmap().WithZone("")
}

// networkOf is what one caller surely has: an address, of IPv6 a /64.
func networkOf(a netip.Addr) netip.Prefix {
	bits := a.BitLen()
	if a.Is6() {
		bits = 64
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}

// tlsFailed is how the server begins its line about a handshake that failed.
const tlsFailed = "http: TLS handshake error from "

// ErrorLog is the log of a server: failed handshakes are refusals, all else goes to other.
func (g *Guard) ErrorLog(other func(line string)) *log.Logger {
	return log.New(serverLog(func(line string) {
		if remote, isTLS := strings.CutPrefix(line, tlsFailed); isTLS {
			remote, _, _ = strings.Cut(remote, ": ")
			g.refused(Refusal{Kind: "tls", From: addressOf(remote).String()})
			return
		}
		other(line)
	}), "", 0)
}

// serverLog takes the lines of a log.Logger.
type serverLog func(line string)

// Write implements io.Writer.
func (f serverLog) Write(line []byte) (int, error) {
	f(strings.TrimSpace(string(line)))
	return len(line), nil
}
