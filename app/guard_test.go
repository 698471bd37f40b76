package app_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"opsbot/sandbox"
)

// rawAnswer is what a listener sends back to a request, byte for byte but for the time of day.
func (p *product) rawAnswer(listen, request string) string {
	p.t.Helper()
	conn, err := (&net.Dialer{}).DialContext(p.wait(), "tcp", listen)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, request); err != nil {
		p.t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil {
		p.t.Fatal(err)
	}
	var kept []string
	for line := range strings.Lines(string(answer)) {
		if !strings.HasPrefix(line, "Date: ") {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "")
}

// TestUnknownSourcesLookLikeKnownOnes: whatever is sent without the secret, the answer to a name that there is and to one that there is not
// is the same, byte for byte; nothing of it is a line of the log for each, and each is counted.
func TestUnknownSourcesLookLikeKnownOnes(t *testing.T) {
	t.Parallel()
	p := newWorld(t)
	config, listen := inboundConfig(t, "")
	p.write(p.world.Config() + config)
	p.start()
	p.settled()
	const body = `{"id":"1","host":"web3","state":"down"}`
	forms := []string{
		"POST /in/%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 39\r\n\r\n" + body,
		"POST /in/%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer wrong\r\nContent-Length: 39\r\n\r\n" + body,
		"POST /in/%s/wrong HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Encoding: gzip\r\nContent-Length: 39\r\n\r\n" + body,
		"GET /in/%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
	}
	for _, form := range forms {
		known := p.rawAnswer(listen, fmt.Sprintf(form, "prom"))
		unknown := p.rawAnswer(listen, fmt.Sprintf(form, "none"))
		if known != unknown || !strings.HasPrefix(known, "HTTP/1.1 4") {
			t.Errorf("%q:\nknown:   %q\nunknown: %q", form, known, unknown)
		}
	}
	if n := strings.Count(p.out.String(), "calls and messages were refused"); n < 1 || n > 2 || strings.Contains(p.out.String(), "refuse a webhook") {
		t.Errorf("%d lines of the log for what strangers sent:\n%s", n, p.out.String())
	}
	if page := p.fetched("http://" + listen + "/metrics"); !strings.Contains(page, `opsbot_refused_total{kind="hook"} 8`) {
		t.Error("the metrics do not count 8 wrong secrets")
	}
}

// TestNoSecretOfOthersIsKept: what a source and a plugin say of secrets is nowhere: not in the chat, the log, the database, the API or the metrics.
func TestNoSecretOfOthersIsKept(t *testing.T) {
	t.Parallel()
	p := newWorld(t)
	config, listen := inboundConfig(t, "")
	const password, token = "hunter2-and-more", "ghp_abcdefghijklmnopqrstuvwxyz0123456789"
	p.write(p.world.Config() + config + fmt.Sprintf(`
[[checks]]
name    = "talks"
kind    = "plugin"
command = ["/bin/sh", "-c", "echo 'login with token=%s failed for https://root:%s@db1/'; exit 2"]
schedule = "@every 1s"
failures = 1
`, token, password))
	p.start()
	body := map[string]string{"id": "1", "host": "db9", "state": "down", "severity": "critical"}
	for id, title := range map[string]string{"1": "backup: password=" + password, "2": "curl -H 'Authorization: Bearer " + token + "' failed"} {
		body["id"], body["title"] = id, title
		if code := p.post("http://"+listen+"/in/scripts", hookSecret, body); code != http.StatusOK {
			t.Fatalf("the hook answers %d", code)
		}
	}
	p.message(sandbox.OpsChat, 0, "talks", "login with token=<secret>")
	p.asks("/events", "db9")
	said := p.out.String() + p.chat(sandbox.OpsChat) + p.chat(sandbox.Admin) + p.fetched("http://"+listen+"/metrics")
	var impact json.RawMessage
	p.api(listen, "/api/v1/impact", &impact)
	answer := string(impact)
	p.stop()
	if onServer() {
		return // its rows are those of a file
	}
	files, err := filepath.Glob(filepath.Join(p.dir, "opsbot.db*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no database: %v", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		said += string(data)
	}
	for _, secret := range []string{password, token} {
		if at := strings.Index(said+answer, secret); at >= 0 {
			t.Errorf("%q is in %q", secret, (said + answer)[max(0, at-200):min(len(said+answer), at+100)])
		}
	}
}
