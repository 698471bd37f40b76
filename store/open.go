package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"

	"opsbot/model"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Options describe the database.
type Options struct {
	Path string           // file; its folder must exist
	Now  func() time.Time // clock for timestamps of rows

	// Audited is told each audit entry once it is stored, or once what it is about is, if the page for it is damaged; nil drops them.
	// It must return soon.
	Audited func(model.AuditEntry)

	// MaxPages bounds the size of the file, in pages of 4 KiB; 0 is no bound. Tests simulate a full disk with it.
	MaxPages int
}

// busy is how long a statement waits for another process that has locked the database, a backup tool for example.
const busy = 5 * time.Second

// readers is how many queries run concurrently.
const readers = 4

// Open opens the database, creates it if it does not exist, and migrates its schema to this version, after a backup of the
// file. Rows that cannot be read are set aside. Errors name the file and what to do; on an error the file is unchanged, and a file
// that is not opsbot's is never written to.
func Open(ctx context.Context, o Options) (db *DB, err error) {
	if err := identify(ctx, o.Path); err != nil {
		return nil, opening(o.Path, err)
	}
	lock, err := lockFile(o.Path)
	if err != nil {
		return nil, err
	}
	db = &DB{path: o.Path, lock: lock, now: o.Now, onAudit: o.Audited, faults: newFaults(o.Now), suspects: newSuspects()}
	if db.onAudit == nil {
		db.onAudit = func(model.AuditEntry) {}
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, lock.Close())
		}
	}()
	if used, err := useSaved(o.Path); err != nil {
		return nil, opening(o.Path, unwrapped(err))
	} else if used {
		db.fromCopy = o.Path + savedSuffix
	}
	findJournal(o.Path)
	if db.file, err = private(o.Path); err != nil {
		return nil, opening(o.Path, unwrapped(err))
	}
	if db.write, err = connect(o, false); err != nil {
		return nil, opening(o.Path, err)
	}
	if err := db.upgrade(ctx, o.Path); err != nil {
		return nil, errors.Join(opening(o.Path, err), db.write.Close())
	}
	if db.read, err = connect(o, true); err != nil {
		return nil, errors.Join(opening(o.Path, err), db.write.Close())
	}
	if err := warm(ctx, db.read, readers); err != nil {
		return nil, errors.Join(opening(o.Path, err), db.read.Close(), db.write.Close())
	}
	db.noteJournal()
	db.inspectStart(ctx)
	return db, nil
}

// warm opens all connections that there may be: one that is opened later would find no file, or another one, if this was deleted.
func warm(ctx context.Context, db *sql.DB, n int) (err error) {
	for range n {
		c, opened := db.Conn(ctx)
		if opened != nil {
			return errors.Join(err, opened)
		}
		defer func() { err = errors.Join(err, c.Close()) }()
	}
	return nil
}

// opening prefixes an error with the file's name. Of a damaged file it names the last copy that opsbot made.
func opening(path string, err error) error {
	if e, ok := errors.AsType[*model.Error](err); ok {
		return e
	}
	args := map[string]string{"path": path, "what": inWords(err, true)}
	code := model.ErrDatabase
	switch {
	case errors.Is(err, errForeign):
		code, args["what"] = model.ErrDatabaseForeign, strings.TrimPrefix(err.Error(), errForeign.Error()+": ")
	case damaged(err):
		code = model.ErrDatabaseDamaged
		if copied := lastBackup(path); copied != "" {
			code, args["copy"] = model.ErrDatabaseBackup, copied
		}
	}
	return &model.Error{Code: code, Args: args, Err: err}
}

// Damaged words the error of a start that could not read the database: it names the file and the last copy of it. Other errors are
// returned unchanged.
func (db *DB) Damaged(err error) error {
	if err == nil || !damaged(err) {
		return err
	}
	var cause *sqlite.Error
	if errors.As(err, &cause) {
		return opening(db.path, cause)
	}
	return err
}

// private creates the file for its owner alone if it does not exist: it holds names of people and the key of buttons.
// SQLite gives its companion files the same mode. It returns what tells the file from one that takes its place.
func private(path string) (os.FileInfo, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	return info, errors.Join(err, f.Close())
}

// lockFile keeps a second opsbot out. The lock ends with the process, however it ends.
func lockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, opening(path, unwrapped(err))
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(opening(path, errors.New("another opsbot is using it")), f.Close())
	}
	return f, nil
}

// unwrapped drops the path that an error of package os repeats.
func unwrapped(err error) error {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		return pe.Err
	}
	return err
}

func connect(o Options, readOnly bool) (*sql.DB, error) {
	q := url.Values{}
	pragmas := []string{
		"busy_timeout(" + strconv.FormatInt(busy.Milliseconds(), 10) + ")",
		"foreign_keys(1)",
		"journal_mode(WAL)",
		"synchronous(FULL)", // NORMAL loses commits in a power cut
	}
	if o.MaxPages > 0 {
		pragmas = append(pragmas, "max_page_count("+strconv.Itoa(o.MaxPages)+")")
	}
	conns := 1
	if readOnly {
		pragmas, conns = append(pragmas, "query_only(1)"), readers
	} else {
		q.Set("_txlock", "immediate")
	}
	q.Set("mode", "rw") // the file is there: a connection must not make an empty one in place of a deleted one
	q["_pragma"] = pragmas
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: o.Path}).EscapedPath(), RawQuery: q.Encode()}
	db, err := sql.Open("sqlite", u.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

// upgrade runs the missing migrations. Goose runs each in a transaction of its own.
func (db *DB) upgrade(ctx context.Context, path string) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, db.write, files, goose.WithDisableGlobalRegistry(true),
		goose.WithGoMigrations(goose.NewGoMigration(renameVersion, &goose.GoFunc{RunTx: rename}, nil)))
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	has, wants, err := provider.GetVersions(ctx)
	if err != nil {
		return err
	}
	if has > wants {
		return &model.Error{Code: model.ErrDatabaseNewer, Args: map[string]string{
			"path": path, "has": strconv.FormatInt(has, 10), "wants": strconv.FormatInt(wants, 10),
		}}
	}
	if has == wants {
		return db.sign(ctx)
	}
	if has > 0 {
		if err := db.backup(ctx, path, has); err != nil {
			return err
		}
	}
	if _, err = provider.Up(ctx); err != nil {
		return err
	}
	return db.sign(ctx)
}

// backup copies the current database next to itself: opsbot.db becomes opsbot.db.v3.bak.
func (db *DB) backup(ctx context.Context, path string, version int64) error {
	to := fmt.Sprintf("%s.v%d.bak", path, version)
	if err := os.Remove(to); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("replace the backup %s: %w", filepath.Base(to), err)
	}
	if _, err := private(to); err != nil { // SQLite would make it readable for all, and uses an empty one
		return fmt.Errorf("make %s: %w", filepath.Base(to), err)
	}
	if _, err := db.write.ExecContext(ctx, "VACUUM INTO $1", to); err != nil {
		return fmt.Errorf("copy to %s: %w", filepath.Base(to), err)
	}
	return nil
}
