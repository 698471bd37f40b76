package phones_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"opsbot/sandbox/phones"
)

// bench is a service with the phones of anna and olga, and the receiver of their answers.
type bench struct {
	t       *testing.T
	p       *phones.Phones
	pressed chan string
	link    string
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, pressed: make(chan string, 10)}
	links := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/used" {
			w.WriteHeader(http.StatusNotFound)
		}
		b.pressed <- r.Method + " " + r.URL.Path
	}))
	t.Cleanup(links.Close)
	b.link = links.URL
	p, err := phones.Start(t.Context(), phones.Phone{Name: "anna", Number: "+1"}, phones.Phone{Name: "olga", Number: "+2"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	b.p = p
	return b
}

// order orders a call, as a gateway does.
func (b *bench) order(to, path string) int {
	b.t.Helper()
	form := url.Values{"to": {to}, "text": {"main-db is down"}, "ack": {b.link + path}}
	req, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.p.URL(), strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

// call is the last call of a phone.
func (b *bench) call(at int) string {
	if c := b.p.States()[at].Call; c != nil {
		return c.State
	}
	return ""
}

// becomes waits until the last call of a phone is in a state.
func (b *bench) becomes(at int, state string) {
	b.t.Helper()
	ctx, stop := context.WithTimeout(b.t.Context(), 20*time.Second)
	defer stop()
	pace := time.NewTicker(time.Millisecond)
	defer pace.Stop()
	for b.call(at) != state {
		select {
		case <-pace.C:
		case <-ctx.Done():
			b.t.Fatalf("the call is %q, want %q", b.call(at), state)
		}
	}
}

func TestWhoIsAwakeTakesTheCall(t *testing.T) {
	b := newBench(t)
	b.p.Hurry(time.Minute, time.Millisecond)
	if code := b.order("+1", "/ack"); code != http.StatusAccepted {
		t.Fatal(code)
	}
	if got := <-b.pressed; got != "POST /ack" {
		t.Errorf("pressed: %s", got)
	}
	b.becomes(0, phones.Answered)
	if b.call(1) != "" {
		t.Error("another phone rang")
	}
	b.order("+1", "/used")
	b.becomes(0, phones.Failed)
}

func TestWhoSleepsDoesNot(t *testing.T) {
	b := newBench(t)
	b.p.Hurry(30*time.Millisecond, time.Millisecond)
	if err := b.p.Set("anna", true, false); err != nil {
		t.Fatal(err)
	}
	b.order("+1", "/ack")
	b.becomes(0, phones.Missed)
	b.p.Hurry(time.Minute, time.Minute)
	b.order("+1", "/ack")
	if err := b.p.Answer("anna"); err != nil { // the visitor does
		t.Fatal(err)
	}
	b.becomes(0, phones.Answered)
	if n := len(b.pressed); n != 1 {
		t.Errorf("1 was pressed %d times", n)
	}
	if b.p.Answer("anna") == nil || b.p.Answer("olga") == nil || b.p.Answer("nobody") == nil {
		t.Error("what does not ring is answered")
	}
}

func TestWithoutSignalCallsAreRefused(t *testing.T) {
	b := newBench(t)
	b.order("+2", "/ack")
	if err := b.p.Set("olga", false, true); err != nil {
		t.Fatal(err)
	}
	b.becomes(1, phones.Missed) // it rang when the signal went
	if code := b.order("+2", "/ack"); code != http.StatusNotFound || b.call(1) != phones.Failed {
		t.Errorf("%d, %s", code, b.call(1))
	}
	if code := b.order("+3", "/ack"); code != http.StatusBadRequest {
		t.Errorf("an unknown number: %d", code)
	}
	if b.p.Set("nobody", true, true) == nil {
		t.Error("nobody has a phone")
	}
}
