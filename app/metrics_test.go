package app_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"opsbot/sandbox"
	"opsbot/sandbox/botapi"
	"opsbot/sandbox/fleet"
	"opsbot/test/ports"
)

// fetched is a page of the web listener, with its status before it.
func (p *product) fetched(url string) string {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.wait(), http.MethodGet, url, http.NoBody)
	if err != nil {
		p.t.Fatal(err)
	}
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return fmt.Sprintf("%d\n%s", resp.StatusCode, body)
}

// What opsbot shows of itself while something is down and Telegram asks for patience, and its pings of the watchdog.
func TestOpsbotShowsItself(t *testing.T) {
	t.Parallel()
	calls := make(chan string, 100)
	watcher := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { calls <- r.URL.Path }))
	defer watcher.Close()
	p, address := newWorld(t), ports.Address(t)
	p.write(p.world.Config() + fmt.Sprintf("\n[web]\nlisten = %q\n[watchdog]\nping_url = \"%s/ping/S3CRET\"\nevery = \"10s\"\n", address, watcher.URL))
	p.start()
	p.settled()
	if got := p.fetched("http://" + address + "/readyz"); !strings.HasPrefix(got, "200\n") || !strings.Contains(got, `"ready":true`) {
		t.Errorf("got %s", got)
	}
	p.world.Bot.Break(botapi.Fault{Kind: botapi.FaultFlood, Method: "sendMessage", Chat: sandbox.OpsChat, RetryAfter: 1})
	p.set("main-db", fleet.Killed)
	p.message(sandbox.OpsChat, 0, "main-db", "is down")
	var page string
	want := []string{
		`opsbot_incidents_open{kind="check",severity="critical"} 1`, `opsbot_incidents_open{kind="connectivity",severity="critical"} 0`,
		`opsbot_telegram_floods_total 1`, `opsbot_checks{phase="down"} 1`, `opsbot_outbox_length 0`, `opsbot_store_failing 0`,
	}
	for deadline := time.Now().Add(patience); !containsAll(page, want) && time.Now().Before(deadline); {
		page = p.fetched("http://" + address + "/metrics")
	}
	for _, line := range append(want, `opsbot_sends_total{channel="telegram",result="sent"}`, "opsbot_store_bytes", "opsbot_telegram_poll_age_seconds") {
		if !strings.Contains(page, "\n"+line) {
			t.Errorf("no line %s", line)
		}
	}
	_, text, _ := strings.Cut(page, "\n")
	problems, err := promlint.New(strings.NewReader(text)).Lint()
	if err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
	select {
	case path := <-calls:
		if path != "/ping/S3CRET" || strings.Contains(p.out.String()+page, "S3CRET") {
			t.Errorf("asked for %s; what it is stands in the log or the metrics", path)
		}
	case <-time.After(patience):
		t.Error("no ping")
	}
}

func containsAll(text string, lines []string) bool {
	for _, l := range lines {
		if !strings.Contains(text, "\n"+l) {
			return false
		}
	}
	return true
}
