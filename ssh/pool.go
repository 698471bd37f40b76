package ssh

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"opsbot/model"
)

// Pool keeps connections to machines open, so that the next command does not wait for a new one. It is safe for concurrent
// use. Create it with NewPool, and close it.
type Pool struct {
	s    *settings
	keys keyRing

	mu       sync.Mutex
	closed   bool
	machines map[string]*machine  // by route.id
	known    map[string]*HostKeys // by paths
	work     sync.WaitGroup       // commands, and their goroutines
}

// machine is one route to one host.
type machine struct {
	limiter chan struct{} // concurrent commands
	dialing chan struct{} // held while connecting

	mu   sync.Mutex
	link *link // nil if there is none
}

// link is a logged-in connection.
type link struct {
	client *ssh.Client
	conn   *FaultConn
	under  *link // that of the jump host; nil if there is none
	owner  *machine
	addr   string

	// Guarded by owner.mu.
	uses    int
	dropped bool
	since   time.Time // of its last use
	idle    *time.Timer
}

// NewPool validates the options. It opens no connection.
func NewPool(o Options) (*Pool, error) {
	s, err := o.read()
	if err != nil {
		return nil, err
	}
	return &Pool{s: s, machines: map[string]*machine{}, known: map[string]*HostKeys{}}, nil
}

// Close closes all connections, and waits for their commands, which end with them.
func (p *Pool) Close() {
	p.mu.Lock()
	p.closed = true
	all := p.machines
	p.machines = map[string]*machine{}
	p.mu.Unlock()
	for _, m := range all {
		m.mu.Lock()
		if m.link != nil {
			m.link.cut()
		}
		m.mu.Unlock()
	}
	p.work.Wait()
}

// errClosed says that the pool was closed.
var errClosed = errors.New("the pool of connections is closed")

// begin counts a command, unless the pool is closed.
func (p *Pool) begin() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return errClosed
	}
	p.work.Add(1)
	return nil
}

func (p *Pool) machine(r *route) *machine {
	p.mu.Lock()
	defer p.mu.Unlock()
	m := p.machines[r.id()]
	if m == nil {
		m = &machine{limiter: make(chan struct{}, p.s.PerHost), dialing: make(chan struct{}, 1)}
		if !p.closed {
			p.machines[r.id()] = m
		}
	}
	return m
}

func (p *Pool) hostKeys(paths []string) *HostKeys {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := strings.Join(paths, "\x00")
	if p.known[key] == nil {
		p.known[key] = NewHostKeys(paths...)
	}
	return p.known[key]
}

// link returns a working connection, and counts its use; fresh is whether it was opened for this.
func (p *Pool) link(ctx context.Context, r *route) (l *link, fresh bool, err error) {
	m := p.machine(r)
	select {
	case m.dialing <- struct{}{}:
		defer func() { <-m.dialing }()
	case <-ctx.Done():
		return nil, false, problem{r.dial, phaseConnect, time.Now()}.explain(ctx.Err())
	}
	if l := m.take(); l != nil {
		if l.alive(ctx) {
			return l, false, nil
		}
		m.release(l, true, 0)
	}
	l, err = p.dial(ctx, r)
	if err != nil {
		return nil, false, err
	}
	m.mu.Lock()
	l.owner, l.uses = m, 1
	m.link = l
	m.mu.Unlock()
	p.work.Add(1) // the caller's command is counted, so nobody waits for the last one yet
	go func() {
		defer p.work.Done()
		_ = l.client.Wait() // its user saw the reason
		m.forget(l)
	}()
	if err := p.hidden(); err != nil { // Close has not seen it
		m.release(l, true, 0)
		return nil, false, setup("ssh", err)
	}
	return l, true, nil
}

// take counts a use of the existing connection.
func (m *machine) take() *link {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.link == nil || m.link.dropped {
		return nil
	}
	m.link.uses++
	if m.link.idle != nil {
		m.link.idle.Stop()
		m.link.idle = nil
	}
	return m.link
}

// forget is called when a connection has ended.
func (m *machine) forget(l *link) {
	m.mu.Lock()
	defer m.mu.Unlock()
	l.dropped = true
	if m.link == l {
		m.link = nil
	}
	if l.uses == 0 {
		l.cut()
	}
}

// release ends a use. A broken connection is not reused, and closed when nobody uses it.
func (m *machine) release(l *link, broken bool, idle time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	l.uses--
	l.since = time.Now()
	l.dropped = l.dropped || broken
	if l.dropped && m.link == l {
		m.link = nil
	}
	switch {
	case l.uses > 0:
	case l.dropped:
		l.cut()
	default:
		l.idle = time.AfterFunc(idle, func() { m.expire(l) })
	}
}

// expire closes an idle connection.
func (m *machine) expire(l *link) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if l.uses > 0 {
		return
	}
	l.dropped = true
	if m.link == l {
		m.link = nil
	}
	l.cut()
}

// cut closes a connection, and ends its use of the jump host's. owner.mu is held, or nobody else knows of it yet.
func (l *link) cut() {
	_ = l.conn.Close() // unread data is not needed
	if l.idle != nil {
		l.idle.Stop()
	}
	if under := l.under; under != nil {
		l.under = nil
		under.owner.release(under, false, defaultIdle)
	}
}

// How long an idle connection is trusted.
const (
	trusted   = 5 * time.Second // assumed to work for that long
	aliveTime = 2 * time.Second // for its answer, after that
)

// alive asks the other side whether it is still there.
func (l *link) alive(ctx context.Context) bool {
	l.owner.mu.Lock()
	recent := time.Since(l.since) < trusted || l.uses > 1
	l.owner.mu.Unlock()
	if recent {
		return true
	}
	answered := make(chan error, 1)
	go func() { // ends with the connection at the latest
		_, _, err := l.client.SendRequest("keepalive@openssh.com", true, nil)
		answered <- err
	}()
	wait := time.NewTimer(aliveTime)
	defer wait.Stop()
	select {
	case err := <-answered:
		return err == nil
	case <-wait.C:
	case <-ctx.Done():
	}
	return false
}

// keyRing caches keys: decrypting one with a passphrase takes time.
type keyRing struct {
	mu   sync.Mutex
	keys map[string]ringKey
}

type ringKey struct {
	at  time.Time
	key ssh.Signer
}

func (k *keyRing) read(path, passphraseFile string) (ssh.Signer, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	at := modified(path)
	if kept, ok := k.keys[path]; ok && !at.IsZero() && kept.at.Equal(at) {
		return kept.key, nil
	}
	key, err := readKey(path, passphraseFile)
	if err != nil {
		return nil, err
	}
	if k.keys == nil {
		k.keys = map[string]ringKey{}
	}
	k.keys[path] = ringKey{at, key}
	return key, nil
}

// setup is an error on our own side.
func setup(file string, err error) *Error {
	return fault(err, model.ReasonSSHKeyFile, "file", file, "said", innermost(err))
}

var _ net.Conn = (*FaultConn)(nil)
