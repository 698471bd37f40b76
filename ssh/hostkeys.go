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

// HostKeys are the keys of hosts in a file, read anew when it has changed. Nothing is ever added to it. It is safe for
// concurrent use.
type HostKeys struct {
	path string

	mu    sync.Mutex
	seen  time.Time // modification time of the file as it was read
	size  int64
	check ssh.HostKeyCallback
}

// NewHostKeys makes the keys of a file, which is read when it is asked for.
func NewHostKeys(path string) *HostKeys { return &HostKeys{path: path} }

// Path is the file.
func (h *HostKeys) Path() string { return h.path }

// Read gives the judge of keys. A file that is gone or broken is an error: nobody is trusted then.
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

// Algorithms are those of the keys that are known of a host: of the keys that it has, it is to show one of these. None
// are known: nil, and it may show any, to be named in the reason.
func Algorithms(known ssh.HostKeyCallback, address string, remote net.Addr) []string {
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

// UnknownKey reports what the judge of keys has against one: that it knows none of the host, or others.
func UnknownKey(err error) (unknown, changed bool) {
	if err == nil {
		return false, false
	}
	if e, ok := errors.AsType[*knownhosts.KeyError](err); ok && len(e.Want) == 0 {
		return true, false
	}
	return false, true
}

// Fingerprint names a key: its type, and what ssh-keygen -l shows of it.
func Fingerprint(key ssh.PublicKey) string { return key.Type() + " " + ssh.FingerprintSHA256(key) }
