package web_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/ops"
	"opsbot/web"
)

// guardBench is a Guard whose waits are noted, and held while hold is open.
type guardBench struct {
	*web.Guard
	hold chan struct{} // nil: nothing waits

	mu      sync.Mutex
	at      time.Time
	refused []web.Refusal
	waits   []time.Duration
}

func newGuard() *guardBench {
	b := &guardBench{at: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	b.Guard = web.NewGuard(func() time.Time {
		b.mu.Lock()
		defer b.mu.Unlock()
		return b.at
	}, b.wait, func(r web.Refusal) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.refused = append(b.refused, r)
	})
	return b
}

func (b *guardBench) wait(_ context.Context, d time.Duration) error {
	b.mu.Lock()
	b.waits = append(b.waits, d)
	hold := b.hold
	b.mu.Unlock()
	if hold != nil {
		<-hold
	}
	return nil
}

// seen returns what was refused and how long answers waited, and forgets it.
func (b *guardBench) seen() ([]web.Refusal, []time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	defer func() { b.refused, b.waits = nil, nil }()
	return b.refused, b.waits
}

// public is the listener's handler with a secret for everything: "right".
func (b *guardBench) public() http.Handler {
	refuse := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer right" {
			http.Error(w, "no", http.StatusUnauthorized)
		}
	})
	return web.Public(web.Parts{
		Guard: b.Guard, Health: func() web.Health { return web.Health{} }, Metrics: web.NewMetrics("1", func() web.Snapshot { return web.Snapshot{} }),
		API: refuse, Hooks: refuse, Jobs: onlyRight{},
	})
}

type onlyRight struct{}

func (onlyRight) Admit(_ model.CheckID, token, _ string) error {
	if token != "right" {
		return ops.ErrNoHeartbeat
	}
	return nil
}

func (onlyRight) Take(context.Context, model.CheckID, string, model.HeartbeatCall) error { return nil }

func callFrom(h http.Handler, from, path, token string) int {
	r := httptest.NewRequest(http.MethodPost, path, http.NoBody)
	r.RemoteAddr = from
	r.Header.Set("Authorization", "Bearer "+token)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code
}

// Wherever a secret is needed, wrong ones are counted by kind and name, and slowed by address; right ones from the same address are not.
func TestWrongSecretsAreCountedAndSlowed(t *testing.T) {
	for _, c := range []struct{ path, kind, what string }{
		{"/in/icinga", "hook", "icinga"}, {"/in/icinga/x", "hook", "icinga"}, {"/api/v1/status", "token", ""}, {"/beat/backup", "heartbeat", "backup"},
	} {
		b := newGuard()
		h := b.public()
		for range 30 {
			if code := callFrom(h, "192.0.2.1:999", c.path, "wrong"); code < 400 {
				t.Fatalf("%s: %d", c.path, code)
			}
		}
		refused, waits := b.seen()
		if len(refused) != 30 || refused[0] != (web.Refusal{Kind: c.kind, From: "192.0.2.1", What: c.what}) {
			t.Errorf("%s: %d refused, %+v", c.path, len(refused), refused[0])
		}
		if len(waits) != 20 || waits[0] <= 0 || waits[19] != 4*time.Second {
			t.Errorf("%s: the answers waited %v", c.path, waits)
		}
		callFrom(h, "192.0.2.1:999", c.path, "right")
		callFrom(h, "192.0.2.2:999", c.path, "wrong")
		callFrom(h, "192.0.2.1:999", "/healthz", "wrong")
		if _, waits := b.seen(); len(waits) != 0 {
			t.Errorf("%s: the right secret, another address and health waited %v", c.path, waits)
		}
		b.mu.Lock()
		b.at = b.at.Add(time.Hour)
		b.mu.Unlock()
		callFrom(h, "192.0.2.1:999", c.path, "wrong")
		if _, waits := b.seen(); len(waits) != 0 {
			t.Errorf("%s: an hour later it still waits %v", c.path, waits)
		}
	}
}

// An IPv6 network is one caller, a mapped address is the IPv4 one.
func TestSlowedAreNetworks(t *testing.T) {
	b := newGuard()
	h := b.public()
	for i := range 20 {
		callFrom(h, fmt.Sprintf("[2001:db8::%x]:1", i), "/api/v1/status", "wrong")
		callFrom(h, "[::ffff:192.0.2.1]:1", "/api/v1/status", "wrong")
	}
	if _, waits := b.seen(); len(waits) != 20 {
		t.Errorf("%d answers waited, want 10 of each", len(waits))
	}
}

// However many addresses there are, and however many answers wait, memory is bounded and the next answer comes.
func TestTheGuardIsBounded(t *testing.T) {
	b := newGuard()
	h := b.public()
	for i := range 30_000 {
		callFrom(h, fmt.Sprintf("10.%d.%d.%d:1", i>>16, i>>8&255, i&255), "/api/v1/status", "wrong")
	}
	b.seen()
	for range 10 {
		callFrom(h, "192.0.2.1:1", "/api/v1/status", "wrong")
	}
	b.mu.Lock()
	b.hold = make(chan struct{})
	b.mu.Unlock()
	var waiting sync.WaitGroup
	answered := make(chan struct{}, 100)
	for range 100 {
		waiting.Go(func() {
			callFrom(h, "192.0.2.1:1", "/api/v1/status", "wrong")
			answered <- struct{}{}
		})
	}
	for range 100 - 64 {
		<-answered
	}
	close(b.hold)
	waiting.Wait()
	if _, waits := b.seen(); len(waits) != 64 {
		t.Errorf("%d answers waited at once", len(waits))
	}
}

// A failed handshake costs no line of its own; what else a connection dies of is for the log.
func TestFailedHandshakesAreRefusals(t *testing.T) {
	b := newGuard()
	lines := make(chan string, 10)
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = b.ErrorLog(func(line string) { lines <- line })
	server.StartTLS()
	defer server.Close()
	for range 5 {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		_, _ = conn.Write([]byte("GET / HTTP/1.0\r\n\r\n")) // the answer tells
		_, _ = io.Copy(io.Discard, conn)
		_ = conn.Close()
	}
	server.Config.ErrorLog.Print("http: Accept error: too many open files")
	if got := <-lines; got != "http: Accept error: too many open files" {
		t.Errorf("the log says %q", got)
	}
	refused, _ := b.seen()
	if len(refused) == 0 || refused[0] != (web.Refusal{Kind: "tls", From: "127.0.0.1"}) {
		t.Errorf("refused: %+v", refused)
	}
}

// What a job says is redacted before it is cut, so that not even the beginning of a secret is kept.
func TestWhatJobsSayIsRedacted(t *testing.T) {
	for before := range 220 {
		var said string
		h := web.Public(web.Parts{
			Guard: newGuard().Guard, Metrics: web.NewMetrics("1", nil), API: http.NotFoundHandler(), Hooks: http.NotFoundHandler(),
			Redact: func(s string) string { return strings.ReplaceAll(s, "k3y-k3y-k3y", "<secret>") },
			Jobs: jobs(func(_ model.CheckID, _ string, b model.HeartbeatCall) error {
				said = b.Said
				return nil
			}),
		})
		r := httptest.NewRequest(http.MethodPost, "/beat/backup/s3cret", strings.NewReader(strings.Repeat("x", before)+" k3y-k3y-k3y"))
		h.ServeHTTP(httptest.NewRecorder(), r)
		if said == "" || strings.Contains(said, "k3y") || len([]rune(said)) > 200 {
			t.Fatalf("after %d letters: %q", before, said)
		}
	}
}
