package email_test

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"net"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// server is a mail server that answers as a test sets it up.
type server struct {
	t     *testing.T
	addr  string
	roots *x509.CertPool
	tls   *tls.Config

	implicit bool

	mu      sync.Mutex
	answers map[string]string // by command, or command and a blank and a recipient; "hang" stops answering, "drop" closes the connection
	mails   []taken
	lines   []string // received from clients
	open    map[net.Conn]bool
	wg      sync.WaitGroup
}

// taken is a mail that the server accepted.
type taken struct {
	from, user string
	to         []string
	data       string
	private    bool // under TLS
}

func serve(t *testing.T, implicit bool, answers map[string]string) *server {
	t.Helper()
	web := httptest.NewTLSServer(nil) // for its certificate, of 127.0.0.1
	t.Cleanup(web.Close)
	s := &server{t: t, implicit: implicit, answers: answers, roots: x509.NewCertPool(), open: map[net.Conn]bool{}}
	s.roots.AddCert(web.Certificate())
	s.tls = &tls.Config{Certificates: web.TLS.Certificates, MinVersion: tls.VersionTLS12}
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.addr = l.Addr().String()
	s.wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.open[conn] = true
			s.mu.Unlock()
			s.wg.Go(func() { s.talk(conn) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		s.mu.Lock()
		for conn := range s.open {
			_ = conn.Close()
		}
		s.mu.Unlock()
		s.wg.Wait()
	})
	return s
}

func (s *server) talk(conn net.Conn) {
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.open, conn)
		_ = conn.Close()
	}()
	d := &dialogue{s: s, conn: conn}
	if s.implicit {
		d.conn, d.mail.private = tls.Server(conn, s.tls), true
	}
	d.r = bufio.NewReader(d.conn)
	if !d.answer("greeting", "220 a.test") {
		return
	}
	for {
		line, err := d.r.ReadString('\n')
		if err != nil || !d.command(strings.TrimRight(line, "\r\n")) {
			return
		}
	}
}

// dialogue is one connection.
type dialogue struct {
	s    *server
	conn net.Conn
	r    *bufio.Reader
	mail taken
}

// answer sends the test's answer, or the usual one; false ends the connection.
func (d *dialogue) answer(command, usual string) bool {
	said := d.s.said(command)
	if said == "" {
		said = usual
	}
	switch said {
	case "hang":
		_, _ = d.r.Peek(1 << 10)
		return false
	case "drop":
		return false
	}
	_, err := d.conn.Write([]byte(strings.ReplaceAll(said, "\n", "\r\n") + "\r\n"))
	return err == nil && !strings.HasPrefix(said, "421")
}

func (d *dialogue) command(line string) bool {
	d.s.mu.Lock()
	d.s.lines = append(d.s.lines, line)
	d.s.mu.Unlock()
	verb, rest, _ := strings.Cut(line, " ")
	switch verb {
	case "EHLO":
		usual := "250-a.test\n250-8BITMIME\n250-AUTH PLAIN LOGIN\n250 STARTTLS"
		if d.mail.private {
			usual = "250-a.test\n250-8BITMIME\n250 AUTH PLAIN LOGIN"
		}
		return d.answer("EHLO", usual)
	case "STARTTLS":
		return d.answer("STARTTLS", "220 go on") && d.private()
	case "AUTH":
		plain, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(rest, "PLAIN "))
		d.mail.user = strings.ReplaceAll(strings.TrimPrefix(string(plain), "\x00"), "\x00", ":")
		return d.answer("AUTH", "235 welcome")
	case "MAIL":
		d.mail.from, _, _ = strings.Cut(strings.TrimPrefix(rest, "FROM:"), " ")
		return d.answer("MAIL", "250 ok")
	case "RCPT":
		return d.recipient(strings.Trim(strings.TrimPrefix(rest, "TO:"), "<>"))
	case "DATA":
		return d.answer("DATA", "354 go on") && (d.s.said("DATA") != "" || d.body())
	case "QUIT":
		return d.answer("QUIT", "221 bye") && false
	default:
		return d.answer(verb, "250 ok")
	}
}

func (d *dialogue) private() bool {
	d.conn = tls.Server(d.conn, d.s.tls)
	d.r, d.mail.private = bufio.NewReader(d.conn), true
	return true
}

func (d *dialogue) recipient(address string) bool {
	said := d.s.said("RCPT " + address)
	if said == "" {
		said = "250 ok"
	}
	if strings.HasPrefix(said, "250") {
		d.mail.to = append(d.mail.to, address)
	}
	return d.answer("RCPT", said)
}

// body receives a mail, whatever it answers then: the answer alone may be lost.
func (d *dialogue) body() bool {
	var data strings.Builder
	for {
		line, err := d.r.ReadString('\n')
		if err != nil {
			return false
		}
		if line == ".\r\n" {
			break
		}
		data.WriteString(strings.TrimPrefix(line, "."))
	}
	d.mail.data = data.String()
	d.s.mu.Lock()
	d.s.mails = append(d.s.mails, d.mail)
	d.s.mu.Unlock()
	return d.answer("body", "250 queued")
}

// said is the test's answer; "" is the usual one.
func (s *server) said(command string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.answers[command]
}

// change sets other answers from now on.
func (s *server) change(answers map[string]string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers = answers
}

func (s *server) got() []taken {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mails
}

// received reports whether a client sent something.
func (s *server) received(text string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Contains(strings.Join(s.lines, "\n"), text)
}
