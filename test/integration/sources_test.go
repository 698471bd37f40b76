//go:build integration

package integration_test

import (
	"context"
	"crypto/x509"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"opsbot/inbound"
	"opsbot/model"
)

// soon bounds what a source does immediately.
const soon = 20 * time.Second

// notebook is an inbound.Sink and inbound.Marks that stores everything, and so what a restart of opsbot would find.
type notebook struct {
	mu     sync.Mutex
	events map[string]model.Event
	ends   map[string][]model.EventEnd // every reported end of an event
	silent model.Reason
	mark   string
}

func newNotebook() *notebook {
	return &notebook{events: map[string]model.Event{}, ends: map[string][]model.EventEnd{}}
}

func (n *notebook) Events(_ context.Context, changed []model.Event) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, e := range changed {
		n.events[e.ID] = e
		if !e.Active() {
			n.ends[e.ID] = append(n.ends[e.ID], e.End)
		}
	}
	return nil
}

func (n *notebook) Source(_ context.Context, _ string, why model.Reason) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.silent = why
	return nil
}

func (n *notebook) SaveMark(_ context.Context, _, mark string) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.mark = mark
	return nil
}

func (n *notebook) all() []model.Event {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.SortedFunc(maps.Values(n.events), model.CompareEvents)
}

// of is the latest event of an object.
func (n *notebook) of(object string) *model.Event {
	latest := &model.Event{}
	for _, e := range n.all() {
		if e.Object == object && !e.OpenedAt.Before(latest.OpenedAt) {
			latest = &e
		}
	}
	return latest
}

func (n *notebook) standing() int {
	count := 0
	for _, e := range n.all() {
		if e.Active() {
			count++
		}
	}
	return count
}

func (n *notebook) endsOf(id string) []model.EventEnd {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.ends[id])
}

func (n *notebook) silence() model.Reason {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.silent
}

// wait waits until so returns true.
func (n *notebook) wait(t *testing.T, most time.Duration, what string, so func() bool) {
	t.Helper()
	begun := time.Now()
	err := eventually(t, most, func() error {
		if !so() {
			return fmt.Errorf("not within %v: %s", most, what)
		}
		return nil
	})
	if err != nil {
		t.Fatalf("%v\n%+v", err, n.all())
	}
	t.Logf("%v: %s", time.Since(begun).Round(time.Millisecond), what)
}

// watch keeps a notebook up to date until the test ends, or until it is stopped; it continues from the notebook's
// state.
func watch(t *testing.T, n *notebook, client inbound.Client, poll time.Duration) (w *inbound.Watcher, stop func()) {
	t.Helper()
	w = inbound.NewWatcher(inbound.WatcherOptions{
		Name: "src", Client: client, Sink: n, Marks: n, Memory: inbound.Memory{Events: n.all(), Mark: n.mark}, Poll: poll, DisconnectedAfter: 2 * time.Second,
		Now: time.Now, Log: func(err error) { t.Log(err) },
	})
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return w, stop
}

// hookSecret is the secret of hooks.
const hookSecret = "a-secret-of-hooks"

// hook serves a source's hook, and returns its address.
func hook(t *testing.T, w *inbound.Watcher, parse inbound.Parse) string {
	t.Helper()
	h := inbound.NewHook(inbound.HookOptions{
		Secret: model.NewSecret(hookSecret), Parse: parse, To: w, Now: time.Now, Log: func(err error) { t.Error(err) },
	})
	server := httptest.NewServer(http.Handler(h))
	t.Cleanup(server.Close)
	return server.URL
}

// authority is a pool of one certificate.
func authority(t *testing.T, path string) *x509.CertPool {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		t.Fatalf("no certificate in %s", path)
	}
	return pool
}
