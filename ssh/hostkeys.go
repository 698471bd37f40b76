package ssh

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"sync"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// HostKeys are the host keys of one file or several, reread when they have changed. Nothing is ever added to them. It is safe for
// concurrent use.
type HostKeys struct {
	paths []string

	mu    sync.Mutex
	seen  string // of the files when they were read
	check ssh.HostKeyCallback
}

// NewHostKeys returns the keys of files, which are read on use.
func NewHostKeys(paths ...string) *HostKeys { return &HostKeys{paths: paths} }

// Path is the files.
func (h *HostKeys) Path() string { return strings.Join(h.paths, ", ") }

// Read returns the verifier of keys. A broken file is an error, and so are files of which none exists: nothing is trusted then.
func (h *HostKeys) Read() (ssh.HostKeyCallback, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	existing, seen, err := h.existing()
	if err != nil {
		return nil, err
	}
	if h.check != nil && seen == h.seen {
		return h.check, nil
	}
	check, err := knownhosts.New(existing...)
	if err != nil {
		return nil, err
	}
	h.check, h.seen = check, seen
	return check, nil
}

// existing are the files that exist, and what changes when one of them does.
func (h *HostKeys) existing() (files []string, seen string, err error) {
	var missing error
	for _, path := range h.paths {
		info, err := os.Stat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			missing = err
			continue
		case err != nil:
			return nil, "", err
		case !info.Mode().IsRegular():
			return nil, "", &fs.PathError{Op: "read", Path: path, Err: errors.New("not a regular file")}
		}
		files = append(files, path)
		seen += fmt.Sprintf("%s %d %d\n", path, info.ModTime().UnixNano(), info.Size())
	}
	if len(files) == 0 {
		return nil, "", missing
	}
	return files, seen, nil
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
