package checks_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/binary"
	"encoding/pem"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"opsbot/checks"
)

// sshKey makes a key pair and the file of its private half.
func sshKey(t *testing.T) (ssh.Signer, string) {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(private, "test")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return signer, secretFile(t, string(pem.EncodeToMemory(block)))
}

// machine is an SSH server that accepts one key and answers commands.
type machine struct {
	keys   []ssh.Signer // of the host
	user   ssh.PublicKey
	hang   string // "banner", "kex", "auth", "exec": hangs from there on
	answer func(command string) (out, errOut string, code uint32)
	signal string // ends every command
	drop   bool   // closes the connection instead of sending an exit code
}

func (m *machine) serve(t *testing.T) string {
	t.Helper()
	return talker(t, func(conn net.Conn) {
		switch m.hang {
		case "banner":
			_, _ = io.Copy(io.Discard, conn)
			return
		case "kex":
			_, _ = io.WriteString(conn, "SSH-2.0-test\r\n")
			_, _ = io.Copy(io.Discard, conn)
			return
		}
		config := &ssh.ServerConfig{PublicKeyCallback: func(_ ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
			if m.hang == "auth" {
				_, _ = conn.Read(make([]byte, 1)) // nothing more comes until the client is gone
			}
			if !bytes.Equal(key.Marshal(), m.user.Marshal()) {
				return nil, io.EOF
			}
			return nil, nil
		}}
		for _, key := range m.keys {
			config.AddHostKey(key)
		}
		server, channels, requests, err := ssh.NewServerConn(conn, config)
		if err != nil {
			return
		}
		go ssh.DiscardRequests(requests)
		for c := range channels {
			m.session(c, server)
		}
	})
}

func (m *machine) session(c ssh.NewChannel, server *ssh.ServerConn) {
	ch, requests, err := c.Accept()
	if err != nil {
		return
	}
	for r := range requests {
		if r.Type != "exec" {
			_ = r.Reply(false, nil)
			continue
		}
		if m.hang == "exec" {
			continue
		}
		_ = r.Reply(true, nil)
		if m.drop {
			_ = server.Close()
			return
		}
		out, errOut, code := m.answer(string(r.Payload[4:]))
		_, _ = io.WriteString(ch, out)
		_, _ = io.WriteString(ch.Stderr(), errOut)
		if m.signal != "" {
			_, _ = ch.SendRequest("exit-signal", false, ssh.Marshal(struct {
				Signal    string
				Core      bool
				Msg, Lang string
			}{m.signal, false, "", ""}))
		} else {
			_, _ = ch.SendRequest("exit-status", false, binary.BigEndian.AppendUint32(nil, code))
		}
		_ = ch.Close()
	}
}

// known writes the keys of a host in OpenSSH's format.
func known(t *testing.T, address string, keys ...ssh.Signer) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("# hosts\n")
	for _, k := range keys {
		b.WriteString(knownhosts.Line([]string{knownhosts.Normalize(address)}, k.PublicKey()) + "\n")
	}
	path := filepath.Join(t.TempDir(), "known_hosts")
	put(t, path, b.String())
	return path
}

// watched is a healthy machine, and its check.
func watched(t *testing.T, m *machine) *checks.SSHOptions {
	t.Helper()
	host, _ := sshKey(t)
	user, file := sshKey(t)
	m.user = user.PublicKey()
	if m.keys == nil {
		m.keys = []ssh.Signer{host}
	}
	o := options[checks.SSHOptions](t, checks.Deps{}, "ssh")
	o.Address, o.User, o.KeyFile = m.serve(t), "watch", file
	o.KnownHosts = known(t, o.Address, m.keys...)
	return o
}

// says is a machine on which every command has the same output.
func says(out, errOut string, code uint32) func(string) (string, string, uint32) {
	return func(string) (string, string, uint32) { return out, errOut, code }
}
