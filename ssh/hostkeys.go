package ssh

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// HostKeys are the host keys of a file, reread when it has changed. Nothing is ever added to it. It is safe for
// concurrent use.
type HostKeys struct {
	path string

	mu    sync.Mutex
	seen  time.Time // modification time of the file when it was read
	size  int64
	check ssh.HostKeyCallback
}

// NewHostKeys returns the keys of a file, which is read on use.
func NewHostKeys(path string) *HostKeys { return &HostKeys{path: path} }

// Path is the file.
func (h *HostKeys) Path() string { return h.path }

// Read returns the verifier of keys. A missing or broken file is an error: nothing is trusted then.
func (h *HostKeys) Read() (ssh.HostKeyCallback, error) {
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

// Algorithms returns the algorithms of the known keys of a host: it must present one of these. If none are known: nil,
// it may present any, to be named in the reason.
func Algorithms(known ssh.HostKeyCallback, address string, remote net.Addr) []string {
	e, ok := errors.AsType[*knownhosts.KeyError](known(address, remote, noKey{}))
	if !ok {
		return nil
	}
	var all []string
	for _, k := range e.Want {
		switch kind := k.Key.Type(); kind {
		case ssh.KeyAlgoRSA: // the signature with SHA-1 is no longer secure
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

// UnknownKey reports why the verifier rejected a key: it knows none of the host, or others.
func UnknownKey(err error) (unknown, changed bool) {
	if err == nil {
		return false, false
	}
	if e, ok := errors.AsType[*knownhosts.KeyError](err); ok && len(e.Want) == 0 {
		return true, false
	}
	return false, true
}

// Fingerprint names a key: its type, and the fingerprint as of ssh-keygen -l.
func Fingerprint(key ssh.PublicKey) string { return key.Type() + " " + ssh.FingerprintSHA256(key) }
