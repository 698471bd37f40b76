package checks_test

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"opsbot/checks"
	"opsbot/model"
)

// turn is one of a server's: what it sends, and the beginning of what it then expects.
type turn struct{ say, expect string }

// plainServer runs its turns on each connection, and continues with next; a nil next closes it.
func plainServer(t *testing.T, turns []turn, next func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer conn.Close()
				for _, turn := range turns {
					if _, err := io.WriteString(conn, turn.say); err != nil {
						return
					}
					received := make([]byte, len(turn.expect))
					if _, err := io.ReadFull(conn, received); err != nil || !strings.EqualFold(string(received), turn.expect) {
						return
					}
				}
				if next != nil {
					next(conn)
				}
			})
		}
	})
	t.Cleanup(func() { l.Close(); wg.Wait() })
	return l.Addr().String()
}

// secured continues with TLS, as far as the client does.
func secured(cert tls.Certificate) func(net.Conn) {
	return func(c net.Conn) {
		s := tls.Server(c, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12})
		if s.Handshake() == nil {
			_, _ = io.Copy(io.Discard, s)
		}
	}
}

const (
	ldapAsk    = "\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037"
	ldapFine   = "\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00"
	ldapLong   = "\x30\x84\x00\x00\x00\x10\x02\x01\x01\x78\x84\x00\x00\x00\x07\x0a\x01\x00\x04\x00\x04\x00" // as Active Directory encodes it
	ldapSorry  = "\x30\x10\x02\x01\x01\x78\x0b\x0a\x01\x02\x04\x00\x04\x04busy"
	postgreAsk = "\x00\x00\x00\x08\x04\xd2\x16\x2f"
)

func TestStartTLS(t *testing.T) {
	cert := certificate(t, 60*model.Day)
	file := roots(t, cert)
	smtp := []turn{
		{"220-mail.test greets\r\n220 you\r\n", "EHLO opsbot.invalid\r\n"},
		{"250-mail.test\r\n250-SIZE 1000\r\n250 starttls\r\n", "STARTTLS\r\n"},
		{"220 go ahead\r\n", ""},
	}
	for _, c := range []struct {
		name     string
		protocol checks.StartTLS
		turns    []turn
		next     func(net.Conn)
		code     model.ReasonCode
		said     string
	}{
		{"smtp", checks.StartSMTP, smtp, secured(cert), "", ""},
		{"imap", checks.StartIMAP, []turn{{"* OK [CAPABILITY IMAP4rev1 STARTTLS] hello\r\n", "a STARTTLS\r\n"}, {"* CAPABILITY X\r\na OK go\r\n", ""}}, secured(cert), "", ""},
		{"pop3", checks.StartPOP3, []turn{{"+OK hello\r\n", "STLS\r\n"}, {"+OK go\r\n", ""}}, secured(cert), "", ""},
		{"ftp", checks.StartFTP, []turn{{"220 hello\r\n", "AUTH TLS\r\n"}, {"234 go\r\n", ""}}, secured(cert), "", ""},
		{"postgres", checks.StartPostgres, []turn{{"", postgreAsk}, {"S", ""}}, secured(cert), "", ""},
		{"ldap", checks.StartLDAP, []turn{{"", ldapAsk}, {ldapFine, ""}}, secured(cert), "", ""},
		{"ldap in the long form", checks.StartLDAP, []turn{{"", ldapAsk}, {ldapLong, ""}}, secured(cert), "", ""},

		{"smtp is busy", checks.StartSMTP, []turn{{"421 too many\r\n", ""}}, untilClosed, model.ReasonStartTLS, "421 too many"},
		{"smtp does not offer it", checks.StartSMTP, []turn{{"220 hello\r\n", "EHLO opsbot.invalid\r\n"}, {"250 SIZE\r\n", ""}}, untilClosed, model.ReasonStartTLS, "it does not offer STARTTLS"},
		{"smtp offers and refuses", checks.StartSMTP, append(smtp[:2:2], turn{"454 no key\r\n", ""}), untilClosed, model.ReasonStartTLS, "454 no key"},
		{"imap refuses", checks.StartIMAP, []turn{{"* OK hi\r\n", "a STARTTLS\r\n"}, {"a BAD what\r\n", ""}}, untilClosed, model.ReasonStartTLS, "a BAD what"},
		{"pop3 refuses", checks.StartPOP3, []turn{{"-ERR away\r\n", ""}}, untilClosed, model.ReasonStartTLS, "-ERR away"},
		{"ftp does not know it", checks.StartFTP, []turn{{"220 hello\r\n", "AUTH TLS\r\n"}, {"502 what\r\n", ""}}, untilClosed, model.ReasonStartTLS, "502 what"},
		{"postgres has none", checks.StartPostgres, []turn{{"", postgreAsk}, {"N", ""}}, untilClosed, model.ReasonStartTLS, "it has no TLS"},
		{"ldap refuses", checks.StartLDAP, []turn{{"", ldapAsk}, {ldapSorry, ""}}, untilClosed, model.ReasonStartTLS, "busy"},
		{"ldap is something else", checks.StartLDAP, []turn{{"220 mail\r\n", ""}}, untilClosed, model.ReasonStartTLS, "it does not speak this protocol"},

		{"says nothing", checks.StartSMTP, nil, untilClosed, model.ReasonTimeout, ""},
		{"hangs up", checks.StartIMAP, nil, nil, model.ReasonClosed, ""},
		{"never stops greeting", checks.StartSMTP, nil, func(c net.Conn) { endless(c, "220-hello\r\n") }, model.ReasonStartTLS, "it talks without end"},
		{"one line without end", checks.StartPOP3, nil, func(c net.Conn) { endless(c, "+OK") }, model.ReasonStartTLS, "it talks without end"},
		{"somebody speaks before TLS", checks.StartPOP3, []turn{{"+OK hello\r\n", "STLS\r\n"}, {"+OK go\r\n+OK forged\r\n", ""}}, secured(cert), model.ReasonStartTLS, "it says more than it may before TLS begins"},
		{"TLS is half closed", checks.StartPOP3, []turn{{"+OK hello\r\n", "STLS\r\n"}, {"+OK go\r\n", ""}}, func(c net.Conn) { c.(*net.TCPConn).CloseWrite(); untilClosed(c) }, model.ReasonClosed, ""},
		{"TLS is none", checks.StartPOP3, []turn{{"+OK hello\r\n", "STLS\r\n"}, {"+OK go\r\n", ""}}, func(c net.Conn) {
			bufio.NewReader(c).Peek(1)
			io.WriteString(c, "-ERR what was that?\r\n")
			untilClosed(c)
		}, model.ReasonTLS, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			address := plainServer(t, c.turns, c.next)
			for kind, o := range map[string]checks.Options{
				"tcp": &checks.TCPOptions{Address: address, ServerName: "a.test", CAFile: file, StartTLS: c.protocol},
				"tls": &checks.TLSOptions{Address: address, ServerName: "a.test", CAFile: file, StartTLS: c.protocol, Days: 14},
			} {
				ck := check(t, o)
				ck.Timeout = 500 * time.Millisecond
				if c.code == "" {
					ck.Timeout = 10 * time.Second
				}
				r := run(t, ck)
				if r.Reason.Code != c.code || c.said != "" && r.Reason.Args["said"] != c.said {
					t.Errorf("%s: got %s %+v", kind, r.Status, r.Reason)
				}
			}
		})
	}
}

// TestStartTLSSeesTheCertificate: the certificate of a mail server expires, or has another name.
func TestStartTLSSeesTheCertificate(t *testing.T) {
	cert := certificate(t, 6*model.Day+time.Hour)
	file := roots(t, cert)
	address := plainServer(t, []turn{{"+OK hello\r\n", "STLS\r\n"}, {"+OK go\r\n", ""}}, secured(cert))
	ends := &checks.TLSOptions{Address: address, ServerName: "a.test", CAFile: file, StartTLS: checks.StartPOP3, Days: 7}
	if r := run(t, check(t, ends)); r.Reason.Code != model.ReasonTLSExpires {
		t.Errorf("got %s %+v", r.Status, r.Reason)
	}
	for name, o := range map[string]*checks.TCPOptions{
		"another's": {Address: address, ServerName: "b.test", CAFile: file, StartTLS: checks.StartPOP3},
		"nobody's":  {Address: address, ServerName: "a.test", StartTLS: checks.StartPOP3},
	} {
		if r := run(t, check(t, o)); r.Reason.Code != model.ReasonTLS {
			t.Errorf("%s: got %s %+v", name, r.Status, r.Reason)
		}
	}
}

func TestStartTLSOptions(t *testing.T) {
	var s checks.StartTLS
	if err := s.UnmarshalText([]byte("imap")); err != nil || s != checks.StartIMAP {
		t.Errorf("got %q, %v", s, err)
	}
	if err := s.UnmarshalText([]byte("gopher")); err == nil || !strings.Contains(err.Error(), "postgres") {
		t.Errorf("got %v", err)
	}
	for want, o := range map[string]*checks.TCPOptions{
		"server_name needs starttls": {Address: "a:1", ServerName: "a"},
		"ca_file needs starttls":     {Address: "a:1", CAFile: roots(t, certificate(t, model.Day))},
		`ca_file "/nowhere"`:         {Address: "a:1", CAFile: "/nowhere", StartTLS: checks.StartFTP},
	} {
		if wrong := inEnglish(o.Validate()); len(wrong) != 1 || !strings.HasPrefix(wrong[0], want) {
			t.Errorf("got %q, want %q", wrong, want)
		}
	}
}

func FuzzLDAPAnswer(f *testing.F) {
	f.Add([]byte(ldapFine))
	f.Add([]byte(ldapLong))
	f.Add([]byte(ldapSorry))
	f.Fuzz(func(_ *testing.T, message []byte) { _ = checks.ReadLDAP(message) })
}
