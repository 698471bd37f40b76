package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// mostAlert is how long the card of a lone failure may take, from the answer that decides.
const mostAlert = 300 * time.Millisecond

// alertChecks are all fine but one.
const alertChecks = 400

// measureAlert breaks one endpoint again and again, and waits for the card of it.
func measureAlert(ctx context.Context, w *world) (rows []row, err error) {
	received, err := newReceiver(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, received.server.Close()) }()
	target, err := newBreakable()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, target.listener.Close()) }()
	dir, err := os.MkdirTemp("", "opsbot-bench-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	p := &product{dir: dir, service: "failures = 1\n", more: fmt.Sprintf(alertConfig, received.url)}
	s := w.script(alertChecks, 1)
	s.Port = target.port
	if err := p.start(ctx, s, "@every 1s"); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	if err := p.firstRound(ctx, alertChecks); err != nil {
		return nil, err
	}
	var took []float64
	for client := range runs { // each time of another client, so that none flaps
		one, err := target.breaks(ctx, address(client*hostsOfClient), received)
		if err != nil {
			return nil, err
		}
		took = append(took, one.Seconds())
	}
	return []row{{
		what: fmt.Sprintf("product, one of %d checks fails: from its answer to the card", alertChecks), limit: mostAlert.Seconds(), measured: median(took), unit: " s",
	}}, nil
}

const alertConfig = `
[[webhook]]
name = "bench"
url  = %q

[[routes]]
to = ["webhook:bench"]
`

// breakable is a server of which one page of an address can be broken.
type breakable struct {
	listener net.Listener
	port     string

	mu      sync.Mutex
	broken  string    // the address; "" is none
	decided time.Time // when it first answered that it is broken
}

func newBreakable() (*breakable, error) {
	l, err := net.Listen("tcp4", "0.0.0.0:0") //nolint:noctx,gosec // as the other servers
	if err != nil {
		return nil, err
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	b := &breakable{listener: l, port: port}
	go acceptAll(l, b.answer)
	return b, err
}

const brokenAnswer = "HTTP/1.1 500 Broken\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

func (b *breakable) answer(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	request := make([]byte, 2<<10)
	n := 0
	for !bytes.HasSuffix(request[:n], []byte("\r\n\r\n")) {
		read, err := conn.Read(request[n:])
		if n += read; err != nil || n == len(request) {
			return
		}
	}
	host, _, _ := net.SplitHostPort(conn.LocalAddr().String())
	said := answer
	b.mu.Lock()
	if host == b.broken && bytes.HasPrefix(request, []byte("GET /service0.html ")) {
		if said = brokenAnswer; b.decided.IsZero() {
			b.decided = time.Now()
		}
	}
	b.mu.Unlock()
	_, _ = io.WriteString(conn, said)
}

func (b *breakable) set(broken string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.broken, b.decided = broken, time.Time{}
}

// breaks breaks a page of an address until the card comes, and heals it until that is over. It returns how long the card took.
func (b *breakable) breaks(ctx context.Context, host string, received *receiver) (time.Duration, error) {
	received.forget()
	b.set(host)
	at, err := received.wait(ctx, "service", "opened")
	if err != nil {
		return 0, err
	}
	b.mu.Lock()
	took := at.Sub(b.decided)
	b.mu.Unlock()
	b.set("")
	_, err = received.wait(ctx, "service", "resolved")
	return took, err
}
