// Package proxy stands between two programs of a test and does to their connection what networks do: it delays, swallows, cuts, and loses
// answers. It knows nothing of opsbot.
package proxy

import (
	"bytes"
	"context"
	"errors"
	"net"
	"slices"
	"sync"
	"time"
)

// Mode is what a proxy does to bytes.
type Mode int

// The modes.
const (
	Pass      Mode = iota
	BlackHole      // connections are accepted and stay open; nothing comes through, as when a cable is cut
	HalfOpen       // what is sent arrives; no answer does
	Refuse         // connections are closed, and new ones refused
)

// Proxy passes connections on to one address. It is safe for concurrent use.
type Proxy struct {
	network, target string
	listener        net.Listener

	mu      sync.Mutex
	mode    Mode
	delay   time.Duration
	cutAt   []byte // once these bytes were passed on, the connection is cut before the answer; nil: never
	cuts    int
	sent    []time.Time   // when the client sent something
	changed chan struct{} // closed at each change
	open    map[net.Conn]bool
	closed  bool
	running sync.WaitGroup
}

// Start starts a proxy on a free port of loopback for a target such as "tcp", "127.0.0.1:80" or "unix", "/path".
func Start(ctx context.Context, network, target string) (*Proxy, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{network: network, target: target, listener: l, changed: make(chan struct{}), open: map[net.Conn]bool{}}
	p.running.Go(p.accept)
	return p, nil
}

// Address is where it listens.
func (p *Proxy) Address() string { return p.listener.Addr().String() }

// Set changes what it does, also to connections that are open.
func (p *Proxy) Set(m Mode) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mode = m
	p.change()
	if m == Refuse {
		for c := range p.open {
			_ = c.Close()
		}
	}
}

// Delay has each piece of bytes wait.
func (p *Proxy) Delay(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.delay = d
	p.change()
}

// CutAfter cuts the next connection on which these bytes are sent: they arrive, and the answer does not.
func (p *Proxy) CutAfter(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cutAt = []byte(text)
	p.change()
}

// Cuts is how many connections were cut after such bytes.
func (p *Proxy) Cuts() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cuts
}

// Sent is when clients have sent something, whatever became of it.
func (p *Proxy) Sent() []time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.sent)
}

func (p *Proxy) note(forth bool) {
	if forth {
		p.mu.Lock()
		p.sent = append(p.sent, time.Now())
		p.mu.Unlock()
	}
}

// Close ends it and all its connections.
func (p *Proxy) Close() error {
	p.mu.Lock()
	p.closed = true
	for c := range p.open {
		_ = c.Close()
	}
	p.change()
	p.mu.Unlock()
	err := p.listener.Close()
	p.running.Wait()
	return err
}

func (p *Proxy) change() {
	close(p.changed)
	p.changed = make(chan struct{})
}

func (p *Proxy) accept() {
	for {
		c, err := p.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err == nil {
			p.running.Go(func() { p.serve(c) })
		}
	}
}

// keep notes an open connection; false: it is refused.
func (p *Proxy) keep(c net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || p.mode == Refuse {
		_ = c.Close()
		return false
	}
	p.open[c] = true
	return true
}

func (p *Proxy) drop(all ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range all {
		_ = c.Close()
		delete(p.open, c)
	}
}

func (p *Proxy) serve(client net.Conn) {
	if !p.keep(client) {
		return
	}
	defer p.drop(client)
	if !p.wait(true) {
		return
	}
	server, err := (&net.Dialer{Timeout: 5 * time.Second}).Dial(p.network, p.target)
	if err != nil || !p.keep(server) {
		return
	}
	var both sync.WaitGroup
	both.Go(func() { p.pipe(server, client, true) })
	both.Go(func() { p.pipe(client, server, false) })
	both.Wait()
}

// pipe copies bytes one way until either side ends.
func (p *Proxy) pipe(to, from net.Conn, forth bool) {
	defer p.drop(to, from)
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			p.note(forth)
			if !p.wait(forth) {
				return
			}
			_, failed := to.Write(buffer[:n])
			if failed != nil || forth && p.cutNow(buffer[:n]) {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// cutNow reports whether a connection is to be cut after these bytes.
func (p *Proxy) cutNow(sent []byte) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cutAt == nil || !bytes.Contains(sent, p.cutAt) {
		return false
	}
	p.cutAt = nil
	p.cuts++
	return true
}

// wait holds bytes back as the mode says; false: the proxy ends.
func (p *Proxy) wait(forth bool) bool {
	for {
		p.mu.Lock()
		mode, delay, changed, closed := p.mode, p.delay, p.changed, p.closed
		p.mu.Unlock()
		switch {
		case closed || mode == Refuse:
			return false
		case mode == BlackHole, mode == HalfOpen && !forth:
			<-changed
		case delay > 0:
			t := time.NewTimer(delay)
			<-t.C
			return true
		default:
			return true
		}
	}
}
