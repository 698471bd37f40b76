package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// ApplicationID is in the header of every database of opsbot's, so that no other program's is taken for one: "opsb".
const ApplicationID = 0x6F707362

// errForeign is the error of a file that is not opsbot's.
var errForeign = errors.New("not opsbot's")

// The header of a SQLite file: https://sqlite.org/fileformat.html#the_database_header
const (
	headerSize = 100
	headerText = "SQLite format 3\x00"
	headerID   = 68
)

// identify returns an error if a file is there that is not a database of opsbot's. It writes nothing, neither to the file nor beside it.
// Missing and empty files are new databases, and so are those of SQLite without a table.
func identify(ctx context.Context, path string) error {
	header, err := readHeader(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return unwrapped(err)
	case len(header) == 0:
		return nil
	case len(header) < headerSize || !bytes.HasPrefix(header, []byte(headerText)):
		return fmt.Errorf("%w: it is not a SQLite database", errForeign)
	}
	switch id := binary.BigEndian.Uint32(header[headerID:]); id {
	case ApplicationID:
		return nil
	case 0:
		return identifyUnsigned(ctx, path)
	default:
		return fmt.Errorf("%w: it is the database of another program (application_id %d)", errForeign, id)
	}
}

func readHeader(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	header, err := io.ReadAll(io.LimitReader(f, headerSize))
	return header, err
}

// identifyUnsigned tells a database that an earlier opsbot made, and one in which nothing is yet, by their tables.
func identifyUnsigned(ctx context.Context, path string) error {
	if inUse(path) {
		return errInUse
	}
	names, err := tableNames(ctx, path)
	if err == nil && len(names) == 0 {
		names, err = tableNamesWithJournal(ctx, path)
	}
	switch {
	case err != nil:
		return err
	case len(names) == 0, slices.Equal(names, []string{"goose_db_version"}), containsAll(names, "check_state", "goose_db_version", "incident", "setting"):
		return nil
	default:
		return fmt.Errorf("%w: it is the database of another program, with the tables %s", errForeign, firstNames(names))
	}
}

// inUse reports whether another opsbot holds the lock of a file. Without a lock file nobody does.
func inUse(path string) bool {
	f, err := os.Open(path + ".lock")
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }() // which ends the lock
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil
}

// tableNames lists the tables of a file, but for what is only in its journal. Read as immutable, the file is neither locked nor written.
func tableNames(ctx context.Context, path string) (names []string, err error) {
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: "mode=ro&immutable=1"}
	db, err := sql.Open("sqlite", u.String())
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	r, err := db.QueryContext(ctx, `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name`)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	for r.Next() {
		var name string
		if err := r.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, r.Err()
}

// tableNamesWithJournal lists the tables of a file whose schema is still in its journal: it reads a copy of both, which are small then.
func tableNamesWithJournal(ctx context.Context, path string) (names []string, err error) {
	if info, err := os.Stat(path + "-wal"); err != nil || info.Size() == 0 {
		return nil, nil
	}
	dir, err := os.MkdirTemp("", "opsbot-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	copied := filepath.Join(dir, "copy.db")
	for _, suffix := range []string{"", "-wal"} {
		if err := copyFile(copied+suffix, path+suffix); err != nil {
			return nil, err
		}
	}
	db, err := sql.Open("sqlite", copied)
	if err != nil {
		return nil, err
	}
	if _, err := db.ExecContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if err := db.Close(); err != nil {
		return nil, err
	}
	return tableNames(ctx, copied)
}

func copyFile(to, from string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }() // it was only read
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

func containsAll(names []string, want ...string) bool {
	for _, name := range want {
		if !slices.Contains(names, name) {
			return false
		}
	}
	return true
}

// firstNames are the first of some names, for a message.
func firstNames(names []string) string {
	const few = 5
	if len(names) > few {
		return strings.Join(names[:few], ", ") + ", …"
	}
	return strings.Join(names, ", ")
}

// sign writes the application_id into the header of the database.
func (f *sqliteFile) sign(ctx context.Context) error {
	var id int64
	if err := f.write.QueryRowContext(ctx, `PRAGMA application_id`).Scan(&id); err != nil || id == ApplicationID {
		return err
	}
	_, err := f.write.ExecContext(ctx, fmt.Sprintf(`PRAGMA application_id = %d`, ApplicationID))
	return err
}

// lastBackup is the newest copy of a database that opsbot made before an upgrade; "" if there is none.
func lastBackup(path string) string {
	found, err := filepath.Glob(globQuoted(path) + ".v*.bak")
	if err != nil || len(found) == 0 {
		return ""
	}
	return slices.MaxFunc(found, func(a, b string) int { return modified(a).Compare(modified(b)) })
}

func modified(path string) time.Time {
	info, err := os.Stat(path)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// globQuoted escapes a path for filepath.Glob.
func globQuoted(path string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}
