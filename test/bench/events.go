package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"sync"
	"time"
)

// Each of 5,000 hosts is reported broken, twice; 2,000 clients have 20,000 endpoints on them.
const (
	eventsClients = 2000
	eventsSent    = 10_000
	eventsPerPost = 100 // events per call
	eventsSecret  = "secret-of-the-benchmark"

	mostFirstCard   = 5 * time.Second
	maxEventsGrowth = 1.1 // memory after a second event group, relative to that after the first
	eventsBound     = 3 * time.Minute
)

// measureEvents reports every host as broken by a webhook, and waits for the first card: twice while all works, and then while
// all endpoints refuse.
func measureEvents(ctx context.Context, _ *world) (rows []row, err error) {
	w, err := newWorld(ctx) // servers of its own, which it ends
	if err != nil {
		return nil, err
	}
	stopped := sync.OnceFunc(w.close)
	defer stopped()
	received, err := newReceiver(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, received.server.Close()) }()
	dir, err := os.MkdirTemp("", "opsbot-bench-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	p := &product{dir: dir, clients: eventsClients, more: fmt.Sprintf(eventsConfig, received.url, eventsSecret)}
	if err := p.start(ctx, w.script(manyChecks, 1), "@every 10m"); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	if err := p.wholeRound(ctx); err != nil {
		return nil, err
	}
	var f [3]eventsFigures
	for i := range f {
		if i == len(f)-1 {
			stopped() // now they are really down
		}
		if f[i], err = p.sendEvents(ctx, received, i); err != nil {
			return nil, err
		}
	}
	what := fmt.Sprintf("product, %d events on %d hosts with %d endpoints: ", eventsSent, manyChecks/servicesOfHost, manyChecks)
	return []row{
		{what: what + "from the first event to the card", limit: mostFirstCard.Seconds(), measured: max(f[0].card, f[1].card, f[2].card).Seconds(), unit: " s"},
		{what: what + "cards", limit: 1, measured: float64(max(f[0].cards, f[1].cards, f[2].cards)), unit: ""},
		{what: what + "memory after a second event group, to that after the first", limit: maxEventsGrowth, measured: float64(f[1].peak) / float64(f[0].peak), unit: " x", note: fmt.Sprintf("%.0f MB; %.0f MB when all refuse", float64(f[1].peak)/1024, float64(f[2].peak)/1024)},
	}, nil
}

const eventsConfig = `
[[webhook]]
name = "bench"
url  = %q

[[routes]]
to = ["webhook:bench"]

[[inbound]]
name   = "bench"
kind   = "generic"
secret = %q
[inbound.mapping]
list  = "events"
id    = "id"
host  = "host"
state = "state"
over  = ["ok"]
`

// eventsFigures is the result of one event group.
type eventsFigures struct {
	card  time.Duration // from the first event to the first card
	cards int
	peak  int // KiB of peak memory, since the start of the process
}

// sendEvents sends all events, waits for the card, and ends them all.
func (p *product) sendEvents(ctx context.Context, received *receiver, round int) (f eventsFigures, err error) {
	received.forget()
	begun := time.Now()
	if err := p.events(ctx, round, "down"); err != nil {
		return f, err
	}
	at, err := received.wait(ctx, "event_group", "opened")
	if err != nil {
		return f, err
	}
	f.card = at.Sub(begun)
	if err := p.events(ctx, round, "ok"); err != nil {
		return f, err
	}
	if err := pause(ctx, 70*time.Second); err != nil { // until the event group is closed to new events
		return f, err
	}
	f.cards = received.count("event_group", "opened")
	f.peak, err = procField(p.cmd.Process.Pid, "status", "VmHWM:")
	return f, err
}

// events posts the events of all hosts in one state, the first half for the host, the second for something on it.
func (p *product) events(ctx context.Context, round int, state string) error {
	type event struct {
		ID    string `json:"id"`
		Host  string `json:"host"`
		State string `json:"state"`
	}
	all := make([]event, eventsSent)
	for i := range all {
		host := i % (manyChecks / servicesOfHost)
		all[i] = event{ID: fmt.Sprintf("%d-%d", round, i), Host: address(host), State: state}
	}
	for some := range slices.Chunk(all, eventsPerPost) {
		body, err := json.Marshal(map[string]any{"events": some})
		if err != nil {
			return err
		}
		if err := p.post(ctx, body); err != nil {
			return err
		}
	}
	return nil
}

func (p *product) post(ctx context.Context, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url+"/in/bench", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+eventsSecret)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	said, err := io.ReadAll(resp.Body)
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the hook answers %s: %s", resp.Status, said)
	}
	return nil
}

// receiver receives the product's notifications.
type receiver struct {
	url    string
	server *http.Server

	mu   sync.Mutex
	got  []notice
	news chan struct{}
}

// notice is the used part of a message, and when it came.
type notice struct {
	Kind     string
	Incident struct{ Kind string }
	at       time.Time
}

func newReceiver(ctx context.Context) (*receiver, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &receiver{url: "http://" + l.Addr().String(), news: make(chan struct{}, 1)}
	r.server = &http.Server{Handler: r, ReadHeaderTimeout: time.Second}
	go func() { _ = r.server.Serve(l) }() // it ends with Close
	return r, nil
}

// ServeHTTP receives one message.
func (r *receiver) ServeHTTP(_ http.ResponseWriter, req *http.Request) {
	n := notice{at: time.Now()}
	if err := json.NewDecoder(req.Body).Decode(&n); err != nil {
		return
	}
	r.mu.Lock()
	r.got = append(r.got, n)
	r.mu.Unlock()
	select {
	case r.news <- struct{}{}:
	default:
	}
}

func (r *receiver) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.got = nil
}

func (r *receiver) count(incident, kind string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for i := range r.got {
		if r.got[i].Incident.Kind == incident && r.got[i].Kind == kind {
			n++
		}
	}
	return n
}

// wait waits for a message and returns when it came.
func (r *receiver) wait(ctx context.Context, incident, kind string) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, eventsBound)
	defer cancel()
	for {
		r.mu.Lock()
		at := slices.IndexFunc(r.got, func(n notice) bool { return n.Incident.Kind == incident && n.Kind == kind })
		if at >= 0 {
			defer r.mu.Unlock()
			return r.got[at].at, nil
		}
		r.mu.Unlock()
		select {
		case <-r.news:
		case <-ctx.Done():
			return time.Time{}, fmt.Errorf("no %s of a %s came: %w", kind, incident, ctx.Err())
		}
	}
}
