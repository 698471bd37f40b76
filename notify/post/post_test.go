package post_test

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/notify/post"
)

var now = time.Date(2026, 11, 22, 21, 0, 0, 0, time.UTC)

func receiver(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

func posted(t *testing.T, address string) *model.SendError {
	t.Helper()
	p := post.New(model.NewSecret(address), nil, func() time.Time { return now })
	defer p.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	err := p.Post(ctx, []byte(`{"a":1}`), http.Header{"X-Own": {"b"}})
	if err == nil {
		return nil
	}
	send, ok := errors.AsType[*model.SendError](err)
	if !ok {
		t.Fatalf("%T", err)
	}
	return send
}

// TestAnswers: the answer of a receiver decides whether, and when, to retry.
func TestAnswers(t *testing.T) {
	tests := []struct {
		status int
		after  string
		want   model.SendFailure
		wait   time.Duration
	}{
		{200, "", "", 0},
		{202, "", "", 0},
		{429, "7", model.SendFlood, 7 * time.Second},
		{429, "", model.SendFlood, 30 * time.Second},
		{429, "soon", model.SendFlood, 30 * time.Second},
		{429, "-5", model.SendFlood, time.Second},
		{429, "99999999999", model.SendFlood, time.Hour},
		{429, "Sun, 22 Nov 2026 21:00:20 GMT", model.SendFlood, 20 * time.Second},
		{503, "12", model.SendFlood, 12 * time.Second},
		{503, "", model.SendAmbiguous, 0},
		{500, "9", model.SendAmbiguous, 0},
		{408, "", model.SendAmbiguous, 0},
		{400, "", model.SendBad, 0},
		{413, "", model.SendBad, 0},
		{422, "", model.SendBad, 0},
		{401, "", model.SendRefused, 0},
		{403, "", model.SendRefused, 0},
		{404, "", model.SendRefused, 0},
		{410, "", model.SendRefused, 0},
		{302, "", model.SendRefused, 0},
	}
	for _, tt := range tests {
		s := receiver(t, func(w http.ResponseWriter, r *http.Request) {
			if body, err := io.ReadAll(r.Body); string(body) != `{"a":1}` || err != nil || r.Header.Get("X-Own") != "b" || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
				t.Errorf("%q, %v, %v", body, err, r.Header)
			}
			if tt.after != "" {
				w.Header().Set("Retry-After", tt.after)
			}
			w.Header().Set("Location", "http://127.0.0.1:1/")
			w.WriteHeader(tt.status)
		})
		switch got := posted(t, s.URL); {
		case tt.want == "" && got == nil:
		case got == nil || got.Failure != tt.want || got.RetryAfter != tt.wait:
			t.Errorf("%d %q: %+v, want %s %v", tt.status, tt.after, got, tt.want, tt.wait)
		}
	}
}

// TestWhetherItMayHaveArrived: only a loss after the connection was made leaves a doubt.
func TestWhetherItMayHaveArrived(t *testing.T) {
	cut := receiver(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	private := httptest.NewTLSServer(nil)
	t.Cleanup(private.Close)
	private.Config.ErrorLog = nil
	for address, want := range map[string]model.SendFailure{
		cut.URL: model.SendAmbiguous, "http://127.0.0.1:1/": model.SendNotSent, private.URL: model.SendNotSent,
		"http://nobody.invalid/": model.SendNotSent, "://": model.SendRefused,
	} {
		if got := posted(t, address); got == nil || got.Failure != want {
			t.Errorf("%s: %v, want %s", address, got, want)
		}
	}
	roots := x509.NewCertPool()
	roots.AddCert(private.Certificate())
	p := post.New(model.NewSecret(private.URL), roots, time.Now)
	defer p.Close()
	if err := p.Post(t.Context(), nil, nil); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("a server whose certificate is known: %v", err)
	}
}

func TestAHangingReceiverIsLeft(t *testing.T) {
	came, release := make(chan struct{}), make(chan struct{})
	s := receiver(t, func(http.ResponseWriter, *http.Request) { close(came); <-release })
	defer close(release)
	ctx, cancel := context.WithCancel(t.Context())
	p := post.New(model.NewSecret(s.URL), nil, time.Now)
	defer p.Close()
	done := make(chan error, 1)
	go func() { done <- p.Post(ctx, []byte("{}"), nil) }()
	<-came
	cancel()
	if send, ok := errors.AsType[*model.SendError](<-done); !ok || send.Failure != model.SendAmbiguous {
		t.Errorf("%v", send)
	}
}

// TestNoSecretLeaks: whatever goes wrong, no error contains a secret of the address, even if the answer repeats it.
func TestNoSecretLeaks(t *testing.T) {
	const path = "/hooks/SECRETPATH?sig=SECRETSIG"
	echo := receiver(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, "there is no "+r.URL.RequestURI())
	})
	helpful := receiver(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, "field \n version "+strings.Repeat("я", 200))
	})
	for name, say := range map[string]func(r *http.Request) string{
		"the path as it reads":  func(r *http.Request) string { return r.URL.Path },
		"the query as it reads": func(r *http.Request) string { return r.URL.Query().Get("sig") },
		"the login":             func(r *http.Request) string { return r.Header.Get("Authorization") },
		"a query of JSON":       func(r *http.Request) string { return strings.ReplaceAll(r.URL.RawQuery, "%", "\\u0025") },
	} {
		s := receiver(t, func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, say(r))
		})
		got := posted(t, strings.Replace(s.URL, "//", "//user:word%20word@", 1)+"/a%2Bb%20SECRETPATH%2Fq?sig=SECRET%2BSIG%3Dx")
		if got == nil || strings.Contains(got.Error(), "SECRET") || strings.Contains(got.Error(), "dXNlcjp3b3JkIHdvcmQ") {
			t.Errorf("%s: %v", name, got)
		}
	}
	moved := receiver(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", "http://[::1/"+r.URL.RequestURI()) // not an address
		w.WriteHeader(http.StatusFound)
	})
	if got := posted(t, moved.URL+path); got == nil || strings.Contains(got.Error(), "SECRET") {
		t.Errorf("a redirect to nowhere: %v", got)
	}
	for _, address := range []string{echo.URL, "http://127.0.0.1:1", "http://nobody.invalid", "http://u:SECRETWORD@127.0.0.1:1", "http://127.0.0.1:1:2"} {
		got := posted(t, address+path)
		if got == nil || strings.Contains(got.Error(), "SECRET") {
			t.Errorf("%s: %v", address, got)
		}
	}
	if got := posted(t, helpful.URL+path); got == nil || !strings.Contains(got.Error(), "HTTP 400: field version я") || len(got.Error()) > 400 {
		t.Errorf("%v", got)
	}
}
