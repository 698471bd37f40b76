package moved

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"opsbot/charset"
)

// The limits of what is read of a source.
const (
	maxFile  = 16 << 20 // bytes of one file
	maxFiles = 2_000    // of one source
)

// ReadFile reads a file as text, of at most 16 MiB, in whatever encoding it is in.
func ReadFile(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() { // a pipe never ends
		return "", fmt.Errorf("read %q: not a regular file", path)
	}
	f, err := os.Open(path) //nolint:gosec // reading the file that was asked for is the point
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }() // it was only read
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	switch {
	case err != nil:
		return "", err
	case len(data) > maxFile:
		return "", fmt.Errorf("read %q: larger than %d MiB", path, maxFile>>20)
	}
	text, _ := charset.Text(data)
	return strings.TrimPrefix(text, "\ufeff"), nil
}

// Plain is an error without the path, which the note has.
func Plain(err error) string {
	if e, ok := errors.AsType[*os.PathError](err); ok {
		return e.Err.Error()
	}
	return err.Error()
}

// Files are the paths, and for a folder the files in it and below whose names end in one of the endings, sorted.
func Files(paths, endings []string) ([]string, error) {
	var all []string
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			all = append(all, path)
			continue
		}
		found, err := filesIn(path, endings)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	if len(all) > maxFiles {
		return nil, fmt.Errorf("read %q: more than %d files", paths[0], maxFiles)
	}
	return all, nil
}

// filesIn are the files of a folder; links to folders, which may lead in circles, are not followed.
func filesIn(folder string, endings []string) ([]string, error) {
	var all []string
	err := filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case strings.HasPrefix(d.Name(), ".") && path != folder: // Kubernetes mounts a file twice: once below a hidden folder
			if d.IsDir() {
				return filepath.SkipDir
			}
		case !d.IsDir() && slices.Contains(endings, filepath.Ext(path)):
			all = append(all, path)
		}
		if len(all) > maxFiles {
			return filepath.SkipAll
		}
		return nil
	})
	return all, err
}
