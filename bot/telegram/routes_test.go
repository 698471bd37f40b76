package telegram_test

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"opsbot/bot/telegram"
	"opsbot/sandbox/botapi"
)

func TestFailOverAndBack(t *testing.T) {
	b := newStillBench(t)
	second := must(botapi.Start(botapi.Options{Token: token, Clock: b.clock}))(t)
	defer second.Close()
	second.AddChat(botapi.Chat{ID: group, Type: "supergroup"})
	c := b.newClient(telegram.Options{APIURLs: []string{b.server.URL(), second.URL()}})
	s := telegram.NewSender(c, telegram.SenderOptions{Limits: freely()})
	send := func(html string) { t.Helper(); b.clock.Advance(time.Second); must(s.Send(b.ctx, text(group, html)))(t) }

	send("by the first")
	b.server.Unplug()
	c.Close() // a connection that dies while it is used is ambiguous, and another test's business
	send("by the second")
	if err := b.server.Plug(); err != nil {
		t.Fatal(err)
	}
	send("still by the second")
	b.clock.Advance(5 * time.Minute)
	send("by the first again")
	if n := len(second.Messages(group)); n != 2 {
		t.Errorf("the second took %d messages, want 2", n)
	}
}

// A page of a provider in place of Telegram is no answer: the next call goes round it.
func TestGarbageMovesOnToTheNextRoute(t *testing.T) {
	b := newBench(t)
	censor := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "<html>blocked</html>") // the client may leave
	}))
	defer censor.Close()
	c := b.newClient(telegram.Options{APIURLs: []string{censor.URL, b.server.URL()}})
	s := telegram.NewSender(c, telegram.SenderOptions{Limits: freely()})
	if _, err := s.Send(b.ctx, text(group, "x")); failure(err) != "ambiguous" {
		t.Errorf("got %v", err)
	}
	must(s.Send(b.ctx, text(group, "x")))(t)
}

func TestHTTPProxy(t *testing.T) {
	b := newBench(t)
	var through atomic.Int32
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		through.Add(1)
		r.RequestURI = ""
		resp, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer resp.Body.Close()
		_, _ = io.Copy(w, resp.Body) // the client may leave
	}))
	defer proxy.Close()
	c := b.newClient(telegram.Options{Proxies: []string{"http://127.0.0.1:1", proxy.URL}})
	s := telegram.NewSender(c, telegram.SenderOptions{Limits: freely()})
	must(s.Send(b.ctx, text(group, "x")))(t)
	if through.Load() != 1 {
		t.Errorf("%d requests went through the proxy", through.Load())
	}
}

func TestSOCKSProxyThenDirect(t *testing.T) {
	b := newBench(t)
	proxy := newSOCKS(t)
	c := b.newClient(telegram.Options{Proxies: []string{"socks5://" + proxy.addr(), "direct"}})
	s := telegram.NewSender(c, telegram.SenderOptions{Limits: freely()})
	must(s.Send(b.ctx, text(group, "x")))(t)
	if proxy.connects.Load() != 1 {
		t.Fatalf("%d connections went through the proxy", proxy.connects.Load())
	}
	proxy.close()
	c.Close()
	must(s.Send(b.ctx, text(group, "y")))(t)
}

// socks is the smallest SOCKS5 server (RFC 1928): no authentication, CONNECT to IPv4.
type socks struct {
	l        net.Listener
	connects atomic.Int32
	wg       sync.WaitGroup
}

func newSOCKS(t *testing.T) *socks {
	t.Helper()
	s := &socks{l: must((&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0"))(t)}
	s.wg.Go(func() {
		for {
			conn, err := s.l.Accept()
			if err != nil {
				return
			}
			s.wg.Go(func() { s.serve(conn) })
		}
	})
	t.Cleanup(s.close)
	return s
}

func (s *socks) addr() string { return s.l.Addr().String() }

func (s *socks) close() {
	if err := s.l.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return
	}
}

func (s *socks) serve(conn net.Conn) {
	defer conn.Close()
	hello := make([]byte, 3)
	if _, err := io.ReadFull(conn, hello); err != nil {
		return
	}
	_, _ = conn.Write([]byte{5, 0}) // a failure shows in the next read
	request := make([]byte, 10)
	if _, err := io.ReadFull(conn, request); err != nil {
		return
	}
	to := &net.TCPAddr{IP: request[4:8], Port: int(request[8])<<8 | int(request[9])}
	far, err := net.DialTCP("tcp", nil, to)
	if err != nil {
		return
	}
	defer far.Close()
	s.connects.Add(1)
	_, _ = conn.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0}) // as above
	go func() { _, _ = io.Copy(far, conn); _ = far.Close() }()
	_, _ = io.Copy(conn, far) // ends when either side leaves
}
