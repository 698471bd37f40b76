package checks

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"opsbot"
)

// hostKeys are the keys of hosts in a file, read anew when it has changed. It is safe for concurrent use.
type hostKeys struct {
	path string

	mu    sync.Mutex
	seen  time.Time // modification time of the file as it was read
	size  int64
	check ssh.HostKeyCallback
}

func newHostKeys(path string) *hostKeys { return &hostKeys{path: path} }

// read gives the judge of keys. A file that is gone or broken is an error: nobody is trusted then.
func (h *hostKeys) read() (ssh.HostKeyCallback, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	info, err := os.Stat(h.path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "read", Path: h.path, Err: errors.New("not a regular file")}
	}
	if h.check != nil && info.ModTime().Equal(h.seen) && info.Size() == h.size {
		return h.check, nil
	}
	check, err := knownhosts.New(h.path)
	if err != nil {
		return nil, err
	}
	h.check, h.seen, h.size = check, info.ModTime(), info.Size()
	return check, nil
}

// algorithmsOf are those of the keys that are known of a host: of the keys that it has, it is to show one of these. None
// are known: nil, and it may show any, to be named in the reason.
func algorithmsOf(known ssh.HostKeyCallback, address string, remote net.Addr) []string {
	e, ok := errors.AsType[*knownhosts.KeyError](known(address, remote, noKey{}))
	if !ok {
		return nil
	}
	var all []string
	for _, k := range e.Want {
		switch kind := k.Key.Type(); kind {
		case ssh.KeyAlgoRSA: // the signature with SHA-1 is not to be trusted any more
			all = append(all, ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256)
		default:
			all = append(all, kind)
		}
	}
	return all
}

// noKey is a key that no host has.
type noKey struct{}

func (noKey) Type() string                        { return "none" }
func (noKey) Marshal() []byte                     { return nil }
func (noKey) Verify([]byte, *ssh.Signature) error { return errors.New("no key") }

// explainHostKey says what the judge of keys has against one. It may be another machine, so nothing is known of ours.
func explainHostKey(p *probe, err error, key ssh.PublicKey) *finding {
	if err == nil {
		return nil
	}
	got := key.Type() + " " + ssh.FingerprintSHA256(key)
	if e, ok := errors.AsType[*knownhosts.KeyError](err); ok && len(e.Want) == 0 {
		return unknown(opsbot.ReasonSSHKeyUnknown, "got", got, "addr", p.address)
	}
	return unknown(opsbot.ReasonSSHKeyChanged, "got", got, "addr", p.address)
}
