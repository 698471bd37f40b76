package inventory

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// ErrMoved says that a file was changed by somebody else since it was read.
var ErrMoved = errors.New("the file was changed meanwhile")

// ReadFile returns the content of a file; nothing if it does not exist.
func ReadFile(path string) ([]byte, error) {
	data, err := os.ReadFile(path) //nolint:gosec // reading the file that was asked for is the point
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return data, err
}

// backup is the suffix of the previous version of a file.
const backup = ".bak"

// Replace replaces the content of path, which was read as old, by text. verify gets the path of the new file next to it, before it
// replaces the old one; the old one is kept as path.bak. After an error path is unchanged. A symbolic link stays a link.
func Replace(path string, old, text []byte, verify func(written string) error) error {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	mode := fs.FileMode(0o644) // no secrets, and the service's user must read it
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm()
	}
	written, err := writeBeside(path, text, mode)
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(written) }() // unless it was renamed
	if err := verify(written); err != nil {
		return err
	}
	switch now, err := ReadFile(path); {
	case err != nil:
		return err
	case !bytes.Equal(now, old):
		return ErrMoved
	}
	if old != nil {
		kept, err := writeBeside(path, old, mode)
		if err != nil {
			return err
		}
		if err := os.Rename(kept, path+backup); err != nil {
			return errors.Join(err, os.Remove(kept))
		}
	}
	if err := os.Rename(written, path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// writeBeside writes text durably to a file of its own, in the folder of path, and returns its path.
func writeBeside(path string, text []byte, mode fs.FileMode) (string, error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return "", err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close()); err != nil {
		return "", errors.Join(fmt.Errorf("write %q: %w", f.Name(), err), os.Remove(f.Name()))
	}
	return f.Name(), nil
}

func syncFolder(path string) error {
	d, err := os.Open(path) //nolint:gosec // the folder of the file that was asked for
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
