package ssh

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/crypto/ssh"
)

// ErrLocked says that a key has a passphrase, and none was given.
var ErrLocked = errors.New("the key has a passphrase")

// ParseKey parses a private key in ssh-keygen's format. The error reveals nothing of it; it is ErrLocked if a passphrase is
// required.
func ParseKey(text, passphrase string) (key ssh.Signer, err error) {
	if passphrase == "" {
		key, err = ssh.ParsePrivateKey([]byte(text))
	} else {
		key, err = ssh.ParsePrivateKeyWithPassphrase([]byte(text), []byte(passphrase))
	}
	if _, locked := errors.AsType[*ssh.PassphraseMissingError](err); locked {
		return nil, ErrLocked
	}
	if err != nil {
		return nil, errors.New(innermost(err))
	}
	return key, nil
}

// maxKeyFile bounds the file of a key or a passphrase, in bytes.
const maxKeyFile = 64 << 10

// readKey reads a key from its file. The error names files, and reveals nothing of their content.
func readKey(path, passphraseFile string) (ssh.Signer, error) {
	text, err := readSecret(path)
	if err != nil {
		return nil, err
	}
	passphrase := ""
	if passphraseFile != "" {
		if passphrase, err = readSecret(passphraseFile); err != nil {
			return nil, err
		}
	}
	key, err := ParseKey(text, passphrase)
	switch {
	case errors.Is(err, ErrLocked):
		return nil, fmt.Errorf("%q: %w: passphrase_file is missing", path, ErrLocked)
	case err != nil:
		return nil, fmt.Errorf("%q is no private key, or the passphrase is another: %w", path, err)
	}
	return key, nil
}

var errNoSecret = errors.New("empty, or over 64 KiB")

// fileError says why a file cannot be used.
type fileError struct {
	path string
	err  error
}

// Error names the file, and shows nothing of what is in it.
func (e *fileError) Error() string { return fmt.Sprintf("%q: %s", e.path, innermost(e.err)) }

// Unwrap gives the cause.
func (e *fileError) Unwrap() error { return e.err }

func readSecret(path string) (string, error) {
	data, err := os.ReadFile(path) //nolint:gosec // what the configuration names is what is read
	switch {
	case err != nil:
		return "", &fileError{path, err}
	case len(data) > maxKeyFile || strings.TrimSpace(string(data)) == "":
		return "", &fileError{path, errNoSecret}
	}
	return strings.TrimSpace(string(data)), nil
}

// innermost is the message at the end of a chain: "connection reset by peer", not what repeats the address.
func innermost(err error) string {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err.Error()
		}
		err = inner
	}
}
