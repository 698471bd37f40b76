//go:build integration

package integration_test

import (
	"crypto/tls"
	"errors"
	"net/smtp"
	"net/textproto"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"opsbot/test/ports"
)

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
	config := dovecotConfig(t, dir, &dovecotSettings{
		protocol: "imap", port: port, log: path, mail: "/proc/none", password: "s3cret", more: `
auth_verbose = yes
auth_verbose_passwords = plain
auth_failure_delay = 0
first_valid_uid = 0
`,
	})
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
