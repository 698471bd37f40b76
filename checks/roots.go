package checks

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// maxRoots bounds a ca_file, in bytes; all authorities of a browser are a quarter of it.
const maxRoots = 1 << 20

// readRoots reads the certificates of authorities to trust instead of the machine's; "" is the machine's own, a nil
// pool. With an error comes a pool that trusts nobody: a missing file must not widen trust.
func readRoots(path string) (*x509.CertPool, error) {
	if path == "" {
		return nil, nil
	}
	pool := x509.NewCertPool()
	f, err := os.Open(path)
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		err = pe.Err
	}
	if err != nil {
		return pool, err
	}
	defer func() { _ = f.Close() }() // it was only read
	data, err := io.ReadAll(io.LimitReader(f, maxRoots))
	if err != nil {
		return pool, err
	}
	if !pool.AppendCertsFromPEM(data) {
		return pool, errors.New("no certificate in PEM form")
	}
	return pool, nil
}

// wrongRoots returns what is wrong with a ca_file, nil if it is valid.
func (t *Targets) wrongRoots(path string) []string {
	if _, err := readRoots(t.around.Path(path)); err != nil {
		return []string{fmt.Sprintf("ca_file %q: %s", path, err)}
	}
	return nil
}
