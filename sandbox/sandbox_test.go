package sandbox_test

import (
	"context"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"opsbot/sandbox"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// answers reports whether the URL returns a page, on a connection of its own.
func answers(t *testing.T, url string) bool {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(r)
	if err != nil {
		return false
	}
	return resp.Body.Close() == nil && resp.StatusCode == http.StatusOK
}

func TestPageAddr(t *testing.T) {
	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	s, err := sandbox.Start(t.Context(), sandbox.Options{PageAddr: taken.Addr().String(), Dir: t.TempDir(), FreePorts: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if strings.Contains(s.URL(), taken.Addr().String()) || !answers(t, s.URL()) {
		t.Errorf("the page's URL is %s", s.URL())
	}
	for _, bad := range []string{"0.0.0.0:8899", "192.0.2.1:8899", "localhost:8899", "8899", "127.0.0.1:http"} {
		if s, err := sandbox.Start(t.Context(), sandbox.Options{PageAddr: bad, Dir: t.TempDir()}); err == nil {
			s.Close()
			t.Errorf("listens on %s", bad)
		}
	}
}

func TestEndsWithItsContext(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	s, err := sandbox.Start(ctx, sandbox.Options{PageAddr: "127.0.0.1:0", Dir: t.TempDir(), FreePorts: true})
	if err != nil {
		t.Fatal(err)
	}
	stop()
	if err := s.Wait(); err != nil {
		t.Errorf("a requested end is an error: %v", err)
	}
	s.TelegramAway(time.Hour)
	s.Close()
	s.Close()
	s.TelegramAway(time.Hour) // nothing comes back to life
	if answers(t, s.URL()) || s.TelegramBack() != nil || s.Bot.Plugged() {
		t.Error("alive after its end")
	}
}

func TestOutageEndsByItself(t *testing.T) {
	s := start(t)
	s.TelegramAway(time.Hour)
	s.TelegramAway(20 * time.Millisecond) // the last call wins
	if s.Bot.Plugged() {
		t.Error("reachable during the outage")
	}
	patient, stop := context.WithTimeout(t.Context(), 10*time.Second)
	defer stop()
	for !s.Bot.Plugged() {
		select {
		case <-patient.Done():
			t.Fatal("the outage did not end")
		case <-time.After(5 * time.Millisecond):
		}
	}
	if until := s.TelegramAwayUntil(); !until.IsZero() { // waits while it is being plugged in
		t.Errorf("reachable, and yet away until %v", until)
	}
}
