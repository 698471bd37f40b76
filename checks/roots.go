package checks

import (
	"crypto/x509"
	"errors"
	"io"
	"io/fs"
	"os"

	"opsbot/model"
)

// maxRoots bounds a ca_file, in bytes; all authorities of a browser are a quarter of it.
const maxRoots = 1 << 20

var errNoCertificate = errors.New("no certificate in PEM form")

// readRoots reads the certificates of authorities to trust instead of the machine's; "" is the machine's own. With an error come
// authorities who trust nobody: a missing file must not widen trust.
func readRoots(path string) (*authorities, error) {
	if path == "" {
		return machine, nil
	}
	pool := x509.NewCertPool()
	trusted := &authorities{pool: pool}
	f, err := os.Open(path)
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		err = pe.Err
	}
	if err != nil {
		return trusted, err
	}
	defer func() { _ = f.Close() }() // it was only read
	data, err := io.ReadAll(io.LimitReader(f, maxRoots))
	if err != nil {
		return trusted, err
	}
	if !pool.AppendCertsFromPEM(data) {
		return trusted, errNoCertificate
	}
	return trusted, nil
}

// wrongRoots returns what is wrong with a ca_file, nil if it is valid.
func (t *Targets) wrongRoots(path string) []model.Sentence {
	_, err := readRoots(t.around.Path(path))
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errNoCertificate):
		return []model.Sentence{model.Say("config.file.no_certificate", "key", "ca_file", "file", path)}
	default:
		return []model.Sentence{model.Say("config.file", "key", "ca_file", "file", path, "said", err)}
	}
}
