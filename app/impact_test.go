package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"opsbot/sandbox"
	"opsbot/sandbox/fleet"
	"opsbot/test/ports"
)

const hookSecret = "secret-of-the-hook-4711"

// inboundConfig hears an Alertmanager by its hook, and at url where there is one; scripts may send what they like.
func inboundConfig(t *testing.T, url string) (config, listen string) {
	t.Helper()
	listen = ports.Address(t)
	config = fmt.Sprintf(`
[web]
listen = %q

[[web.tokens]]
name  = "wallboard"
token = "token-of-the-wallboard"

[[inbound]]
name   = "prom"
kind   = "alertmanager"
secret = %q

[[inbound]]
name   = "scripts"
kind   = "generic"
secret = %q
[inbound.mapping]
id    = "id"
host  = "host"
state = "state"
over  = ["ok"]
`, listen, hookSecret, hookSecret)
	if url != "" {
		config = fmt.Sprintf("%s\n[[inbound]]\nname = \"am\"\nkind = \"alertmanager\"\nurl = %q\npoll = \"5s\"\ndisconnected_after = \"5s\"\n", config, url)
	}
	return config, listen
}

// alert is what Alertmanager sends of a host; resolved when it is over.
func alert(host string, began time.Time, resolved bool) map[string]any {
	status, end := "firing", time.Time{}
	if resolved {
		status, end = "resolved", began.Add(time.Minute)
	}
	return map[string]any{
		"status": status, "startsAt": began, "endsAt": end, "fingerprint": "of-" + host, "generatorURL": "http://prometheus/graph",
		"labels":      map[string]string{"alertname": "HostDown", "instance": host + ":9100", "severity": "critical"},
		"annotations": map[string]string{"summary": host + " does not answer"},
	}
}

// post sends a hook, and returns the answer's code.
func (p *product) post(url, secret string, body any) int {
	p.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		p.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(p.wait(), http.MethodPost, url, bytes.NewReader(raw))
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+secret)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, answer.Body)
	return answer.StatusCode
}

func (p *product) alerts(listen string, alerts ...map[string]any) {
	p.t.Helper()
	body := map[string]any{"version": "4", "status": "firing", "groupKey": "{}", "receiver": "opsbot", "alerts": alerts}
	if code := p.post("http://"+listen+"/in/prom", hookSecret, body); code != http.StatusOK {
		p.t.Fatalf("the hook answers %d", code)
	}
}

// Hosts fall, and Prometheus says so: one card with the verdict of every client, seen live, whose hosts' own incidents are
// part of it; what is not in the inventory is said; and its end is told once.
func TestImpactOfAnEventGroup(t *testing.T) {
	t.Parallel()
	p := newWorld(t)
	config, listen := inboundConfig(t, "")
	p.write(p.world.Config() + config)
	p.start()
	p.settled()
	began := time.Now()
	p.set("web1", fleet.Killed)
	p.set("web2", fleet.Killed)
	p.alerts(listen, alert("web1", began, false), alert("web2", began, false), alert("db9", began, false))
	card := p.message(sandbox.OpsChat, 0, "clientA at risk: web1, web2, db9 · rack r1", "3 hosts reported by prom", "2 down", "db9 ·", "clientA", "2 of 4 up")
	p.message(sandbox.OpsChatRu, 0, "clientA — под угрозой", "prom сообщает о 3 хостах", "2 недоступны", "db9")
	asked := p.say(sandbox.Admin, sandbox.OpsChat, "/impact")
	p.message(sandbox.OpsChat, asked, "3 hosts reported by prom", "2 down", "took")
	p.answered("/unmapped", "db9")
	p.answered("/status sources", "prom", "scripts", "no contact yet")
	p.alerts(listen, alert("web1", began, false)) // again and again
	p.notified("web1 refuses", 0)

	p.set("web1", fleet.OK)
	p.set("web2", fleet.OK)
	p.alerts(listen, alert("web1", began, true), alert("web2", began, true), alert("db9", began, true))
	p.message(sandbox.OpsChat, card.ID-1, "3 hosts were reported by", "2 up", "1 event reported as ended, not confirmed")
	for _, c := range []struct {
		path, secret string
		code         int
	}{
		{"/in/prom", "wrong", http.StatusUnauthorized},
		{"/in/nobody", hookSecret, http.StatusUnauthorized},
		{"/in/prom/" + hookSecret, "", http.StatusBadRequest}, // the secret is right, and it is no message of Alertmanager's
		{"/in/scripts", hookSecret, http.StatusOK},
	} {
		if code := p.post("http://"+listen+c.path, c.secret, map[string]string{"id": "1", "host": "web3", "state": "ok"}); code != c.code {
			t.Errorf("%s with %q: %d, want %d", c.path, c.secret, code, c.code)
		}
	}
	var view struct {
		Severity string
		Events   []any
	}
	p.api(listen, "/api/v1/impact", &view)
	if view.Severity != "info" || len(view.Events) != 0 {
		t.Errorf("a wallboard sees %+v", view)
	}
}

// api asks as a wallboard does.
func (p *product) api(listen, path string, into any) {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.wait(), http.MethodGet, "http://"+listen+path, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer token-of-the-wallboard")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	if err := json.NewDecoder(answer.Body).Decode(into); err != nil {
		p.t.Fatal(err)
	}
}

// An event that was answered 2xx outlives a kill: what it means is told after the next start.
func TestImpactAfterARestart(t *testing.T) {
	t.Parallel()
	p := newWorld(t)
	config, listen := inboundConfig(t, "")
	p.write(p.world.Config() + config)
	p.start()
	p.settled()
	p.set("web9", fleet.Killed)
	p.alerts(listen, alert("web9", time.Now(), false))
	p.stop()
	p.start()
	p.message(sandbox.OpsChat, 0, "1 host reported by prom: web9")
}

// A source that does not answer is an incident by itself, and heard again is said.
func TestASourceDisconnects(t *testing.T) {
	t.Parallel()
	var away atomic.Bool
	am := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case away.Load():
			w.WriteHeader(http.StatusBadGateway)
		case r.URL.Path == "/api/v2/status":
			_, _ = io.WriteString(w, `{"uptime": "2026-01-01T00:00:00Z", "versionInfo": {"version": "0.27.0"}}`)
		default:
			_, _ = io.WriteString(w, `[]`)
		}
	}))
	defer am.Close()
	p := newWorld(t)
	config, _ := inboundConfig(t, am.URL)
	p.write(p.world.Config() + config)
	p.start()
	p.settled()
	p.answered("/status sources", "alertmanager 0.27.0", "last contact")
	away.Store(true)
	card := p.message(sandbox.OpsChat, 0, "am is disconnected", "/status sources")
	away.Store(false)
	p.message(sandbox.OpsChat, card.ID, "am is connected again")
}

// Whatever a hook was answered 2xx for is known after a kill at any moment: events are sent one by one, as fast as they are taken,
// while the product is killed again and again.
func TestKilledWhileEventsCome(t *testing.T) {
	t.Parallel()
	p := newWorld(t)
	config, listen := inboundConfig(t, "")
	p.write(p.world.Config() + config)
	const kills, between = 3, 120 // events, at least
	taken := map[string]bool{}
	for n := range kills + 1 {
		pr := p.spawn()
		p.up(listen)
		if n == kills {
			break
		}
		dead := make(chan struct{})
		for i := 0; ; i++ {
			id := fmt.Sprintf("%d-%d", n, i)
			if i == between {
				go func() { // in the middle of whatever it does then
					defer close(dead)
					pr.kill()
				}()
			}
			if code, err := p.try("http://"+listen+"/in/scripts", map[string]string{"id": id, "host": "stranger" + id, "state": "down"}); err != nil {
				break
			} else if code == http.StatusOK {
				taken[id] = true
			}
		}
		<-dead
	}
	var view struct {
		Events []struct{ ID string }
	}
	p.api(listen, "/api/v1/impact", &view)
	known := map[string]bool{}
	for _, e := range view.Events {
		known[e.ID] = true
	}
	for id := range taken {
		if !known[id] {
			t.Errorf("the event %s was answered 200, and is lost", id)
		}
	}
	if len(taken) < kills*between {
		t.Errorf("only %d events were taken", len(taken))
	}
}

// up waits until a product in a process of its own is ready.
func (p *product) up(listen string) {
	p.t.Helper()
	for ctx := p.wait(); ; {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+listen+"/readyz", nil)
		if err != nil {
			p.t.Fatal(err)
		}
		answer, err := http.DefaultClient.Do(r)
		if err == nil {
			_ = answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return
			}
		}
		if ctx.Err() != nil {
			p.t.Fatalf("it is not ready: %v\n%s", err, p.out)
		}
	}
}

// try sends a hook to a product that may be dead.
func (p *product) try(url string, body any) (code int, err error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return 0, err
	}
	r, err := http.NewRequestWithContext(p.wait(), http.MethodPost, url, bytes.NewReader(raw))
	if err != nil {
		return 0, err
	}
	r.Header.Set("X-Opsbot-Secret", hookSecret)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	_, err = io.Copy(io.Discard, answer.Body)
	return answer.StatusCode, err
}
