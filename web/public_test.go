package web_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"opsbot/web"
)

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

func TestHealth(t *testing.T) {
	health := web.Health{OK: true, Version: "1.2.3"}
	l := listen(t)
	url := "http://" + l.Addr().String()
	serving(t, l, web.Public(web.Parts{
		Guard:  newGuard().Guard,
		Health: func() web.Health { return health }, Metrics: web.NewMetrics("1.2.3", func() web.Snapshot { return web.Snapshot{} }), Jobs: jobs(nil),
		API: http.NotFoundHandler(), Hooks: http.NotFoundHandler(),
	}))
	for _, ok := range []bool{true, false} {
		health.OK, health.HealthIssues = ok, []string{"Telegram <is> away"}
		want := http.StatusOK
		if !ok {
			want = http.StatusServiceUnavailable
		}
		code, body := get(t, url+"/healthz")
		var got web.Health
		if err := json.Unmarshal([]byte(body), &got); err != nil {
			t.Fatal(err)
		}
		if code != want || got.OK != ok || got.Version != "1.2.3" || len(got.HealthIssues) != 1 {
			t.Errorf("%d %s", code, body)
		}
	}
	for _, c := range []struct{ ok, ready, want bool }{{true, true, true}, {true, false, false}, {false, true, false}} {
		health = web.Health{OK: c.ok, Ready: c.ready}
		if code, body := get(t, url+"/readyz"); (code == http.StatusOK) != c.want || !strings.Contains(body, fmt.Sprintf(`"ready":%t`, c.ready)) {
			t.Errorf("%+v: %d %s", c, code, body)
		}
	}
	if code, _ := get(t, url+"/v1/status"); code != http.StatusNotFound {
		t.Errorf("the control socket's requests are answered in public: %d", code)
	}
}

func TestMetrics(t *testing.T) {
	l := listen(t)
	serving(t, l, web.Public(web.Parts{Guard: newGuard().Guard, Health: func() web.Health { return web.Health{} }, Metrics: web.NewMetrics("1.2.3", func() web.Snapshot {
		return web.Snapshot{
			Checks: map[string]int{"ok": 7, "down": 2}, Unknown: 1, Results: map[string]uint64{"ok": 100}, SkippedStarts: 3,
			Incidents: map[web.Open]int{{"host", "critical"}: 1}, Working: 3, Mutes: 1, OutboxLength: 4, OutboxAge: 90 * time.Second, DeadLetters: 5, FallbackCopies: 9, Outages: []web.Outage{{"chat:ops", "denied"}}, Floods: 8, StoreBytes: 4096,
			Sends: map[web.Send]uint64{{"email:oncall", "ambiguous"}: 2, {"telegram", "sent"}: 6}, PollAge: 1500 * time.Millisecond, StoreFailing: true,
			Sources:     map[string]web.Received{"icinga": {Up: true, Open: 7}},
			StoreErrors: map[web.StorePart]uint64{{"history", true}: 3, {"outbox", false}: 2}, SetAside: map[string]int{"mute": 4},
		}
	}), Jobs: jobs(nil), API: http.NotFoundHandler(), Hooks: http.NotFoundHandler()}))
	code, body := get(t, "http://"+l.Addr().String()+"/metrics")
	if code != http.StatusOK {
		t.Fatalf("%d %s", code, body)
	}
	for _, line := range []string{
		`opsbot_build_info{version="1.2.3"} 1`, `opsbot_checks{phase="down"} 2`, `opsbot_results_total{status="ok"} 100`, `opsbot_starts_skipped_total 3`,
		`opsbot_incidents_open{kind="host",severity="critical"} 1`, `opsbot_incidents_working 3`, `opsbot_outbox_oldest_age_seconds 90`, `opsbot_dead_letters 5`, `opsbot_destination_failing{failure="denied",to="chat:ops"} 1`,
		`opsbot_sends_total{channel="email:oncall",result="ambiguous"} 2`, `opsbot_sends_total{channel="telegram",result="sent"} 6`, `opsbot_fallback_copies_total 9`, `opsbot_telegram_floods_total 8`, `opsbot_store_bytes 4096`, `opsbot_telegram_poll_age_seconds 1.5`, `opsbot_store_failing 1`,
		`opsbot_source_up{source="icinga"} 1`, `opsbot_source_events{source="icinga"} 7`,
		`opsbot_store_errors_total{area="history",does="write"} 3`, `opsbot_store_errors_total{area="outbox",does="read"} 2`, `opsbot_set_aside_rows{table="mute"} 4`,
	} {
		if !strings.Contains(body, "\n"+line+"\n") {
			t.Errorf("no line %s", line)
		}
	}
	problems, err := promlint.New(strings.NewReader(body)).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		if strings.HasPrefix(p.Metric, "opsbot_") {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
}

// Clients that send nothing, send half a request, or never read do not keep the server from stopping.
func TestServerStopsInTime(t *testing.T) {
	l := listen(t)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	asked := make(chan struct{})
	handler := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(asked)
		<-r.Context().Done() // as slow as can be
	})
	go func() { ended <- web.Serve(ctx, l, handler, nil) }()
	for _, say := range []string{"", "GET / HTTP/1.1\r\nHost: x\r\n", "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n"} {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		if _, err := fmt.Fprint(conn, say); err != nil {
			t.Fatal(err)
		}
	}
	<-asked
	cancel()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(8 * time.Second):
		t.Fatal("it does not stop")
	}
}
