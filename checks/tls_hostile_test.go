package checks_test

import (
	"crypto/tls"
	"io"
	"net"
	"testing"
	"time"

	"opsbot/checks"
	"opsbot/model"
)

// hostileTLS serves after a handshake; serve gets the secure connection and the one below it.
func hostileTLS(cert tls.Certificate, serve func(secure *tls.Conn, below net.Conn)) func(net.Conn) {
	return func(c net.Conn) {
		s := tls.Server(c, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12})
		if _, err := s.Read(make([]byte, 1<<10)); err == nil {
			serve(s, c)
		}
	}
}

func TestHostileTLSEndsInTimeWithWords(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\n"
	cert := certificate(t, 60*model.Day)
	file := roots(t, cert)
	below := func(c net.Conn) { c.(*net.TCPConn).CloseWrite(); untilClosed(c) }
	for name, c := range map[string]struct {
		serve func(net.Conn)
		code  model.ReasonCode
	}{
		"shakes no hands":         {untilClosed, model.ReasonTimeout},
		"half closed at once":     {below, model.ReasonClosed},
		"half closed after hands": {hostileTLS(cert, func(s *tls.Conn, _ net.Conn) { s.CloseWrite(); untilClosed(s) }), model.ReasonClosed},
		"half closed in the body": {hostileTLS(cert, func(s *tls.Conn, _ net.Conn) {
			io.WriteString(s, ok+"Content-Length: 9\r\n\r\nxx")
			s.CloseWrite()
			untilClosed(s)
		}), model.ReasonClosed},
		"cut, as popular sites do": {hostileTLS(cert, func(s *tls.Conn, c net.Conn) { io.WriteString(s, ok+"\r\nxx"); below(c) }), ""},
		"says nothing after hands": {hostileTLS(cert, func(s *tls.Conn, _ net.Conn) { untilClosed(s) }), model.ReasonTimeout},
		"goes on in plain text":    {hostileTLS(cert, func(_ *tls.Conn, c net.Conn) { io.WriteString(c, ok+"\r\n"); untilClosed(c) }), model.ReasonNet},
		"sends garbage for hands":  {func(c net.Conn) { endless(c, "garbage ") }, model.ReasonTLS},
		"closes as it should":      {hostileTLS(cert, func(s *tls.Conn, _ net.Conn) { io.WriteString(s, ok+"\r\nxx"); s.Close() }), ""},
	} {
		t.Run(name, func(t *testing.T) {
			o := &checks.WebOptions{URL: "https://a.test/", Address: plainServer(t, nil, c.serve), CAFile: file}
			ck := check(t, o)
			ck.Timeout = 500 * time.Millisecond
			if r := run(t, ck); r.Reason.Code != c.code || r.Took > 5*time.Second {
				t.Errorf("got %s %+v after %v", r.Status, r.Reason, r.Took)
			}
		})
	}
}
