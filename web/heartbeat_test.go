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

// Admit accepts everybody but the unknown caller, with POST, and with GET unless the check's name says POST.
func (j jobs) Admit(id model.CheckID, token, method string) error {
	switch {
	case token == "stranger":
		return ops.ErrNoHeartbeat
	case method != http.MethodPost && (method != http.MethodGet || id == "post-only"):
		return ops.ErrHeartbeatMethod
	default:
		return nil
	}
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
		Guard:  newGuard().Guard,
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

// TestLooksAtALinkAreNoCalls is case 15: the address with the token is pasted into a chat, whose preview fetched it daily and kept a
// dead job alive.
func TestLooksAtALinkAreNoCalls(t *testing.T) {
	taken := 0
	url := heartbeatServer(t, func(model.CheckID, string, model.HeartbeatCall) error { taken++; return nil })
	agents := map[string]bool{ // and whether a GET counts
		"TelegramBot (like TwitterBot)":                                                                   false,
		"Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)":                                      false,
		"Slack-ImgProxy (+https://api.slack.com/robots)":                                                  false,
		"WhatsApp/2.23.20.0":                                                                              false,
		"Twitterbot/1.0":                                                                                  false,
		"facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)":                       false,
		"Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)":                               false,
		"LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)":           false,
		"Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5 skype-url-preview@microsoft.com": false,
		"Mozilla/5.0 (compatible; vkShare; +http://vk.com/dev/Share)":                                     false,
		"Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)":                                false,
		"curl/8.5.0":         true,
		"Wget/1.21.4":        true,
		"python-requests/2":  true,
		"Go-http-client/1.1": true,
		"":                   true,
		"Mozilla/5.0 (Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1": true,
	}
	for agent, counts := range agents {
		for _, method := range []string{"GET", "HEAD", "POST"} {
			for _, path := range []string{"/beat/backup/s3cret", "/beat/post-only/s3cret", "/beat/backup/s3cret?event=start"} {
				want := method == "POST" || method == "GET" && counts && !strings.Contains(path, "post-only")
				before := taken
				resp := asked(t, method, url+path, http.Header{"User-Agent": {agent}})
				if got := taken > before; got != want || (resp.StatusCode == http.StatusOK) != want {
					t.Errorf("%s %s of %q: %d, taken %t, want %t", method, path, agent, resp.StatusCode, got, want)
				}
			}
		}
	}
	for _, header := range []string{"Sec-Purpose", "Purpose", "X-Moz"} {
		before := taken
		if asked(t, "GET", url+"/beat/backup/s3cret", http.Header{header: {"prefetch;prerender"}}); taken > before {
			t.Errorf("a browser that prefetches by %s was taken for the job", header)
		}
	}
}

func asked(t *testing.T, method, url string, header http.Header) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header = header
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	return resp
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
