package checks

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// readRoots reads the certificates of authorities to trust in place of the machine's; "" is the machine's own, a nil
// pool.
func readRoots(path string) (*x509.CertPool, error) {
	if path == "" {
		return nil, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		if pe, ok := errors.AsType[*fs.PathError](err); ok {
			err = pe.Err
		}
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(data) {
		return nil, errors.New("no certificate in PEM form")
	}
	return pool, nil
}

// wrongRoots says what is wrong with a ca_file, nothing when it can be used.
func wrongRoots(path string) []string {
	if _, err := readRoots(path); err != nil {
		return []string{fmt.Sprintf("ca_file %q: %s", path, err)}
	}
	return nil
}
