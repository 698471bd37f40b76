package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlitelib "modernc.org/sqlite/lib"

	"opsbot/model"
)

// sqliteFile is a store in one file, for one process.
type sqliteFile struct {
	path     string
	maxPages int
	now      func() time.Time

	lock    *os.File
	file    os.FileInfo            // what was opened
	journal map[string]os.FileInfo // the files beside it, by suffix
	write   *sql.DB                // one connection: SQLite allows one writer
	read    *sql.DB

	copied   string // the copy that it was opened from
	presence struct {
		sync.Mutex
		Presence
		saved time.Time
	}
}

// busy is how long a statement waits for another process that has locked the database, a backup tool for example.
const busy = 5 * time.Second

func (f *sqliteFile) place() string { return f.path }

func (f *sqliteFile) connect(ctx context.Context) (write, read *sql.DB, err error) {
	if err := identify(ctx, f.path); err != nil {
		return nil, nil, err
	}
	if f.lock, err = lockFile(f.path); err != nil {
		return nil, nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(f.opening(unwrapped(err)), f.lock.Close())
		}
	}()
	used, err := useSaved(f.path)
	if err != nil {
		return nil, nil, err
	}
	if used {
		f.copied = f.path + savedSuffix
	}
	findJournal(f.path)
	if f.file, err = private(f.path); err != nil {
		return nil, nil, err
	}
	if f.write, err = f.pool(false); err != nil {
		return nil, nil, err
	}
	if f.read, err = f.pool(true); err != nil {
		return nil, nil, errors.Join(err, f.write.Close())
	}
	return f.write, f.read, nil
}

func (f *sqliteFile) pool(readOnly bool) (*sql.DB, error) {
	q := url.Values{}
	pragmas := []string{
		"busy_timeout(" + strconv.FormatInt(busy.Milliseconds(), 10) + ")",
		"foreign_keys(1)",
		"journal_mode(WAL)",
		"synchronous(FULL)", // NORMAL loses commits in a power cut
	}
	if f.maxPages > 0 {
		pragmas = append(pragmas, "max_page_count("+strconv.Itoa(f.maxPages)+")")
	}
	conns := 1
	if readOnly {
		pragmas, conns = append(pragmas, "query_only(1)"), readers
	} else {
		q.Set("_txlock", "immediate")
	}
	q.Set("mode", "rw") // the file is there: a connection must not make an empty one in place of a deleted one
	q["_pragma"] = pragmas
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: f.path}).EscapedPath(), RawQuery: q.Encode()}
	db, err := sql.Open("sqlite", u.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

// opening prefixes an error with the file's name. Of a damaged file it names the last copy that opsbot made.
func (f *sqliteFile) opening(err error) error {
	if e, ok := errors.AsType[*model.Error](err); ok {
		return e
	}
	args := map[string]string{"path": f.path, "what": inWords(err, true)}
	code := model.ErrDatabase
	switch {
	case errors.Is(err, errForeign):
		code, args["what"] = model.ErrDatabaseForeign, strings.TrimPrefix(err.Error(), errForeign.Error()+": ")
	case damaged(err):
		code = model.ErrDatabaseDamaged
		if copied := lastBackup(f.path); copied != "" {
			code, args["copy"] = model.ErrDatabaseBackup, copied
		}
	}
	return &model.Error{Code: code, Args: args, Err: err}
}

// alone: connect has the lock.
func (f *sqliteFile) alone(context.Context) error { return nil }

func (f *sqliteFile) close(context.Context) error { return f.saveLast() }
func (f *sqliteFile) release() error              { return f.lock.Close() }

func (f *sqliteFile) migrations() (goose.Dialect, []goose.ProviderOption, error) {
	return goose.DialectSQLite3, nil, nil
}

// backup copies the current database next to itself: opsbot.db becomes opsbot.db.v3.bak.
func (f *sqliteFile) backup(ctx context.Context, version int64) error {
	to := fmt.Sprintf("%s.v%d.bak", f.path, version)
	if err := os.Remove(to); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("replace the backup %s: %w", filepath.Base(to), err)
	}
	if _, err := private(to); err != nil { // SQLite would make it readable for all, and uses an empty one
		return fmt.Errorf("make %s: %w", filepath.Base(to), err)
	}
	if _, err := f.write.ExecContext(ctx, "VACUUM INTO $1", to); err != nil {
		return fmt.Errorf("copy to %s: %w", filepath.Base(to), err)
	}
	return nil
}

func (f *sqliteFile) upgraded(ctx context.Context) error { return f.sign(ctx) }

// opened opens all connections that there may be: one that is opened later would find no file, or another one, if this was deleted.
func (f *sqliteFile) opened(ctx context.Context) (err error) {
	for range readers {
		c, opened := f.read.Conn(ctx)
		if opened != nil {
			return errors.Join(err, opened)
		}
		defer func() { err = errors.Join(err, c.Close()) }()
	}
	f.noteJournal()
	return nil
}

// begin begins a transaction that has the lock for writing at once.
func (f *sqliteFile) begin(ctx context.Context) (transaction, error) {
	t, err := f.write.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	return sqliteTx{t}, nil
}

func (f *sqliteFile) exec(ctx context.Context, query string, args []any) (int64, error) {
	r, err := f.write.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

func (f *sqliteFile) run(ctx context.Context, query string, args []any) error {
	_, err := f.write.ExecContext(ctx, query, args...)
	return err
}

// sqliteTx is a transaction of database/sql: the database is in this process, so nothing waits.
type sqliteTx struct{ *sql.Tx }

func (t sqliteTx) first(ctx context.Context, s statement, into []any) error {
	return t.QueryRowContext(ctx, s.query, s.args...).Scan(into...)
}

func (t sqliteTx) write(ctx context.Context, query string, args ...any) error {
	_, err := t.ExecContext(ctx, query, args...)
	return err
}

func (t sqliteTx) commit(context.Context) error { return t.Commit() }

func (t sqliteTx) rollback() error {
	if err := t.Rollback(); err != nil && !errors.Is(err, sql.ErrTxDone) {
		return fmt.Errorf("roll back: %w", err)
	}
	return nil
}

func (f *sqliteFile) rowID() string   { return "rowid" }
func (f *sqliteFile) atRowID() string { return "rowid = $1" }

func (f *sqliteFile) columns() string {
	return `SELECT name, CASE lower(type) WHEN 'bigint' THEN 'integer' WHEN 'bytea' THEN 'blob' ELSE 'text' END FROM pragma_table_info($1) ORDER BY cid`
}

// mistyped: SQLite keeps what it is given, whatever its column's type.
func (f *sqliteFile) mistyped(c column) string { return "typeof(" + c.name + ") <> '" + c.kind + "'" }

func (f *sqliteFile) unfinished(table, moment string) string {
	return `rowid IN (SELECT rowid FROM ` + table + ` WHERE ` + moment + ` = 0 OR typeof(` + moment + `) <> 'integer')`
}

func (f *sqliteFile) storable(args []any) []any { return args }

// mostArgs: the driver looks for each argument among all of them, so that twice as many take four times as long.
func (f *sqliteFile) mostArgs() int { return 60 }

func (f *sqliteFile) many(in *insertion, args []any) statement { return in.values(args) }

func (f *sqliteFile) size() string {
	return `SELECT page_count * page_size FROM pragma_page_count, pragma_page_size`
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
		return nil, unwrapped(err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(errInUse, f.Close())
	}
	return f, nil
}

var errInUse = errors.New("another opsbot is using it")

// unwrapped drops the path that an error of package os repeats.
func unwrapped(err error) error {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		return pe.Err
	}
	return err
}

// sqliteWords words the errors of SQLite that a person can fix, without its codes.
func sqliteWords(e *sqlite.Error, writing bool) string {
	do := "read"
	if writing {
		do = "written"
	}
	switch e.Code() & 0xff { // the low byte is the primary result code: https://sqlite.org/rescode.html
	case sqlitelib.SQLITE_FULL:
		return "the disk is full"
	case sqlitelib.SQLITE_IOERR:
		return "the disk cannot be " + do
	case sqlitelib.SQLITE_READONLY, sqlitelib.SQLITE_PERM, sqlitelib.SQLITE_CANTOPEN:
		return "the file cannot be " + do
	case sqlitelib.SQLITE_CORRUPT, sqlitelib.SQLITE_NOTADB:
		return "the file is damaged or is not a database"
	case sqlitelib.SQLITE_BUSY, sqlitelib.SQLITE_LOCKED:
		return "another program holds the database"
	default:
		return e.Error()
	}
}
