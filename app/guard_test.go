package app_test

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
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
	if n := strings.Count(p.out.String(), "strangers were refused"); n != 1 || strings.Contains(p.out.String(), "refuse a webhook") {
		t.Errorf("%d lines of the log for what strangers sent:\n%s", n, p.out.String())
	}
	if page := p.fetched("http://" + listen + "/metrics"); !strings.Contains(page, `opsbot_refused_total{kind="hook"} 8`) {
		t.Error("the metrics do not count 8 wrong secrets")
	}
}
