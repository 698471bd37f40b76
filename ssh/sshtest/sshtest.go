// Package sshtest is an SSH server on loopback for tests: it accepts one key, runs commands by a real shell or by a
// function, hangs in a given phase, and is a jump host.
package sshtest

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// The phases in which a server can hang.
const (
	HangBanner = "banner"
	HangKex    = "kex"
	HangAuth   = "auth"
	HangOpen   = "open"
	HangExec   = "exec"
	HangOutput = "output"
)

// Server is an SSH server. Its fields are set before Start.
type Server struct {
	Key    ssh.Signer    // of the host
	User   ssh.PublicKey // accepted key
	Hang   string        // hangs from this phase on
	Answer func(command string, out, errOut io.Writer) uint32

	Address string // host:port, after Start

	mu       sync.Mutex
	conns    map[net.Conn]bool
	accepted int
	ran      []string
	done     sync.WaitGroup
}

// NewKey creates a key pair and the file of its private half, encrypted unless the passphrase is "".
func NewKey(t testing.TB, passphrase string) (ssh.Signer, string) {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(private, "test")
	if passphrase != "" {
		block, err = ssh.MarshalPrivateKeyWithPassphrase(private, "test", []byte(passphrase))
	}
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
		t.Fatal(err)
	}
	return signer, path
}

// Shell runs a command as sshd does: by a shell.
func Shell(command string, out, errOut io.Writer) uint32 {
	cmd := exec.CommandContext(context.Background(), "/bin/sh", "-c", command)
	cmd.Stdout, cmd.Stderr = out, errOut
	err := cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return uint32(exit.ExitCode()) //nolint:gosec // 0 to 255
	}
	return 0
}

// Start listens until the test ends.
func (s *Server) Start(t testing.TB) {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if s.Key == nil {
		s.Key, _ = NewKey(t, "")
	}
	if s.Answer == nil {
		s.Answer = Shell
	}
	s.Address, s.conns = l.Addr().String(), map[net.Conn]bool{}
	s.done.Go(func() { s.accept(l) })
	t.Cleanup(func() {
		_ = l.Close()
		s.Cut()
		s.done.Wait()
	})
}

// Cut closes all connections.
func (s *Server) Cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for conn := range s.conns {
		_ = conn.Close()
	}
}

// Accepted is the total number of connections.
func (s *Server) Accepted() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.accepted
}

// Ran returns the requested commands, in order.
func (s *Server) Ran() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string{}, s.ran...)
}

func (s *Server) accept(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.conns[conn] = true
		s.accepted++
		s.mu.Unlock()
		s.done.Go(func() {
			s.serve(conn)
			_ = conn.Close()
			s.mu.Lock()
			delete(s.conns, conn)
			s.mu.Unlock()
		})
	}
}

func (s *Server) serve(conn net.Conn) {
	switch s.Hang {
	case HangKex:
		_, _ = io.WriteString(conn, "SSH-2.0-test\r\n")
		fallthrough
	case HangBanner:
		_, _ = io.Copy(io.Discard, conn)
		return
	}
	config := &ssh.ServerConfig{PublicKeyCallback: func(_ ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
		if s.Hang == HangAuth {
			_, _ = conn.Read(make([]byte, 1)) // nothing more comes until the other side is gone
		}
		if s.User == nil || !bytes.Equal(key.Marshal(), s.User.Marshal()) {
			return nil, io.EOF
		}
		return nil, nil
	}}
	config.AddHostKey(s.Key)
	server, channels, requests, err := ssh.NewServerConn(conn, config)
	if err != nil {
		return
	}
	defer func() { _ = server.Close() }()
	go ssh.DiscardRequests(requests)
	var all sync.WaitGroup
	defer all.Wait()
	for c := range channels {
		all.Go(func() { s.channel(c) })
	}
}

func (s *Server) channel(c ssh.NewChannel) {
	switch {
	case s.Hang == HangOpen:
		return
	case c.ChannelType() == "direct-tcpip":
		forward(c)
		return
	}
	ch, requests, err := c.Accept()
	if err != nil {
		return
	}
	for r := range requests {
		if r.Type != "exec" {
			_ = r.Reply(r.Type == "env", nil)
			continue
		}
		if s.Hang == HangExec {
			continue
		}
		_ = r.Reply(true, nil)
		if s.Hang == HangOutput {
			_, _ = io.WriteString(ch, "the beginning\n")
			continue
		}
		command := string(r.Payload[4:])
		s.mu.Lock()
		s.ran = append(s.ran, command)
		s.mu.Unlock()
		code := s.Answer(command, ch, ch.Stderr())
		_, _ = ch.SendRequest("exit-status", false, binary.BigEndian.AppendUint32(nil, code))
		_ = ch.Close()
	}
}

// forward forwards a connection as a jump host.
func forward(c ssh.NewChannel) {
	var to struct {
		Host       string
		Port       uint32
		Origin     string
		OriginPort uint32
	}
	if ssh.Unmarshal(c.ExtraData(), &to) != nil {
		_ = c.Reject(ssh.ConnectionFailed, "unreadable")
		return
	}
	conn, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", net.JoinHostPort(to.Host, portOf(to.Port)))
	if err != nil {
		_ = c.Reject(ssh.ConnectionFailed, err.Error())
		return
	}
	ch, requests, err := c.Accept()
	if err != nil {
		_ = conn.Close()
		return
	}
	go ssh.DiscardRequests(requests)
	var both sync.WaitGroup
	both.Go(func() { _, _ = io.Copy(conn, ch); _ = conn.Close() })
	both.Go(func() { _, _ = io.Copy(ch, conn); _ = ch.Close() })
	both.Wait()
}

func portOf(n uint32) string {
	_, port, _ := net.SplitHostPort((&net.TCPAddr{Port: int(n)}).String())
	return port
}

// Port is that of the address.
func (s *Server) Port() string {
	_, port, _ := net.SplitHostPort(s.Address)
	return port
}

// KnownHosts writes a known_hosts file: names are "host:port".
func KnownHosts(t testing.TB, keys map[string]ssh.PublicKey) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("# hosts\n")
	for name, key := range keys {
		b.WriteString(knownhosts.Line([]string{knownhosts.Normalize(name)}, key) + "\n")
	}
	path := filepath.Join(t.TempDir(), "known_hosts")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
