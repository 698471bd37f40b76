//go:build integration

package integration_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"opsbot/test/ports"
)

// apacheLogs: pages, pages that are none, and an application that is away.
func apacheLogs(t *testing.T, dir string) {
	port, dead := ports.Free(t), ports.Free(t)
	write(t, dir, "page", "hello")
	path := write(t, dir, "apache.conf", fmt.Sprintf(`
ServerRoot %[1]s
ServerName a.test
User nobody
Group nogroup
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

// haproxyLogs: pages, pages that are none, a server that is down.
func haproxyLogs(t *testing.T, dir string) {
	syslog, socket := syslogd(t, dir)
	port, dead := ports.Free(t), ports.Free(t)
	config := write(t, dir, "haproxy.cfg", fmt.Sprintf(`
global
  log %[1]s local0
defaults
  mode http
  log global
  option httplog
  retries 0
  timeout connect 1s
  timeout client 5s
  timeout server 5s
frontend www
  bind 127.0.0.1:%[2]s
  http-request return status 200 if { path /page }
  http-request return status 404 if { path /none }
  default_backend app
backend app
  server app1 127.0.0.1:%[3]s check inter 100ms fall 1
`, socket, port, dead))
	p := launch(t, nil, "haproxy", "-db", "-f", config)
	p.answers(port)
	syslog.hasLogged(filepath.Join(dir, "iso.log"), "app1 is DOWN", 1)
	visit(t, 1, port, "/page?api_key="+planted+"Ha1")
	visit(t, 2, port, "/none")
	visit(t, 3, port, "/app")
	syslog.hasLogged(filepath.Join(dir, "iso.log"), "GET /app", 3)
	p.end(syscall.SIGTERM)
	syslog.end(syscall.SIGTERM)
}
