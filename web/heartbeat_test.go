package web_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/ops"
	"opsbot/web"
)

// jobs receives heartbeats.
type jobs func(id model.CheckID, token string, b model.HeartbeatCall) error

// Admit accepts everybody but the unknown caller.
func (j jobs) Admit(_ model.CheckID, token string) error {
	if token == "stranger" {
		return ops.ErrNoHeartbeat
	}
	return nil
}

func (j jobs) Take(_ context.Context, id model.CheckID, token string, b model.HeartbeatCall) error {
	return j(id, token, b)
}

// TestUnknownTakeNoPlace: a hundred callers without a token begin a call and never end it.
func TestUnknownTakeNoPlace(t *testing.T) {
	url := heartbeatServer(t, func(model.CheckID, string, model.HeartbeatCall) error { return nil })
	for range 100 {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		if _, err := io.WriteString(conn, "POST /beat/backup/stranger HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nslow"); err != nil {
			t.Fatal(err)
		}
		if resp, err := http.ReadResponse(bufio.NewReader(conn), nil); err != nil || resp.StatusCode != http.StatusNotFound {
			t.Fatalf("%v %v", resp, err)
		}
	}
	if resp := call(t, "POST", url+"/beat/backup/x", "", ""); resp.StatusCode != http.StatusOK {
		t.Errorf("a job among unknown callers: %d", resp.StatusCode)
	}
}

func heartbeatServer(t *testing.T, taker jobs) string {
	t.Helper()
	l := listen(t)
	serving(t, l, web.Public(web.Parts{
		Health: func() web.Health { return web.Health{} }, Metrics: web.NewMetrics("1", func() web.Snapshot { return web.Snapshot{} }), Jobs: taker,
		API: http.NotFoundHandler(), Hooks: http.NotFoundHandler(),
	}))
	return "http://" + l.Addr().String()
}

func call(t *testing.T, method, url, bearer, body string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if bearer != "" {
		req.Header.Set("Authorization", "Bearer "+bearer)
	}
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	return resp
}

func TestHeartbeatCalls(t *testing.T) {
	type taken struct {
		id    model.CheckID
		token string
		b     model.HeartbeatCall
	}
	var got taken
	url := heartbeatServer(t, func(id model.CheckID, token string, b model.HeartbeatCall) error {
		got = taken{id, token, b}
		return nil
	})
	long := strings.Repeat("я", 300)
	cases := []struct {
		method, path, bearer, body string
		want                       taken
	}{
		{"POST", "/beat/backup/s3cret", "", "", taken{"backup", "s3cret", model.HeartbeatCall{}}},
		{"GET", "/beat/backup", " s3cret ", "", taken{"backup", "s3cret", model.HeartbeatCall{}}},
		{"GET", "/beat/%D0%B1%D1%8D%D0%BA%D0%B0%D0%BF/s3cret?event=start", "", "", taken{"бэкап", "s3cret", model.HeartbeatCall{Event: model.HeartbeatStart}}},
		{"POST", "/beat/backup?event=fail", "s3cret", "\n \r\ndisk\tfull\x1b[31m\nmore", taken{"backup", "s3cret", model.HeartbeatCall{Event: model.HeartbeatFail, Said: "disk full [31m"}}},
		{"POST", "/beat/backup?exit=3", "s3cret", "", taken{"backup", "s3cret", model.HeartbeatCall{Event: model.HeartbeatFail, Code: 3}}},
		{"POST", "/beat/backup?exit=0", "s3cret", "", taken{"backup", "s3cret", model.HeartbeatCall{}}},
		{"POST", "/beat/backup", "s3cret", long, taken{"backup", "s3cret", model.HeartbeatCall{Said: long[:398] + "…"}}},
		{"POST", "/beat/backup", "s3cret", strings.Repeat("line\n", 150_000), taken{"backup", "s3cret", model.HeartbeatCall{Said: "line"}}},
	}
	for _, c := range cases {
		got = taken{}
		if resp := call(t, c.method, url+c.path, c.bearer, c.body); resp.StatusCode != http.StatusOK || got != c.want {
			t.Errorf("%s %s: %d, %+v, want %+v", c.method, c.path, resp.StatusCode, got, c.want)
		}
	}
	for path, want := range map[string]int{
		"/beat/backup?event=stop": 400, "/beat/backup?exit=-1": 400, "/beat/backup?exit=256": 400, "/beat/backup?event=start&exit=1": 400,
		"/beat/": 404, "/beat/a/b/c": 404,
	} {
		if resp := call(t, "POST", url+path, "x", ""); resp.StatusCode != want {
			t.Errorf("%s: %d, want %d", path, resp.StatusCode, want)
		}
	}
	if resp := call(t, "DELETE", url+"/beat/backup", "x", ""); resp.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("DELETE: %d", resp.StatusCode)
	}
}

func TestHeartbeatCallsAreRefused(t *testing.T) {
	for code, refusal := range map[int]error{
		404: ops.ErrNoHeartbeat, 429: ops.ErrHeartbeatsTooFast,
		503: &model.Error{Code: model.ErrStore, Args: map[string]string{"what": "sqlite: internals"}, Err: errors.New("internals")},
	} {
		url := heartbeatServer(t, func(model.CheckID, string, model.HeartbeatCall) error { return refusal })
		resp := call(t, "POST", url+"/beat/backup/s3cret", "", "")
		body := make([]byte, 1<<10)
		n, _ := resp.Body.Read(body)
		if resp.StatusCode != code || strings.Contains(string(body[:n]), "internals") || strings.Contains(string(body[:n]), "s3cret") {
			t.Errorf("%v: %d %s", refusal, resp.StatusCode, body[:n])
		}
		if wait := resp.Header.Get("Retry-After"); (wait == "") != (code == 404) {
			t.Errorf("%d: Retry-After %q", code, wait)
		}
	}
}

// TestHeartbeatCallsAreBounded: beyond the limit a caller is told to retry, and health is still answered.
func TestHeartbeatCallsAreBounded(t *testing.T) {
	const most = 64
	var in sync.WaitGroup
	in.Add(most)
	leave := make(chan struct{})
	url := heartbeatServer(t, func(model.CheckID, string, model.HeartbeatCall) error {
		in.Done()
		<-leave
		return nil
	})
	var callers sync.WaitGroup
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	for range most {
		callers.Go(func() {
			req, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/beat/backup/x", http.NoBody)
			if err != nil {
				t.Error(err)
				return
			}
			resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
			if err != nil || resp.StatusCode != http.StatusOK {
				t.Errorf("%v %v", resp, err)
				return
			}
			_ = resp.Body.Close()
		})
	}
	in.Wait()
	if resp := call(t, "POST", url+"/beat/backup/x", "", ""); resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("one too many: %d", resp.StatusCode)
	}
	if resp := call(t, "GET", url+"/healthz", "", ""); resp.StatusCode != http.StatusServiceUnavailable && resp.StatusCode != http.StatusOK {
		t.Errorf("health: %d", resp.StatusCode)
	}
	close(leave)
	callers.Wait()
}
