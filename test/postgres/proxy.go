package postgres

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Cut is what a Proxy does with the next COMMIT that it is given.
type Cut int

// The cuts. After each the client sees a broken connection.
const (
	CutNone     Cut = iota
	CutAfter        // the server gets it and answers; the answer is lost
	CutDeferred     // it is on its way until Release
	CutLost         // the server does not get it
)

// Proxy is what may be between a program and a server: it counts round trips, delays them, and loses what it is told to.
type Proxy struct {
	// Trips are the round trips so far, Commits the transactions.
	Trips, Commits atomic.Int64

	listener net.Listener
	socket   string
	half     atomic.Int64 // of the delay of a round trip
	wait     sync.WaitGroup

	mu       sync.Mutex
	cut      Cut
	leaves   bool // after the cut
	black    bool // it accepts nothing, and answers nothing
	conns    []net.Conn
	deferred []func()
}

// NewProxy listens on a free port in front of a server. Close it in the end.
func NewProxy(ctx context.Context, s *Server) (*Proxy, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{listener: l, socket: s.Socket()}
	p.wait.Go(p.serve)
	return p, nil
}

// Through is a DSN of the server with this proxy in between.
func (p *Proxy) Through(dsn string) string {
	_, port, _ := net.SplitHostPort(p.listener.Addr().String())
	words := strings.Fields(dsn)
	for i, word := range words {
		switch {
		case strings.HasPrefix(word, "host="):
			words[i] = "host=127.0.0.1"
		case strings.HasPrefix(word, "port="):
			words[i] = "port=" + port
		}
	}
	return strings.Join(words, " ")
}

// Delay has each round trip take at least so long.
func (p *Proxy) Delay(d time.Duration) { p.half.Store(int64(d / 2)) }

// CutNext says what becomes of the next COMMIT.
func (p *Proxy) CutNext(c Cut) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = c
}

// AwayAfterCut has the server be away once the next cut was made.
func (p *Proxy) AwayAfterCut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.leaves = true
}

// Release lets the server have what was deferred, and returns when it has dealt with it.
func (p *Proxy) Release() {
	p.mu.Lock()
	deferred := p.deferred
	p.deferred = nil
	p.mu.Unlock()
	for _, send := range deferred {
		send()
	}
}

// Away breaks all connections and refuses new ones, until it is called with false.
func (p *Proxy) Away(away bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.black = away
	if away {
		p.drop(nil)
	}
}

// leave is Away but for one connection.
func (p *Proxy) leave(stays net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.black = true
	p.drop(stays)
}

// drop breaks all connections but one. Its caller has the lock.
func (p *Proxy) drop(stays net.Conn) {
	for _, c := range p.conns {
		if c != stays {
			_ = c.Close()
		}
	}
	p.conns = nil
}

// Close ends it.
func (p *Proxy) Close() error {
	err := p.listener.Close()
	p.Away(true)
	p.wait.Wait()
	return err
}

func (p *Proxy) serve() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := (&net.Dialer{}).DialContext(context.Background(), "unix", p.socket)
		if err != nil || !p.keep(client, server) {
			_ = client.Close()
			if server != nil {
				_ = server.Close()
			}
			continue
		}
		lost := &atomic.Bool{} // what the server says from now on
		p.wait.Go(func() { p.answers(client, server, lost) })
		p.wait.Go(func() { p.asks(client, server, lost) })
	}
}

func (p *Proxy) keep(conns ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.black {
		return false
	}
	p.conns = append(p.conns, conns...)
	return true
}

// taken returns what is to become of a COMMIT, once, and whether the server leaves then.
func (p *Proxy) taken() (cut Cut, leaves bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	cut, p.cut = p.cut, CutNone
	if cut != CutNone {
		leaves, p.leaves = p.leaves, false
	}
	return cut, leaves
}

func (p *Proxy) later() {
	if half := time.Duration(p.half.Load()); half > 0 {
		<-time.After(half)
	}
}

// answers passes on what the server says, unless that is lost.
func (p *Proxy) answers(client, server net.Conn, lost *atomic.Bool) {
	buf := make([]byte, 64<<10)
	for {
		n, err := server.Read(buf)
		if n > 0 && !lost.Load() {
			p.later()
			if _, err := client.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil {
			if !lost.Load() {
				_ = client.Close()
			}
			return
		}
	}
}

// The messages of a client that end what it says before it waits, or that the proxy looks into:
// https://www.postgresql.org/docs/current/protocol-message-formats.html
const (
	parse = 'P'
	query = 'Q'
	flush = 'S'
	bye   = 'X'
)

// asks passes on what the client says, by whole requests.
func (p *Proxy) asks(client, server net.Conn, lost *atomic.Bool) {
	request, err := message(client, false) // the first has no kind
	for commits := false; err == nil; request, commits, err = p.request(client) {
		p.later()
		if commits && !p.passes(client, server, lost, request) {
			return
		}
		if _, err = server.Write(request); err != nil {
			break
		}
	}
	_ = server.Close()
}

// request reads all that a client says before it waits, and whether that commits.
func (p *Proxy) request(client net.Conn) (all []byte, commits bool, err error) {
	for {
		m, err := message(client, true)
		if err != nil {
			return nil, false, err
		}
		all = append(all, m...)
		if m[0] == parse && bytes.Contains(bytes.ToUpper(m), []byte("\x00COMMIT\x00")) || m[0] == query && bytes.HasPrefix(bytes.ToUpper(m[5:]), []byte("COMMIT")) {
			commits = true
			p.Commits.Add(1)
		}
		if slices.Contains([]byte{query, flush, bye}, m[0]) {
			p.Trips.Add(1)
			return all, commits, nil
		}
	}
}

// passes reports whether a request that commits goes the usual way.
func (p *Proxy) passes(client, server net.Conn, lost *atomic.Bool, request []byte) bool {
	cut, leaves := p.taken()
	if cut == CutNone {
		return true
	}
	if leaves {
		p.leave(server)
	}
	if cut == CutAfter { // the server first: asked before, it would undo what is still to come
		lost.Store(true)
	} else {
		_ = client.Close() // it hears no answer
	}
	send := func() { // with a farewell: the server closes the connection when it has dealt with it, or has done so before
		if _, err := server.Write(append(request, bye, 0, 0, 0, 4)); err == nil {
			_, _ = io.Copy(io.Discard, server)
		}
		_ = server.Close()
	}
	switch cut {
	case CutDeferred:
		p.mu.Lock()
		p.deferred = append(p.deferred, send)
		p.mu.Unlock()
	case CutAfter:
		send()
		_ = client.Close()
	default:
		_ = server.Close()
	}
	return false
}

// message reads one message of a client.
func message(r io.Reader, kind bool) ([]byte, error) {
	head := make([]byte, 4)
	if kind {
		head = make([]byte, 5)
	}
	if _, err := io.ReadFull(r, head); err != nil {
		return nil, err
	}
	size := int(binary.BigEndian.Uint32(head[len(head)-4:])) - 4
	if size < 0 {
		return nil, io.ErrUnexpectedEOF
	}
	all := slices.Concat(head, make([]byte, size))
	_, err := io.ReadFull(r, all[len(head):])
	return all, err
}
