//go:build integration

package integration_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/sirupsen/logrus"

	"opsbot/app"
	"opsbot/cli/control"
	"opsbot/model"
	"opsbot/test/ports"
	"opsbot/web"
)

// reading is the whole program in this process, reading logs.
type reading struct {
	*testing.T
	client *control.Client
	said   *locked // its own log
}

// readsLogs runs the program with log sources: hosts and sections are of the configuration.
func readsLogs(t *testing.T, sections string) *reading {
	t.Helper()
	dir := t.TempDir()
	path := write(t, dir, "opsbot.toml", fmt.Sprintf("[store]\npath = \"%[1]s/opsbot.db\"\n[control]\nsocket = \"%[1]s/opsbot.sock\"\n%[2]s", dir, sections))
	r := &reading{T: t, client: control.New(dir+"/opsbot.sock", "en"), said: &locked{}}
	log := logrus.New()
	log.SetOutput(r.said)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ready, ended := make(chan struct{}), make(chan error, 1)
	a, err := app.New(ctx, app.Options{ConfigPath: path, Version: "test", Stdout: io.Discard, Log: log, Ready: func() { close(ready) }})
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	go func() { ended <- a.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the program did not stop cleanly: %v", err)
		}
	})
	select {
	case <-ready:
	case err := <-ended:
		ended <- err
		t.Fatalf("the program ended at once: %v\n%s", err, r.said.String())
	}
	return r
}

// ask requests logs, and returns all excerpts, and how long it took.
func (r *reading) ask(q control.LogsQuery) ([]model.LogExcerpt, time.Duration) {
	r.Helper()
	begun := time.Now()
	said, err := r.client.Logs(r.Context(), q)
	if err != nil {
		r.Fatal(err)
	}
	var view web.LogsView
	if err := json.Unmarshal(said.JSON, &view); err != nil {
		r.Fatal(err)
	}
	return view.Excerpts, time.Since(begun)
}

func (r *reading) one(words ...string) model.LogExcerpt {
	r.Helper()
	got, _ := r.ask(control.LogsQuery{Words: words, Since: time.Hour})
	if len(got) != 1 {
		r.Fatalf("%d excerpts: %+v", len(got), got)
	}
	return got[0]
}

// overSSHD is an [ssh] section for the sshd of a folder, and a host behind each port.
func overSSHD(t *testing.T, dir, more string, ports map[string]string) string {
	t.Helper()
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	config := ""
	hosts := ""
	for name, port := range ports {
		config += fmt.Sprintf("Host %s\n  HostName 127.0.0.1\n  Port %s\n", name, port)
		hosts += fmt.Sprintf("[[hosts]]\nname = %q\naddress = \"127.0.1.%d\"\n", name, len(hosts)%250+1)
	}
	path := write(t, t.TempDir(), "ssh_config", config)
	return fmt.Sprintf("[ssh]\nuser = %q\nconfig = %q\nknown_hosts = \"%s/known_hosts\"\n%s\n%s", me.Username, path, dir, more, hosts)
}

func stamp(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.000Z") }

func TestIntegrationLogsOverSSH(t *testing.T) {
	port, dir, _ := sshd(t)
	logs := t.TempDir()
	now := time.Now()
	write(t, logs, "app.log", stamp(now.Add(-2*time.Hour))+" old\n"+stamp(now)+" ERROR: the disk is full\n\tat a.b.C\n")
	touched := t.TempDir()
	for i, name := range []string{"$(touch x)", "`touch x`", "'; rm -rf *; '", "a\nb", "-rf", "a b"} {
		write(t, logs, "odd.log."+strings.ReplaceAll(name, "touch x", "touch "+strings.ReplaceAll(touched, "/", "_")), fmt.Sprintf("%s of file %d\n", stamp(now), i))
	}
	endless := fmt.Sprintf("over and over %d", os.Getpid())
	r := readsLogs(t, overSSHD(t, dir, fmt.Sprintf("key = \"%s/user_key\"", dir), map[string]string{"web1": port})+fmt.Sprintf(`
[[logs]]
name = "app"
files = ["%[1]s/app.log*"]
[[logs]]
name = "odd"
files = ["%[1]s/odd.log*"]
[[logs]]
name = "said"
command = ["sh", "-c", "echo \"$0 $1\"", "$(id)", "'; x"]
[[logs]]
name = "hangs"
command = ["sleep", "60"]
[[logs]]
name = "endless"
command = ["yes", "%[2]s"]
[[logs]]
name = "none"
files = ["/nowhere/*"]
[excerpts]
timeout = "10s"
`, logs, endless))
	if e := r.one("web1", "app"); e.Matched != 1 || len(e.Lines) != 1 || !strings.HasSuffix(e.Lines[0], "ERROR: the disk is full\n at a.b.C") {
		t.Errorf("%+v", e)
	}
	if e := r.one("web1", "odd"); e.Matched != 6 || !e.Why.IsZero() {
		t.Errorf("files of strange names: %d lines, %q, %+v", e.Matched, e.Lines, e.Why)
	}
	if e := r.one("web1", "said"); len(e.Lines) != 1 || e.Lines[0] != "$(id) '; x" {
		t.Errorf("a command: %+v", e)
	}
	if e := r.one("web1", "none"); e.Why.Code != model.ReasonLogsNoFile {
		t.Errorf("no file: %+v", e)
	}
	for _, name := range []string{"hangs", "endless"} {
		got, took := r.ask(control.LogsQuery{Words: []string{"web1", name}})
		if took > 20*time.Second || got[0].Why.IsZero() {
			t.Errorf("%s: %v %+v", name, took, got)
		}
	}
	if e := r.one("web1", "app"); e.Matched != 1 {
		t.Errorf("after commands that hang: %+v", e)
	}
	nothingRuns(t, endless, 10*time.Second)
	for _, word := range []string{"$(touch " + touched + "/x)", "'; touch " + touched + "/x; '", "a\ntouch " + touched + "/x\n", "`touch " + touched + "/x`"} {
		if got, _ := r.ask(control.LogsQuery{Words: []string{"web1", "app"}, Grep: word}); got[0].Matched != 0 {
			t.Errorf("%q is found: %+v", word, got)
		}
	}
	if made, err := os.ReadDir(touched); err != nil || len(made) > 0 {
		t.Errorf("something ran: %v %v", made, err)
	}
	if left, err := os.ReadDir(logs); err != nil || len(left) != 7 {
		t.Errorf("files are gone: %v %v", left, err)
	}
}

// TestIntegrationLogsOf10GB: a sparse file is read from its end and from its middle, in little memory and time.
func TestIntegrationLogsOf10GB(t *testing.T) {
	port, dir, _ := sshd(t)
	path := filepath.Join(t.TempDir(), "big.log")
	output(t, nil, "truncate", "-s", "10G", path)
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	for i := range 20_000 {
		if _, err := fmt.Fprintf(f, "\n%s line %d", stamp(now.Add(time.Duration(i-20_000)*time.Second)), i); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	r := readsLogs(t, overSSHD(t, dir, fmt.Sprintf("key = \"%s/user_key\"", dir), map[string]string{"web1": port})+fmt.Sprintf(`
[[logs]]
name = "far"
files = [%[1]q]
[[logs]]
name = "near"
files = [%[1]q]
local = true
`, path))
	for _, name := range []string{"far", "near"} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		got, took := r.ask(control.LogsQuery{Words: []string{"web1", name}, Since: 100 * time.Second})
		runtime.ReadMemStats(&after)
		if e := got[0]; e.Matched < 95 || e.Matched > 100 || !strings.HasSuffix(e.Lines[len(e.Lines)-1], "line 19999") || took > 10*time.Second {
			t.Errorf("%s: %d lines in %v, %+v", name, e.Matched, took, e.Why)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > 100<<20 {
			t.Errorf("%s: %d MB were used", name, used>>20)
		}
		t.Logf("%s: %v, %d KB", name, took, (after.TotalAlloc-before.TotalAlloc)>>10)
	}
}

// stall is a proxy to a port that stalls after that many bytes of answers.
func stall(t *testing.T, to string, after int64) (port string, passed *atomic.Int64) {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	passed = &atomic.Int64{}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	all.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer func() { _ = conn.Close() }()
				server, err := (&net.Dialer{}).DialContext(ctx, "tcp", "127.0.0.1:"+to)
				if err != nil {
					return
				}
				end := context.AfterFunc(ctx, func() { _, _ = conn.Close(), server.Close() })
				defer end()
				all.Go(func() { _, _ = io.Copy(server, conn); _ = server.Close() })
				left := after
				buf := make([]byte, 1)
				for {
					if _, err := server.Read(buf); err != nil {
						return
					}
					passed.Add(1)
					if left--; left < 0 {
						_, _ = io.Copy(io.Discard, server)
						return
					}
					if _, err := conn.Write(buf); err != nil {
						return
					}
				}
			})
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		cancel()
		all.Wait()
	})
	_, port, _ = net.SplitHostPort(l.Addr().String())
	return port, passed
}

// TestIntegrationLogsOfHostsThatHang: a real sshd that hangs anywhere, from its greeting to the middle of an answer, delays
// neither the request nor the host beside it.
func TestIntegrationLogsOfHostsThatHang(t *testing.T) {
	port, dir, _ := sshd(t)
	path := write(t, t.TempDir(), "app.log", strings.Repeat(stamp(time.Now())+" a line of the log\n", 200))
	whole, passed := stall(t, port, 1<<40)
	source := fmt.Sprintf("[[logs]]\nname = \"app\"\nfiles = [%q]\n[excerpts]\ntimeout = \"5s\"\n", path)
	key := fmt.Sprintf("key = \"%s/user_key\"", dir)
	_, hostKey, _ := strings.Cut(strings.TrimSpace(string(read(t, filepath.Join(dir, "known_hosts")))), " ")
	trust := func(ports map[string]string) {
		var b strings.Builder
		for _, port := range ports {
			fmt.Fprintf(&b, "[127.0.0.1]:%s %s\n", port, hostKey)
		}
		write(t, dir, "known_hosts", b.String())
	}
	trust(map[string]string{"web1": whole})
	if e := readsLogs(t, overSSHD(t, dir, key, map[string]string{"web1": whole})+source).one("web1"); e.Matched != 200 {
		t.Fatalf("%+v", e)
	}
	all := passed.Load()
	ports := map[string]string{"fine": port}
	const steps = 7
	for i := range steps {
		at := all * int64(i) / steps
		if i == 1 {
			at = 25 // within the greeting
		}
		ports[fmt.Sprintf("hung%d", i)], _ = stall(t, port, at)
	}
	trust(ports)
	r := readsLogs(t, overSSHD(t, dir, key, ports)+source)
	var words []string
	for name := range ports {
		words = append(words, name)
	}
	got, took := r.ask(control.LogsQuery{Words: words, Since: time.Hour})
	if took > 15*time.Second {
		t.Errorf("it took %v", took)
	}
	for _, e := range got {
		if e.Host == "fine" && e.Matched != 200 || e.Host != "fine" && (e.Why.Code != model.ReasonTimeout && e.Why.Code != model.ReasonLogsLate) {
			t.Errorf("%s: %d lines, %+v", e.Host, e.Matched, e.Why)
		}
	}
}

func TestIntegrationLogsTrustNobodyUnknown(t *testing.T) {
	port, dir, _ := sshd(t)
	path := write(t, t.TempDir(), "app.log", stamp(time.Now())+" a line\n")
	source := fmt.Sprintf("[[logs]]\nname = \"app\"\nfiles = [%q]\n", path)
	key := fmt.Sprintf("key = \"%s/user_key\"", dir)
	keys := read(t, filepath.Join(dir, "known_hosts"))
	other := strings.Fields(string(read(t, filepath.Join(dir, "other_key.pub"))))
	for text, want := range map[string]model.ReasonCode{
		string(keys): "",
		"# nobody\n": model.ReasonSSHKeyUnknown,
		fmt.Sprintf("[127.0.0.1]:%s %s %s\n", port, other[0], other[1]):                                   model.ReasonSSHKeyChanged,
		fmt.Sprintf("[web1]:%s %s %s\n", port, other[0], other[1]) + strings.TrimPrefix(string(keys), ""): model.ReasonSSHKeyChanged,
	} {
		file := write(t, dir, "known_hosts", text)
		e := readsLogs(t, overSSHD(t, dir, key, map[string]string{"web1": port})+source).one("web1")
		if e.Why.Code != want || (want == "") != (e.Matched == 1) {
			t.Errorf("%q: %+v", want, e)
		}
		if string(read(t, file)) != text {
			t.Error("known_hosts was changed")
		}
	}
	write(t, dir, "known_hosts", string(keys))
	output(t, nil, "ssh-keygen", "-q", "-H", "-f", filepath.Join(dir, "known_hosts"))
	if e := readsLogs(t, overSSHD(t, dir, key, map[string]string{"web1": port})+source).one("web1"); e.Matched != 1 {
		t.Errorf("hashed known_hosts: %+v", e)
	}
	if e := readsLogs(t, overSSHD(t, dir, fmt.Sprintf("key = \"%s/other_key\"", dir), map[string]string{"web1": port})+source).one("web1"); e.Why.Code != model.ReasonSSHLogin {
		t.Errorf("a key that is not accepted: %+v", e)
	}
}

// TestIntegrationLogsByAJumpHost, with the keys of a real agent.
func TestIntegrationLogsByAJumpHost(t *testing.T) {
	port, dir, _ := sshd(t)
	bastion, other, _ := sshd(t)
	write(t, dir, "user_key.pub", string(read(t, filepath.Join(dir, "user_key.pub")))+string(read(t, filepath.Join(other, "user_key.pub"))))
	known := string(read(t, filepath.Join(dir, "known_hosts"))) + string(read(t, filepath.Join(other, "known_hosts")))
	write(t, dir, "known_hosts", known)
	socket := filepath.Join(t.TempDir(), "agent.sock")
	launch(t, nil, "ssh-agent", "-D", "-a", socket).until("it has a socket", func() error { _, err := os.Stat(socket); return err })
	add := exec.CommandContext(t.Context(), "ssh-add", "-q", filepath.Join(other, "user_key"))
	add.Env = append(os.Environ(), "SSH_AUTH_SOCK="+socket)
	if out, err := add.CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	path := write(t, t.TempDir(), "app.log", stamp(time.Now())+" a line\n")
	source := fmt.Sprintf("[[logs]]\nname = \"app\"\nfiles = [%q]\n", path)
	section := overSSHD(t, dir, fmt.Sprintf("agent = %q\njump = \"127.0.0.1:%s\"", socket, bastion), map[string]string{"web1": port})
	r := readsLogs(t, section+source)
	for range 2 {
		if e := r.one("web1"); e.Matched != 1 {
			t.Errorf("%+v", e)
		}
	}
	write(t, dir, "known_hosts", string(read(t, filepath.Join(other, "known_hosts"))))
	if e := readsLogs(t, section+source).one("web1"); e.Why.Code != model.ReasonSSHKeyUnknown || !strings.HasSuffix(e.Why.Args["addr"], port) {
		t.Errorf("an unknown host behind the jump host: %+v", e)
	}
}

// TestIntegrationLogsOfNginx: the logs of a real nginx with real traffic, before and after a rotation.
func TestIntegrationLogsOfNginx(t *testing.T) {
	sshPort, keys, _ := sshd(t)
	dir, plain, dead := t.TempDir(), ports.Free(t), ports.Free(t)
	pid := filepath.Join(dir, "pid")
	config := write(t, dir, "nginx.conf", fmt.Sprintf(`
daemon off; master_process off; pid %[4]s; error_log %[1]s/error.log;
events {}
http {
  log_format long '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" "$http_authorization" "$http_cookie"';
  access_log %[1]s/access.log long; root %[1]s;
  client_body_temp_path %[1]s/b; proxy_temp_path %[1]s/p; fastcgi_temp_path %[1]s/f; uwsgi_temp_path %[1]s/u; scgi_temp_path %[1]s/s;
  server {
    listen 127.0.0.1:%[2]s;
    location = /reports.html { proxy_pass http://127.0.0.1:%[3]s; }
    location / { return 200 "ok"; }
    location = /none { return 404; }
  }
}`, dir, plain, dead, pid))
	start(t, plain, nil, "nginx", "-p", dir, "-c", config)
	get := func(times int, path string) {
		for i := range times {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, fmt.Sprintf("http://127.0.0.1:%s%s", plain, strings.ReplaceAll(path, "{n}", fmt.Sprint(i))), nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Authorization", "Bearer very-secret-bearer-1")
			req.Header.Set("Cookie", "sessionid=very-secret-session-1")
			answer, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			_ = answer.Body.Close()
		}
	}
	get(40, "/item/{n}?api_key=very-secret-key-{n}")
	get(12, "/reports.html?token=very-secret-token-{n}")
	r := readsLogs(t, overSSHD(t, keys, fmt.Sprintf("key = \"%s/user_key\"", keys), map[string]string{"web1": sshPort})+fmt.Sprintf(`
[[services]]
name = "reports"
port = 1
path = "/reports.html"
schedule = "@every 1h"
[[clients]]
name = "a"
hosts = ["web1"]
services = ["reports"]
[[logs]]
name = "access"
files = ["%[1]s/access.log*"]
[[logs]]
name = "error"
files = ["%[1]s/error.log*"]
timezone = "Local"
[[logs]]
name = "here"
files = ["%[1]s/access.log*"]
local = true
`, dir))
	check := func(when string, reports, none int) {
		t.Helper()
		for _, name := range []string{"access", "here"} {
			e := r.one("web1", name)
			if e.Matched != 40+reports+none || len(e.Groups) < 2 || e.Groups[0].Status != 502 || !e.Groups[0].Page || e.Groups[0].Count != reports || e.Groups[0].Text != "GET /reports.html" {
				t.Errorf("%s, %s: %d lines, %+v, %+v", when, name, e.Matched, e.Groups, e.Why)
			}
			if strings.Contains(fmt.Sprint(e), "very-secret") {
				t.Errorf("%s: a secret comes out: %q", when, e.Lines)
			}
		}
		e := r.one("web1", "error")
		want := fmt.Sprintf("[error] connect() failed (111: Connection refused) … 127.0.0.1:%s", dead)
		if len(e.Groups) == 0 || e.Groups[0].Text != want || e.Groups[0].Count != reports || !e.Groups[0].Page || strings.Contains(fmt.Sprint(e), "very-secret") {
			t.Errorf("%s: %+v, want %s", when, e, want)
		}
	}
	check("before", 12, 0)
	for _, name := range []string{"access.log", "error.log"} {
		if err := os.Rename(filepath.Join(dir, name), filepath.Join(dir, name+".1")); err != nil {
			t.Fatal(err)
		}
	}
	var number int
	if _, err := fmt.Sscan(string(read(t, pid)), &number); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(number, syscall.SIGUSR1); err != nil {
		t.Fatal(err)
	}
	if err := eventually(t, patience, func() error { _, err := os.Stat(filepath.Join(dir, "access.log")); return err }); err != nil {
		t.Fatal(err)
	}
	get(3, "/reports.html")
	get(2, "/none")
	check("after it was rotated", 15, 2)
	output(t, nil, "gzip", filepath.Join(dir, "access.log.1"))
	check("after it was packed", 15, 2)
}

// nothingRuns waits until no process has a word in its command line: what we started on a host must end when we are gone.
func nothingRuns(t *testing.T, word string, within time.Duration) {
	t.Helper()
	for begun := time.Now(); ; {
		lines, err := filepath.Glob("/proc/[0-9]*/cmdline")
		if err != nil {
			t.Fatal(err)
		}
		left := slices.DeleteFunc(lines, func(path string) bool {
			text, err := os.ReadFile(path) // it may be gone by now
			return err != nil || !strings.Contains(string(text), word)
		})
		if len(left) == 0 {
			return
		}
		if time.Since(begun) > within {
			t.Fatalf("%d processes go on", len(left))
		}
		<-time.After(100 * time.Millisecond)
	}
}
