package app

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"opsbot/model"
)

// slowStore commits when it is let.
type slowStore chan struct{}

func (s slowStore) Commit(context.Context, model.Change) ([]int64, error) {
	s <- struct{}{}
	<-s
	return nil, nil
}

func TestACommitThatHangsIsSeen(t *testing.T) {
	now, slow := time.Now(), make(slowStore)
	var mu sync.Mutex
	clock := func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return now
	}
	pass := func(d time.Duration) {
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(d)
	}
	c := &commits{Store: slow, now: clock}
	if c.hang() {
		t.Error("nothing was committed yet")
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = c.Commit(t.Context(), model.Change{})
	}()
	<-slow
	pass(commitBound)
	if c.hang() {
		t.Error("half a minute is no hang")
	}
	pass(time.Second)
	if !c.hang() {
		t.Error("a commit that hangs is not seen")
	}
	slow <- struct{}{}
	<-ended
	if c.hang() {
		t.Error("the commit has ended")
	}
}

// receiver counts pings, and answers with its code.
type receiver struct {
	calls chan string
	code  int
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	w.WriteHeader(r.code)
	r.calls <- req.URL.Path
}

func TestPingsOfTheWatchdog(t *testing.T) {
	r := &receiver{calls: make(chan string, 100), code: http.StatusOK}
	srv := httptest.NewServer(r)
	defer srv.Close()
	asked, failed, ill := make(chan struct{}, 1000), make(chan error, 1000), errors.New("the disk is full")
	var mu sync.Mutex
	var state error
	p := &pinger{
		settings: func() (model.Secret, time.Duration) {
			return model.NewSecret(srv.URL + "/ping/very-secret"), time.Millisecond
		},
		well: func() error {
			mu.Lock()
			defer mu.Unlock()
			asked <- struct{}{}
			return state
		},
		failed: func(err error) { failed <- err },
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- p.run(ctx) }()
	for range 3 {
		if path := <-r.calls; path != "/ping/very-secret" {
			t.Errorf("asked for %q", path)
		}
	}
	mu.Lock()
	state = ill
	mu.Unlock()
	if err := <-failed; !errors.Is(err, ill) {
		t.Errorf("got %v", err)
	}
	for len(r.calls) > 0 { // those before it fell ill
		<-r.calls
	}
	for range 10 {
		<-failed
	}
	if n := len(r.calls); n > 0 {
		t.Errorf("%d pings of an opsbot that is not well", n)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestPingsKeepTheirSecret(t *testing.T) {
	r := &receiver{calls: make(chan string, 10), code: http.StatusNotFound}
	srv := httptest.NewServer(r)
	p := &pinger{well: func() error { return nil }}
	call := func(address string) error {
		t.Helper()
		err := p.call(t.Context(), srv.Client(), model.NewSecret(address))
		if err == nil || strings.Contains(err.Error(), "very-secret") {
			t.Errorf("got %v", err)
		}
		return err
	}
	if err := call(srv.URL + "/very-secret"); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("got %v", err)
	}
	srv.Close()
	_ = call(srv.URL + "/very-secret")
	_ = call("http://very-secret\x7f/")
}
