//go:build integration

package integration_test

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	logrecord "opsbot/logs/record"
)

// daemonLogs are the daemons of the day, with what each must be found to have logged.
var daemonLogs = map[string]daemonLog{
	"apache": {run: apacheLogs, zoned: "access", secrets: 1, want: []saidLine{
		{text: "GET /page", status: 200, count: 1},
		{text: "GET /none", status: 404, count: 2},
		{text: "GET /app", status: 503, count: 3},
		{text: "resuming normal operations", level: logrecord.Info},
		{text: "attempt to connect to", level: logrecord.Error},
	}},
	"dovecot": {run: dovecotLogs, secrets: 1, want: []saidLine{
		{text: "starting up for imap", level: logrecord.Info},
		{text: "Password mismatch", level: logrecord.Info},
		{text: "auth failed", level: logrecord.Info},
		{text: "mkdir(/proc/none/bob) failed", level: logrecord.Error, count: 2},
	}},
	"exim": {run: eximLogs, want: []saidLine{
		{text: "oncall@example.com", level: logrecord.Unknown},
		{text: "535 Incorrect authentication data", level: logrecord.Error, count: 2},
		{text: "rejected RCPT <gone@example.com>: no such user", level: logrecord.Error, count: 1},
		{text: "greylisted", level: logrecord.Unknown, count: 1},
	}},
	"haproxy": {run: haproxyLogs, zoned: "iso", secrets: 2, want: []saidLine{ // each line in two files
		{text: "GET /page", status: 200, count: 2},
		{text: "GET /none", status: 404, count: 4},
		{text: "GET /app", status: 503, count: 6},
		{text: "Server app/app1 is DOWN", level: logrecord.Error, count: 2},
	}},
	"mariadb": {run: mariadbLogs, timeless: 1, want: []saidLine{
		{text: "ready for connections", level: logrecord.Info, count: 1},
		{text: "(using password: YES)", level: logrecord.Warning, count: 2},
		{text: "Can't open shared library", level: logrecord.Error, count: 1},
		{text: "Shutdown complete", level: logrecord.Info},
	}},
	"nginx in docker": {run: nginxInDocker, zoned: "container-json", secrets: 2, want: []saidLine{
		{text: "GET /page", status: 200, count: 1},
		{text: "GET /none", status: 404, count: 2},
		{text: "GET /app", status: 502, count: 3},
		{text: "connect() failed (111: Connection refused)", level: logrecord.Error, count: 3},
	}},
	"postgresql": {run: postgresLogs, zoned: "postgresql", secrets: 1, want: []saidLine{
		{text: "database system is ready to accept connections", level: logrecord.Info, count: 1},
		{text: "password authentication failed for user \"watch\"", level: logrecord.Error, count: 2},
		{text: "syntax error at or near \"selec\"", level: logrecord.Error, count: 1},
		{text: "relation \"none\" does not exist", level: logrecord.Error, count: 1},
		{text: "database system is shut down", level: logrecord.Info, count: 1},
	}},
	"redis": {run: redisLogs, want: []saidLine{
		{text: "Ready to accept connections", level: logrecord.Info, count: 1},
		{text: "Possible SECURITY ATTACK detected", level: logrecord.Error, count: 1},
		{text: "Failed opening the temp RDB file", level: logrecord.Error, count: 1},
		{text: "bye bye", level: logrecord.Warning, count: 1},
	}},
	"sshd": {run: sshdLogs, zoned: "iso", want: []saidLine{
		{text: "Accepted publickey for", count: 2},
		{text: "Invalid user nobody-here", count: 2},
		{text: "Failed password for invalid user nobody-here", level: logrecord.Error, count: 4},
		{text: "maximum authentication attempts exceeded", level: logrecord.Error, count: 6},
		{text: "invalid format", count: 2},
	}},
	"sudo": {run: sudoLogs, zoned: "iso", secrets: 2, want: []saidLine{
		{text: "COMMAND=/usr/bin/id", level: logrecord.Info}, {text: "command not allowed", level: logrecord.Error},
	}},
}

// visit asks for a page that many times.
func visit(t *testing.T, times int, port, path string) {
	t.Helper()
	for range times {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1:"+port+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
	}
}

// talk sends a line to a port, and waits for an answer or the end of the connection.
func talk(t *testing.T, port, line string) {
	t.Helper()
	conn, err := (&net.Dialer{Timeout: patience}).DialContext(t.Context(), "tcp", "127.0.0.1:"+port)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(patience))
	if _, err := conn.Write([]byte(line + "\r\n")); err != nil {
		t.Fatal(err)
	}
	_, _ = conn.Read(make([]byte, 1024))
}

// hasLogged waits until a log has a text so many times.
func (p *process) hasLogged(path, text string, times int) {
	p.t.Helper()
	p.until("it logs "+text, func() error {
		if data, err := os.ReadFile(path); err != nil || strings.Count(string(data), text) < times {
			return fmt.Errorf("%q is not in %s: %w", text, path, err)
		}
		return nil
	})
}
