package ssh

import (
	"context"
	"errors"
	"net"
	"os"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"opsbot/model"
)

// clientVersion is our version string.
const clientVersion = "SSH-2.0-opsbot"

// dial makes a connection and logs in, through the jump hosts.
func (p *Pool) dial(ctx context.Context, r *route) (*link, error) {
	if err := p.hidden(); err != nil {
		return nil, setup("ssh", err)
	}
	var under *link
	for len(r.jumps) > 0 && under == nil {
		last := len(r.jumps) - 1
		hop, err := p.s.hop(r.jumps[last], r.jumps[:last])
		if err != nil {
			return nil, setup("ssh", err)
		}
		if hop.dial == r.dial { // the jump host itself
			r.jumps = r.jumps[:last]
			continue
		}
		if under, _, err = p.link(ctx, hop); err != nil {
			return nil, err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, p.s.Connect)
	defer cancel()
	l, err := p.login(ctx, r, under)
	if err != nil && under != nil {
		under.owner.release(under, false, p.s.Idle)
	}
	return l, err
}

// hidden is an error if the pool was closed meanwhile.
func (p *Pool) hidden() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return errClosed
	}
	return nil
}

// login dials, does the handshake and logs in, all before ctx ends.
func (p *Pool) login(ctx context.Context, r *route, under *link) (*link, error) {
	t := problem{r.dial, phaseConnect, time.Now()}
	known, err := p.hostKeys(r.knownHosts).Read()
	if err != nil {
		return nil, setup(strings.Join(r.knownHosts, ", "), err)
	}
	keys, ended, err := p.signers(ctx, r)
	defer ended()
	if err != nil {
		return nil, err
	}
	var conn net.Conn
	if under == nil {
		conn, err = (&net.Dialer{}).DialContext(ctx, "tcp", r.dial)
	} else {
		conn, err = under.client.DialContext(ctx, "tcp", r.dial)
	}
	if err != nil {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return nil, t.explain(err)
	}
	watched := &FaultConn{Conn: conn}
	release := context.AfterFunc(ctx, func() { _ = watched.Close() })
	client, err := shake(ctx, watched, handshake{r, known, keys, t})
	if err == nil && !release() { // it was closed just before it was ready
		err = t.explain(context.DeadlineExceeded)
	}
	if err != nil {
		release()
		_ = watched.Close() // the cause is known
		return nil, err
	}
	return &link{client: client, conn: watched, under: under, addr: r.dial, since: time.Now()}, nil
}

// handshake is the input of a handshake.
type handshake struct {
	r     *route
	known ssh.HostKeyCallback
	keys  []ssh.Signer
	t     problem
}

// shake does the handshake and logs in.
func shake(ctx context.Context, conn *FaultConn, h handshake) (*ssh.Client, error) {
	h.t.phase = phaseHandshake
	judge := judgeOf(h.known, h.r)
	var stranger *Error
	config := &ssh.ClientConfig{
		User: h.r.user, Auth: []ssh.AuthMethod{ssh.PublicKeys(h.keys...)}, ClientVersion: clientVersion,
		HostKeyAlgorithms: algorithmsOf(h.known, h.r, conn.RemoteAddr()),
		HostKeyCallback: func(_ string, remote net.Addr, key ssh.PublicKey) error {
			err := judge(remote, key)
			switch unknown, changed := UnknownKey(err); {
			case unknown:
				stranger = fault(err, model.ReasonSSHKeyUnknown, "got", Fingerprint(key), "addr", h.r.dial)
			case changed:
				stranger = fault(err, model.ReasonSSHKeyChanged, "got", Fingerprint(key), "addr", h.r.dial)
			default:
				h.t.phase = phaseLogin
			}
			return err
		},
	}
	over, channels, requests, err := ssh.NewClientConn(conn, h.r.dial, config)
	switch {
	case err == nil:
		return ssh.NewClient(over, channels, requests), nil
	case stranger != nil:
		return nil, stranger
	case ctx.Err() != nil:
		return nil, h.t.explain(ctx.Err())
	case h.t.phase == phaseLogin:
		return nil, fault(err, model.ReasonSSHLogin, "user", h.r.user, "addr", h.r.dial)
	case conn.Fault() != nil:
		return nil, h.t.explain(conn.Fault())
	default:
		return nil, h.t.explain(err)
	}
}

// judgeOf verifies a key under every name that the host may have in known_hosts: one of them must have this key, and
// none another one.
func judgeOf(known ssh.HostKeyCallback, r *route) func(remote net.Addr, key ssh.PublicKey) error {
	return func(remote net.Addr, key ssh.PublicKey) error {
		var first error
		trusted := false
		for _, name := range r.names {
			err := known(net.JoinHostPort(name, r.keyPort), remote, key)
			unknown, changed := UnknownKey(err)
			switch {
			case changed:
				return err
			case unknown && first == nil:
				first = err
			case !unknown:
				trusted = true
			}
		}
		if trusted {
			return nil
		}
		return first
	}
}

func algorithmsOf(known ssh.HostKeyCallback, r *route, remote net.Addr) []string {
	var all []string
	for _, name := range r.names {
		all = append(all, Algorithms(known, net.JoinHostPort(name, r.keyPort), remote)...)
	}
	return all
}

// signers returns the login keys: those of files, then those of the agent. ended is called when they are no longer
// needed.
func (p *Pool) signers(ctx context.Context, r *route) (keys []ssh.Signer, ended func(), err error) {
	ended = func() {}
	missing := setup("key", errors.New("there is no key and no agent"))
	for _, path := range r.keys {
		key, err := p.keys.read(path, r.passphraseFile)
		switch {
		case err == nil:
			keys = append(keys, key)
		case modified(path).IsZero(): // ssh_config may name missing files
			missing = setup(path, err)
		default:
			return nil, ended, setup(path, err)
		}
	}
	switch {
	case p.s.Agent != "":
	case len(keys) == 0:
		return nil, ended, missing
	default:
		return keys, ended, nil
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "unix", p.s.Agent)
	if err != nil {
		return nil, ended, setup(p.s.Agent, err)
	}
	release := context.AfterFunc(ctx, func() { _ = conn.Close() }) // an agent that hangs blocks nobody
	ended = func() {
		release()
		_ = conn.Close() // it was only asked
	}
	more, err := agent.NewClient(conn).Signers()
	if err != nil {
		return nil, ended, setup(p.s.Agent, err)
	}
	return append(keys, more...), ended, nil
}

// modified is when a file last changed; zero if unknown.
func modified(path string) time.Time {
	info, err := os.Stat(path)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}
