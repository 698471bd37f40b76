//go:build integration

package integration_test

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sirupsen/logrus"

	"opsbot/app"
	"opsbot/model"
	"opsbot/notify/email"
	"opsbot/test/ports"
)

// mailServer is an Exim that accepts mail under TLS with the login opsbot, and delivers it to box. Without a password it accepts mail
// from this machine, without TLS and login.
func mailServer(t *testing.T, password string) (port, ca, box string) {
	t.Helper()
	who := "authenticated = *\n         encrypted = *"
	if password == "" {
		who = "hosts = 127.0.0.1"
	}
	zone := "" // it takes none from its environment
	if name := os.Getenv("TZ"); name != "" {
		zone = "timezone = " + name
	}
	dir, err := os.MkdirTemp("", "opsbot-mail-") //nolint:usetesting // Exim drops its rights and must be able to enter it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	box = filepath.Join(dir, "box")
	if err := errors.Join(os.Chmod(dir, 0o755), os.Mkdir(box, 0o700), os.Chmod(box, 0o777)); err != nil { //nolint:gosec // as above
		t.Fatal(err)
	}
	cert, key := certificate(t, dir, 10)
	port = ports.Free(t)
	config := write(t, dir, "exim.conf", fmt.Sprintf(`
primary_hostname = a.test
local_interfaces = 127.0.0.1
spool_directory = %[1]s/spool
log_file_path = %[1]s/%%slog
pid_file_path = %[1]s/exim.pid
tls_advertise_hosts = *
tls_certificate = %[2]s
tls_privatekey = %[3]s
exim_user = root
never_users =
%[7]s
acl_smtp_rcpt = rcpt
begin acl
rcpt:
  deny local_parts = gone
       message = no such user
  defer local_parts = later
       message = greylisted, come again
 defer condition = ${if exists{%[1]s/refusing}}
       message = too busy, come again later
  accept %[6]s
begin routers
all:
  driver = accept
  transport = box
begin transports
box:
  driver = appendfile
  directory = %[4]s
  maildir_format
  create_directory
  user = nobody
  group = nogroup
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${if and{{eq{$auth2}{opsbot}}{eq{$auth3}{%[5]s}}}}
  server_set_id = $auth2
  server_advertise_condition = ${if def:tls_in_cipher}
`, dir, cert, key, box, password, who, zone))
	start(t, port, nil, "exim4", "-C", config, "-bdf", "-oX", port)
	return port, cert, box
}

// mails waits until that many are in a box, and reads them in order of arrival.
func mails(t *testing.T, box string, n int) []*mail.Message {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	late := time.After(patience)
	var names []string
	for len(names) < n {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("%d mails, want %d", len(names), n)
		}
		var err error
		if names, err = filepath.Glob(filepath.Join(box, "new", "*")); err != nil {
			t.Fatal(err)
		}
	}
	var all []*mail.Message
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		m, err := mail.ReadMessage(strings.NewReader(string(text)))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, m)
	}
	return all
}

// TestIntegrationMail: the product mails a failing check and its end through a real mail server.
func TestIntegrationMail(t *testing.T) {
	port, ca, box := mailServer(t, "s3cret")
	target := ports.Free(t)
	dir := t.TempDir()
	path := write(t, dir, "opsbot.toml", fmt.Sprintf(`
[store]
path = "opsbot.db"
[control]
socket = "s"
[instance]
name = "ops"
[[email]]
name = "oncall"
smtp = "127.0.0.1:%s"
from = "opsbot <ops@example.com>"
to = ["gone@example.com", "oncall@example.com"]
user = "opsbot"
password = "s3cret"
ca_file = %q
language = "ru"
[[routes]]
to = ["email:oncall"]
[[checks]]
name = "main-db"
kind = "tcp"
address = "127.0.0.1:%s"
schedule = "@every 1s"
`, port, ca, target))
	var out locked
	log := logrus.New()
	log.SetOutput(&out)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	a, err := app.New(ctx, app.Options{ConfigPath: path, Version: "test", Stdout: io.Discard, Log: log, Getenv: func(string) string { return "" }})
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	mails(t, box, 1)
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:"+target)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	all := mails(t, box, 2)
	for _, m := range all {
		if received := m.Header.Get("Received"); !strings.Contains(received, "esmtpsa") { // S is TLS, A a login: RFC 3848
			t.Errorf("received %q", received)
		}
	}
	if a, b := all[0].Header, all[1].Header; a.Get("References") == "" || a.Get("References") != b.Get("References") || a.Get("Message-ID") == b.Get("Message-ID") {
		t.Errorf("%v\n%v", a, b)
	}
	if said := out.String(); !strings.Contains(said, "gone@example.com") || !strings.Contains(said, "no such user") || strings.Contains(said, "s3cret") {
		t.Errorf("the log says %s", said)
	}
}

// TestIntegrationMailRefused: a real server's answers to a wrong login, and to unknown mailboxes.
func TestIntegrationMailRefused(t *testing.T) {
	port, ca, box := mailServer(t, "s3cret")
	for _, row := range []struct {
		password, to string
		want         model.SendFailure
	}{{"guess", "oncall@example.com", model.SendRefused}, {"s3cret", "gone@example.com", model.SendChatDead}, {"s3cret", "oncall@example.com", ""}} {
		e := email.New(email.Options{
			Server: "127.0.0.1:" + port, TLS: email.StartTLS, Roots: pool(t, ca), User: "opsbot", Password: model.NewSecret(row.password),
			From: "ops@example.com", To: []string{row.to}, Language: "en", Now: time.Now,
			Render: func(model.Notification) email.Content { return email.Content{Plain: "text", HTML: "text"} },
		})
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		_, err := e.Deliver(ctx, model.Notification{ID: 1, Kind: model.NotifyOpened, Created: time.Now()}, model.Card{})
		cancel()
		send, _ := errors.AsType[*model.SendError](err)
		if (row.want == "") != (err == nil) || (err != nil && (send == nil || send.Failure != row.want)) {
			t.Errorf("%s, %s: %v, want %q", row.password, row.to, err, row.want)
		}
	}
	mails(t, box, 1)
}

// pool trusts one authority.
func pool(t *testing.T, ca string) *x509.CertPool {
	t.Helper()
	data, err := os.ReadFile(ca)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(data) {
		t.Fatal("no certificate")
	}
	return roots
}
