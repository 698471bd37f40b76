package web_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"opsbot/model"
	"opsbot/web"
)

const clusterSecret = "0123456789abcdef0123456789abcdef"

// relay is a leader and a standby, with the requests that arrived at the leader.
type relay struct {
	t       *testing.T
	leader  *httptest.Server
	public  *httptest.Server // of the standby
	control http.Handler     // of the standby

	mu      sync.Mutex
	arrived []arrival
}

type arrival struct{ at, path, from, body string }

func newRelay(t *testing.T, secretHere, secretThere string) *relay {
	t.Helper()
	r := &relay{t: t}
	seen := func(at string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			body, _ := io.ReadAll(req.Body)
			from, _, _ := net.SplitHostPort(req.RemoteAddr)
			r.mu.Lock()
			defer r.mu.Unlock()
			r.arrived = append(r.arrived, arrival{at, req.URL.Path, from, string(body)})
			_, _ = io.WriteString(w, "done")
		})
	}
	r.leader = httptest.NewServer(web.NewForwardReceiver(model.NewSecret(secretThere), "start").Handler(seen("public"), seen("control")))
	t.Cleanup(r.leader.Close)
	f := web.NewForward(web.ForwardOptions{Leader: func() web.Leader { return web.Leader{Address: r.leader.URL, Start: "start"} }, Secret: model.NewSecret(secretHere)})
	nobody := func() http.Handler { return nil }
	r.public = httptest.NewServer(web.StandbyPublic(web.StandbyParts{
		Checks: http.NotFoundHandler(),
		Health: func() web.Health { return web.Health{OK: true, Role: "standby"} }, Metrics: web.NewStandbyMetrics("test", func() bool { return false }), Forward: f.Public(nobody),
	}))
	t.Cleanup(r.public.Close)
	r.control = web.StandbyControl(func(context.Context, bool) (model.Problems, error) { return nil, nil }, f.Control(nobody))
	return r
}

func (r *relay) post(to, path string, header http.Header) (int, string) {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodPost, to+path, bytes.NewBufferString("body"))
	if err != nil {
		r.t.Fatal(err)
	}
	for name, values := range header {
		req.Header[name] = values
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(body)
}

func (r *relay) last() arrival {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.arrived) == 0 {
		return arrival{}
	}
	return r.arrived[len(r.arrived)-1]
}

func TestAStandbyPassesOn(t *testing.T) {
	r := newRelay(t, clusterSecret, clusterSecret)
	for _, path := range []string{"/in/icinga", "/beat/job", "/api/v1/status", "/ack/TOKEN", "/calendar/s3cret.ics"} {
		if code, text := r.post(r.public.URL, path, nil); code != http.StatusOK || text != "done" {
			t.Errorf("%s: %d %s", path, code, text)
		}
		if got := r.last(); got != (arrival{"public", path, "127.0.0.1", "body"}) {
			t.Errorf("%s: %+v", path, got)
		}
	}
	w := httptest.NewRecorder()
	r.control.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/mute", strings.NewReader("{}")))
	if got := r.last(); w.Code != http.StatusOK || got.at != "control" || got.path != "/v1/mute" {
		t.Errorf("at the control socket: %d %+v", w.Code, got)
	}
	before := len(r.arrived)
	w = httptest.NewRecorder()
	r.control.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/reload", strings.NewReader("{}")))
	if w.Code != http.StatusOK || len(r.arrived) != before {
		t.Errorf("a standby passes its own reload on: %d", w.Code)
	}
}

// TestNobodyElsePassesOn: what the leader takes for a local user's request is signed, once, for it, with the secret; and a standby signs nothing
// for strangers.
func TestNobodyElsePassesOn(t *testing.T) {
	r := newRelay(t, clusterSecret, clusterSecret)
	for _, path := range []string{"/cluster/v1/mute", "/cluster//v1/mute", "/in/../cluster/v1/mute", "//cluster/v1/mute", "/%63luster/v1/mute", "/in/%2e%2e/cluster/v1/mute"} {
		for name, url := range map[string]string{"leader": r.leader.URL, "standby": r.public.URL} {
			if code, _ := r.post(url, path, http.Header{"X-Opsbot-User": {"root"}, "X-Opsbot-From": {"127.0.0.1"}}); r.last().at == "control" {
				t.Fatalf("%s at the %s: %d %+v", path, name, code, r.last())
			}
		}
	}
	forged := http.Header{"X-Opsbot-User": {"root"}, "X-Opsbot-To": {"start"}, "X-Opsbot-Nonce": {"n"}, "X-Opsbot-Signature": {strings.Repeat("0", 64)}}
	if code, _ := r.post(r.leader.URL, "/cluster/v1/mute", forged); code != http.StatusForbidden {
		t.Errorf("a forged signature: %d", code)
	}
	forged.Set("X-Opsbot-To", "another start")
	if code, _ := r.post(r.leader.URL, "/cluster/v1/mute", forged); code != http.StatusServiceUnavailable {
		t.Errorf("for another start: %d", code)
	}
	other := newRelay(t, strings.Repeat("x", 32), clusterSecret)
	if code, _ := other.post(other.public.URL, "/in/icinga", nil); code != http.StatusForbidden || len(other.arrived) > 0 {
		t.Errorf("with another secret: %d %+v", code, other.arrived)
	}
	none := newRelay(t, "", "")
	if code, text := none.post(none.public.URL, "/in/icinga", nil); code != http.StatusServiceUnavailable || !strings.Contains(text, "standby") {
		t.Errorf("without a secret: %d %s", code, text)
	}
}

// TestAReplayIsRefused sends what was passed on a second time.
func TestAReplayIsRefused(t *testing.T) {
	var kept *http.Request
	var body []byte
	receiver := web.NewForwardReceiver(model.NewSecret(clusterSecret), "start")
	arrived := 0
	count := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { arrived++ })
	inner := receiver.Handler(count, count)
	leader := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ = io.ReadAll(r.Body)
		kept = r.Clone(context.Background())
		r.Body = io.NopCloser(bytes.NewReader(body))
		inner.ServeHTTP(w, r)
	}))
	t.Cleanup(leader.Close)
	f := web.NewForward(web.ForwardOptions{Leader: func() web.Leader { return web.Leader{Address: leader.URL, Start: "start"} }, Secret: model.NewSecret(clusterSecret)})
	w := httptest.NewRecorder()
	f.Control(func() http.Handler { return nil }).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/mute", strings.NewReader("{}")))
	if w.Code != http.StatusOK || arrived != 1 {
		t.Fatalf("%d, arrived %d times", w.Code, arrived)
	}
	for _, change := range []func(r *http.Request, body []byte) []byte{
		func(_ *http.Request, body []byte) []byte { return body },
		func(r *http.Request, body []byte) []byte { r.Header.Set("X-Opsbot-Nonce", "new"); return body },
		func(r *http.Request, body []byte) []byte { r.Header.Set("X-Opsbot-User", "root"); return body },
		func(_ *http.Request, _ []byte) []byte { return []byte(`{"force":true}`) },
	} {
		again := kept.Clone(t.Context())
		again.Body = io.NopCloser(bytes.NewReader(change(again, body)))
		w := httptest.NewRecorder()
		inner.ServeHTTP(w, again)
		if w.Code != http.StatusForbidden || arrived != 1 {
			t.Errorf("%d, arrived %d times", w.Code, arrived)
		}
	}
}
