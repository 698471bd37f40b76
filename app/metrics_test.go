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

// showsChecks scrapes the metrics of checks as one who sees everything, and as one who sees a client; without a token there are none.
func (p *product) showsChecks(address string) {
	p.t.Helper()
	if got := p.fetched("http://" + address + "/metrics/checks"); !strings.HasPrefix(got, "401\n") {
		p.t.Errorf("without a token: %s", got)
	}
	all, limited := p.scraped(address, "token-of-prometheus"), p.scraped(address, "token-of-client-a")
	for _, line := range []string{`opsbot_check_up{check="main-db",client="",service="",host="",kind="tcp"} 0`, "opsbot_checks_left_out 0", `opsbot_client_verdict{client="clientB",verdict="ok"} 1`} {
		if !strings.Contains(all, "\n"+line) {
			p.t.Errorf("no line %s in\n%s", line, all)
		}
	}
	if !strings.Contains(limited, `client="clientA"`) || strings.Contains(limited, "clientB") || strings.Contains(limited, "main-db") {
		p.t.Errorf("who sees clientA alone is shown\n%s", limited)
	}
	if problems, err := promlint.New(strings.NewReader(all)).Lint(); err != nil || len(problems) > 0 {
		p.t.Errorf("%v, %v", problems, err)
	}
}

func (p *product) scraped(address, token string) string {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.wait(), http.MethodGet, "http://"+address+"/metrics/checks", http.NoBody)
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		p.t.Errorf("%d %v", answer.StatusCode, err)
	}
	return string(body)
}

// What opsbot shows of itself while something is down and Telegram asks for patience, and its pings of the watchdog.
func TestOpsbotShowsItself(t *testing.T) {
	t.Parallel()
	calls := make(chan string, 100)
	watcher := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { calls <- r.URL.Path }))
	defer watcher.Close()
	p, address := newWorld(t), ports.Address(t)
	p.write(p.world.Config() + fmt.Sprintf("\n[web]\nlisten = %q\n[watchdog]\nping_url = \"%s/ping/S3CRET\"\nevery = \"10s\"\n"+
		"[[web.tokens]]\nname = \"prometheus\"\ntoken = \"token-of-prometheus\"\n[[web.tokens]]\nname = \"a\"\ntoken = \"token-of-client-a\"\nclients = [\"clientA\"]\n", address, watcher.URL))
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
	p.showsChecks(address)
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
