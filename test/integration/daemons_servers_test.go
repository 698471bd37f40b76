//go:build integration

package integration_test

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	logrecord "opsbot/logs/record"
	"opsbot/test/ports"
)

// daemonLogs are the daemons of the day, with what each must be found to have logged.
var daemonLogs = map[string]daemonLog{
	"apache": {run: apacheLogs, secrets: 1, want: []saidLine{
		{text: "GET /page", status: 200, count: 1}, {text: "GET /none", status: 404, count: 2}, {text: "GET /app", status: 503, count: 3},
		{text: "resuming normal operations", level: logrecord.Info}, {text: "attempt to connect to", level: logrecord.Error},
	}},
	"mariadb": {run: mariadbLogs, timeless: 1, want: []saidLine{
		{text: "ready for connections", level: logrecord.Info, count: 1}, {text: "Access denied for user 'shop'@'localhost' (using password: YES)", level: logrecord.Warning, count: 2},
		{text: "Can't open shared library", level: logrecord.Error, count: 1}, {text: "Shutdown complete", level: logrecord.Info},
	}},
	"nginx in docker": {run: nginxInDocker, secrets: 2, want: []saidLine{
		{text: "GET /page", status: 200, count: 1}, {text: "GET /none", status: 404, count: 2}, {text: "GET /app", status: 502, count: 3},
		{text: "connect() failed (111: Connection refused)", level: logrecord.Error, count: 3},
	}},
	"redis": {run: redisLogs, want: []saidLine{
		{text: "Ready to accept connections", level: logrecord.Info, count: 1}, {text: "Possible SECURITY ATTACK detected", level: logrecord.Error, count: 1},
		{text: "Failed opening the temp RDB file", level: logrecord.Error, count: 1}, {text: "bye bye", level: logrecord.Warning, count: 1},
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

// talk sends lines to a port, each after the answer to the one before, and returns the last answer.
func talk(t *testing.T, port string, lines ...string) string {
	t.Helper()
	conn, err := (&net.Dialer{Timeout: patience}).DialContext(t.Context(), "tcp", "127.0.0.1:"+port)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	answer := make([]byte, 64<<10)
	n := 0
	for _, line := range lines {
		_ = conn.SetDeadline(time.Now().Add(patience))
		if _, err := conn.Write([]byte(line + "\r\n")); err != nil {
			t.Fatal(err)
		}
		if n, err = conn.Read(answer); err != nil {
			return ""
		}
	}
	return string(answer[:n])
}

// hasLogged waits until a log has a text.
func (p *process) hasLogged(path, text string) {
	p.t.Helper()
	p.until("it logs "+text, func() error {
		if data, err := os.ReadFile(path); err != nil || !strings.Contains(string(data), text) {
			return fmt.Errorf("%q is not in %s: %w", text, path, err)
		}
		return nil
	})
}

// mariadbLogs: a library that does not exist, two refused logins.
func mariadbLogs(t *testing.T, dir string) {
	data, path, port := filepath.Join(dir, "data"), filepath.Join(dir, "error.log"), ports.Free(t)
	if err := os.Mkdir(data, 0o777); err != nil { //nolint:gosec // of a daemon that drops its rights
		t.Fatal(err)
	}
	args := []string{"--no-defaults", "--datadir=" + data, "--innodb-log-file-size=8M", "--innodb-flush-method=nosync"}
	if os.Getuid() == 0 {
		args = append(args, "--user=root")
	}
	tables := "create database mysql;\nuse mysql;\n"
	for _, name := range []string{"mysql_system_tables.sql", "mysql_system_tables_data.sql"} {
		tables += string(read(t, filepath.Join("/usr/share/mysql", name))) + "\n"
	}
	install := exec.CommandContext(t.Context(), "mariadbd", append(args, "--bootstrap")...)
	install.Stdin = strings.NewReader(tables)
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	p := launch(t, nil, "mariadbd", append(args, "--log-error="+path, "--port="+port, "--bind-address=127.0.0.1",
		"--socket="+filepath.Join(dir, "s"), "--pid-file="+filepath.Join(dir, "pid"), "--plugin-load=none-such")...)
	p.answers(port)
	p.hasLogged(path, "ready for connections")
	for range 2 {
		client := exec.CommandContext(t.Context(), "mariadb", "--no-defaults", "-h127.0.0.1", "-P"+port, "-ushop", "-p"+planted+"Db1", "-e", "select 1")
		if out, err := client.CombinedOutput(); err == nil {
			t.Fatalf("a wrong password was taken: %s", out)
		}
	}
	p.end(syscall.SIGTERM)
}

// redisLogs: a snapshot without a folder, a browser that comes by.
func redisLogs(t *testing.T, dir string) {
	server, data, path, port := filepath.Join(dir, "redis-server"), filepath.Join(dir, "data"), filepath.Join(dir, "redis.log"), ports.Free(t)
	// The program is that of redis-tools under another name; the package of the server has nothing more than the service.
	if err := os.Symlink("/usr/bin/redis-check-rdb", server); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	p := launch(t, nil, server, "--port", port, "--bind", "127.0.0.1", "--dir", data, "--logfile", path)
	p.answers(port)
	p.hasLogged(path, "Ready to accept connections")
	talk(t, port, "SET a 1")
	talk(t, port, "POST / HTTP/1.1")
	if err := os.Remove(data); err != nil {
		t.Fatal(err)
	}
	talk(t, port, "BGSAVE")
	p.hasLogged(path, "Background saving error")
	talk(t, port, "SHUTDOWN NOSAVE")
	p.hasLogged(path, "bye bye")
	p.end(syscall.SIGTERM)
}

// apacheLogs: pages, pages that are none, and an application that is away.
func apacheLogs(t *testing.T, dir string) {
	port, dead := ports.Free(t), ports.Free(t)
	write(t, dir, "page", "hello")
	path := write(t, dir, "apache.conf", fmt.Sprintf(`
ServerRoot %[1]s
ServerName a.test
Listen 127.0.0.1:%[2]s
PidFile %[1]s/pid
DefaultRuntimeDir %[1]s
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule proxy_module /usr/lib/apache2/modules/mod_proxy.so
LoadModule proxy_http_module /usr/lib/apache2/modules/mod_proxy_http.so
ErrorLog %[1]s/error.log
LogFormat "%%h %%l %%u %%t \"%%r\" %%>s %%O \"%%{Referer}i\" \"%%{User-Agent}i\"" combined
CustomLog %[1]s/access.log combined
DocumentRoot %[1]s
ProxyPass /app http://127.0.0.1:%[3]s retry=0
`, dir, port, dead))
	if err := os.Chmod(filepath.Join(dir, "page"), 0o644); err != nil { //nolint:gosec // of a daemon that drops its rights
		t.Fatal(err)
	}
	p := launch(t, nil, "apache2", "-DFOREGROUND", "-f", path)
	p.answers(port)
	visit(t, 1, port, "/page?session="+planted+"Ap1")
	visit(t, 2, port, "/none")
	visit(t, 3, port, "/app")
	p.end(syscall.SIGTERM)
}

// nginxInDocker: log_format in JSON, and the error log, as docker keeps what a container writes to stdout and stderr.
func nginxInDocker(t *testing.T, dir string) {
	port, dead := ports.Free(t), ports.Free(t)
	path := write(t, dir, "nginx.conf", fmt.Sprintf(`
daemon off; master_process off; pid %[1]s/pid; error_log %[1]s/stderr;
events {}
http {
  log_format fields escape=json '{"time":"$time_iso8601","remote":"$remote_addr","request":"$request","status":$status,"bytes":$body_bytes_sent,'
    '"duration":$request_time,"upstream":"$upstream_addr","agent":"$http_user_agent","authorization":"$http_authorization"}';
  access_log %[1]s/stdout fields; root %[1]s;
  client_body_temp_path %[1]s/b; proxy_temp_path %[1]s/p; fastcgi_temp_path %[1]s/f; uwsgi_temp_path %[1]s/u; scgi_temp_path %[1]s/s;
  server {
    listen 127.0.0.1:%[2]s;
    location = /page { return 200 "ok"; }
    location = /none { return 404; }
    location = /app { proxy_pass http://127.0.0.1:%[3]s; }
  }
}`, dir, port, dead))
	p := launch(t, nil, "nginx", "-p", dir, "-c", path)
	p.answers(port)
	visit(t, 1, port, "/page?api_key="+planted+"Ng1")
	visit(t, 2, port, "/none")
	visit(t, 3, port, "/app?token="+planted+"Ng2")
	p.end(syscall.SIGTERM)
	var docked strings.Builder
	for _, stream := range []string{"stdout", "stderr"} {
		for line := range strings.Lines(string(read(t, filepath.Join(dir, stream)))) {
			text, err := json.Marshal(map[string]string{"log": line, "stream": stream, "time": time.Now().UTC().Format(time.RFC3339Nano)})
			if err != nil {
				t.Fatal(err)
			}
			docked.Write(append(text, '\n'))
		}
	}
	write(t, dir, "container-json.log", docked.String())
}

// undocked is a line without what docker puts around it.
func undocked(t *testing.T, line string) string {
	t.Helper()
	var outer struct{ Log string }
	if !strings.HasPrefix(line, `{"log":`) {
		return line
	}
	if err := json.Unmarshal([]byte(line), &outer); err != nil {
		t.Fatal(err)
	}
	return outer.Log
}
