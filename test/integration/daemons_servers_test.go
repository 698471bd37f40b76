//go:build integration

package integration_test

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/smtp"
	"net/textproto"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	logrecord "opsbot/logs/record"
	"opsbot/test/ports"
)

// daemonLogs are the daemons of the day, with what each must be found to have logged.
var daemonLogs = map[string]daemonLog{
	"apache": {run: apacheLogs, zoned: "access", secrets: 1, want: []saidLine{
		{text: "GET /page", status: 200, count: 1}, {text: "GET /none", status: 404, count: 2}, {text: "GET /app", status: 503, count: 3},
		{text: "resuming normal operations", level: logrecord.Info}, {text: "attempt to connect to", level: logrecord.Error},
	}},
	"dovecot": {run: dovecotLogs, secrets: 1, want: []saidLine{
		{text: "starting up for imap", level: logrecord.Info}, {text: "Password mismatch", level: logrecord.Info}, {text: "auth failed", level: logrecord.Info},
		{text: "mkdir(/proc/none/bob) failed", level: logrecord.Error, count: 2},
	}},
	"exim": {run: eximLogs, want: []saidLine{
		{text: "oncall@example.com", level: logrecord.Unknown}, {text: "535 Incorrect authentication data", level: logrecord.Error, count: 2},
		{text: "rejected RCPT <gone@example.com>: no such user", level: logrecord.Error, count: 1}, {text: "greylisted", level: logrecord.Unknown, count: 1},
	}},
	"haproxy": {run: haproxyLogs, zoned: "iso", secrets: 2, want: []saidLine{ // each line in two files
		{text: "GET /page", status: 200, count: 2}, {text: "GET /none", status: 404, count: 4}, {text: "GET /app", status: 503, count: 6},
		{text: "Server app/app1 is DOWN", level: logrecord.Error, count: 2},
	}},
	"mariadb": {run: mariadbLogs, timeless: 1, want: []saidLine{
		{text: "ready for connections", level: logrecord.Info, count: 1}, {text: "Access denied for user 'shop'@'localhost' (using password: YES)", level: logrecord.Warning, count: 2},
		{text: "Can't open shared library", level: logrecord.Error, count: 1}, {text: "Shutdown complete", level: logrecord.Info},
	}},
	"nginx in docker": {run: nginxInDocker, zoned: "container-json", secrets: 2, want: []saidLine{
		{text: "GET /page", status: 200, count: 1}, {text: "GET /none", status: 404, count: 2}, {text: "GET /app", status: 502, count: 3},
		{text: "connect() failed (111: Connection refused)", level: logrecord.Error, count: 3},
	}},
	"postgresql": {run: postgresLogs, zoned: "postgresql", secrets: 1, want: []saidLine{
		{text: "database system is ready to accept connections", level: logrecord.Info, count: 1}, {text: "password authentication failed for user \"watch\"", level: logrecord.Error, count: 2},
		{text: "syntax error at or near \"selec\"", level: logrecord.Error, count: 1}, {text: "relation \"none\" does not exist", level: logrecord.Error, count: 1},
		{text: "database system is shut down", level: logrecord.Info, count: 1},
	}},
	"sshd": {run: sshdLogs, zoned: "iso", want: []saidLine{
		{text: "Accepted publickey for", count: 2}, {text: "Invalid user nobody-here", count: 2}, {text: "Failed password for invalid user nobody-here", level: logrecord.Error, count: 4},
		{text: "maximum authentication attempts exceeded", level: logrecord.Error, count: 6}, {text: "invalid format", count: 2},
	}},
	"sudo": {run: sudoLogs, zoned: "iso", secrets: 2, want: []saidLine{
		{text: "COMMAND=/usr/bin/id", level: logrecord.Info, count: 2}, {text: "command not allowed", level: logrecord.Error, count: 2},
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
	p.hasLogged(path, "ready for connections", 1)
	for range 2 {
		client := exec.CommandContext(t.Context(), "mariadb", "--no-defaults", "-h127.0.0.1", "-P"+port, "-ushop", "-p"+planted+"Db1", "-e", "select 1")
		if out, err := client.CombinedOutput(); err == nil {
			t.Fatalf("a wrong password was taken: %s", out)
		}
	}
	p.end(syscall.SIGTERM)
}

// postgresLogs: refused logins, a syntax error, a table that does not exist.
func postgresLogs(t *testing.T, dir string) {
	p, port, _ := postgresServer(t)
	for range 2 {
		if _, err := connected(t, port, "watch", planted+"Pg1", "shop"); err == nil {
			t.Fatal("a wrong password was taken")
		}
	}
	conn := connect(t, port, "watch", "hunter2", "shop")
	for _, sql := range []string{"selec 1", "select * from none where password = '" + planted + "Pg2'"} {
		if _, err := conn.Exec(t.Context(), sql).ReadAll(); err == nil {
			t.Fatalf("%s was taken", sql)
		}
	}
	_ = conn.Close(t.Context())
	p.end(syscall.SIGINT)
	write(t, dir, "postgresql.log", p.said.String())
}

// eximLogs: a mail that arrives, one to nobody, one that is deferred, wrong passwords.
func eximLogs(t *testing.T, dir string) {
	port, ca, box := mailServer(t, "s3cret")
	try := func(password, to string) error {
		client, err := smtp.Dial("127.0.0.1:" + port)
		if err != nil {
			return err
		}
		defer func() { _ = client.Close() }()
		if err := client.StartTLS(&tls.Config{RootCAs: pool(t, ca), ServerName: "a.test"}); err != nil {
			return err
		}
		if err := client.Auth(smtp.PlainAuth("", "opsbot", password, "127.0.0.1")); err != nil {
			return err
		}
		if err := errors.Join(client.Mail("ops@example.com"), client.Rcpt(to)); err != nil {
			return err
		}
		body, err := client.Data()
		if err != nil {
			return err
		}
		_, err = body.Write([]byte("Subject: a test\r\n\r\nhello\r\n"))
		return errors.Join(err, body.Close(), client.Quit())
	}
	if err := try("s3cret", "oncall@example.com"); err != nil {
		t.Fatal(err)
	}
	for _, row := range [][2]string{{"s3cret", "gone@example.com"}, {"s3cret", "later@example.com"}, {planted + "Ex1", "oncall@example.com"}, {planted + "Ex1", "oncall@example.com"}} {
		if try(row[0], row[1]) == nil {
			t.Fatalf("%v was taken", row)
		}
	}
	mails(t, box, 1)
	path := filepath.Join(filepath.Dir(box), "mainlog")
	if err := eventually(t, patience, func() error {
		if !strings.Contains(string(read(t, path)), "Completed") {
			return errors.New("the mail is not done")
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	write(t, dir, "mainlog.log", string(read(t, path)))
}

// dovecotLogs: a wrong password, which it is told to log, and a mailbox that cannot be opened.
func dovecotLogs(t *testing.T, dir string) {
	port, path := ports.Free(t), filepath.Join(dir, "dovecot.log")
	config := write(t, dir, "dovecot.conf", fmt.Sprintf(`
base_dir = %[1]s/run
state_dir = %[1]s/run
log_path = %[2]s
protocols = imap
ssl = no
disable_plaintext_auth = no
auth_verbose = yes
auth_verbose_passwords = plain
auth_failure_delay = 0
mail_location = maildir:/proc/none/%%u
default_internal_user = dovecot
default_login_user = dovenull
first_valid_uid = 0
service imap-login {
  chroot =
  inet_listener imap {
    address = 127.0.0.1
    port = %[3]s
  }
  inet_listener imaps {
    port = 0
  }
}
passdb {
  driver = static
  args = password=s3cret
}
userdb {
  driver = static
  args = uid=nobody gid=nogroup home=/proc/none/%%u
}
`, dir, path, port))
	p := launch(t, nil, "dovecot", "-F", "-c", config)
	p.answers(port)
	imap(t, port, "a LOGIN bob s3cret", "a SELECT INBOX") // before the wrong password, after which it waits
	imap(t, port, "a LOGIN bob "+planted+"Dv1")
	p.hasLogged(path, "auth failed", 1)
	p.end(syscall.SIGTERM)
}

// imap sends commands with the tag a, each after the answer to the one before.
func imap(t *testing.T, port string, commands ...string) {
	t.Helper()
	conn, err := textproto.Dial("tcp", "127.0.0.1:"+port)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_, err = conn.ReadLine()
	for _, command := range commands {
		err = errors.Join(err, conn.PrintfLine("%s", command))
		for line := ""; err == nil && !strings.HasPrefix(line, "a "); {
			line, err = conn.ReadLine()
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

// syslogd runs rsyslog, which writes messages.log with old timestamps and iso.log with new ones. Programs reach it by its socket.
func syslogd(t *testing.T, dir string) (p *process, socket string) {
	t.Helper()
	socket = filepath.Join(dir, "socket")
	config := write(t, dir, "rsyslog.conf", fmt.Sprintf(`
module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" Socket="%[2]s")
*.* action(type="omfile" file="%[1]s/messages.log" template="RSYSLOG_TraditionalFileFormat")
*.* action(type="omfile" file="%[1]s/iso.log" template="RSYSLOG_FileFormat")
`, dir, socket))
	p = launch(t, nil, "rsyslogd", "-n", "-f", config, "-i", filepath.Join(dir, "rsyslogd.pid"))
	p.until("it has a socket", func() error { _, err := os.Stat(socket); return err })
	return p, socket
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

// inside runs a program for which our syslog is /dev/log, and a file is /etc/sudoers: in its own view of the file system, which ends with it.
// The arguments are the folder of both files, and the program with its arguments.
const inside = `set -e
cd "$1"; shift
mkdir -p dev; mount -t tmpfs none dev
for d in null urandom; do touch dev/$d; mount --bind /dev/$d dev/$d; done
touch dev/log; mount --bind socket dev/log
ln -s /proc/self/fd dev/fd
mount --bind sudoers /etc/sudoers
mount --rbind dev /dev
cd /
exec "$@"`

func within(dir string, program ...string) []string {
	args := []string{"--mount"}
	if os.Getuid() != 0 {
		args = append(args, "--map-root-user")
	}
	return append(append(args, "sh", "-c", inside, "sh", dir), program...)
}

// sudoers allows one program, and no other.
func sudoers(t *testing.T, dir string) {
	t.Helper()
	if err := os.Chmod(write(t, dir, "sudoers", "root ALL=(ALL) NOPASSWD: /usr/bin/id\n"), 0o440); err != nil { //nolint:gosec // sudo wants that
		t.Fatal(err)
	}
}

// sudoLogs: a program that is allowed, and one that is not, with a password among its arguments.
func sudoLogs(t *testing.T, dir string) {
	syslog, _ := syslogd(t, dir)
	sudoers(t, dir)
	output(t, nil, "unshare", within(dir, "sudo", "-n", "/usr/bin/id")...)
	refused := exec.CommandContext(t.Context(), "unshare", within(dir, "sudo", "-n", "/usr/bin/mysql", "--password="+planted+"Su1", "-e", "select 1")...)
	if out, err := refused.CombinedOutput(); err == nil {
		t.Fatalf("sudo ran what it must not: %s", out)
	}
	syslog.hasLogged(filepath.Join(dir, "iso.log"), "command not allowed", 1)
	syslog.end(syscall.SIGTERM)
}

// sshdLogs: a login by a key, wrong passwords, an unknown user, somebody who speaks no SSH.
func sshdLogs(t *testing.T, dir string) {
	syslog, _ := syslogd(t, dir)
	sudoers(t, dir)
	port := ports.Free(t)
	for _, name := range []string{"host", "user"} {
		output(t, nil, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", filepath.Join(dir, name))
	}
	if os.Getuid() == 0 {
		if err := os.MkdirAll("/run/sshd", 0o755); err != nil { // its privilege separation directory
			t.Fatal(err)
		}
	}
	config := write(t, dir, "sshd_config", fmt.Sprintf(`
ListenAddress 127.0.0.1:%[2]s
HostKey %[1]s/host
AuthorizedKeysFile %[1]s/user.pub
StrictModes no
UsePAM no
PermitRootLogin yes
MaxAuthTries 2
PidFile none
`, dir, port))
	p := launch(t, nil, "unshare", within(dir, "/usr/sbin/sshd", "-D", "-f", config)...)
	p.answers(port)
	key, err := ssh.ParsePrivateKey(read(t, filepath.Join(dir, "user")))
	if err != nil {
		t.Fatal(err)
	}
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	login := func(name string, how ssh.AuthMethod) error {
		client, err := ssh.Dial("tcp", "127.0.0.1:"+port, &ssh.ClientConfig{User: name, Auth: []ssh.AuthMethod{how}, HostKeyCallback: ssh.InsecureIgnoreHostKey()}) //nolint:gosec // our own
		if err == nil {
			_ = client.Close()
		}
		return err
	}
	if err := login(me.Username, ssh.PublicKeys(key)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{me.Username, me.Username, "nobody-here"} {
		if login(name, ssh.RetryableAuthMethod(ssh.Password(planted+"Sh1"), 2)) == nil {
			t.Fatal("a wrong password was taken")
		}
	}
	talk(t, port, "", "GET / HTTP/1.1", "")
	syslog.hasLogged(filepath.Join(dir, "iso.log"), "Invalid user nobody-here", 1)
	syslog.hasLogged(filepath.Join(dir, "iso.log"), "invalid format", 1)
	p.end(syscall.SIGTERM)
	syslog.end(syscall.SIGTERM)
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
	p.hasLogged(path, "Ready to accept connections", 1)
	talk(t, port, "SET a 1")
	talk(t, port, "POST / HTTP/1.1")
	if err := os.Remove(data); err != nil {
		t.Fatal(err)
	}
	talk(t, port, "BGSAVE")
	p.hasLogged(path, "Background saving error", 1)
	talk(t, port, "SHUTDOWN NOSAVE")
	p.end(syscall.SIGTERM)
}

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
