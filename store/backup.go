package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"modernc.org/sqlite"

	"opsbot/model"
)

// Saved is a database in a file of its own: all of its pages were checked, and its rows counted.
type Saved struct {
	Path   string        `json:"file"`
	Bytes  int64         `json:"bytes"`
	Schema int64         `json:"schema"` // version
	Tables []CopiedTable `json:"tables"` // but goose's own, by name
}

// Rows is how many rows it has.
func (s *Saved) Rows() (n int64) {
	for _, t := range s.Tables {
		n += t.Rows
	}
	return n
}

// BackupOptions say what Backup copies, and where to.
type BackupOptions struct {
	Path string           // the database, a file of SQLite
	To   string           // the copy; with Keep the time is part of its name
	Keep int              // how many copies of this name are kept, with the new one; 0: To alone, which is replaced
	Now  func() time.Time // for the name
}

// Backup copies a database that an opsbot may be using. The copy is of one moment. It takes its place once its pages were checked and its
// rows counted, whole or not at all: until then what was there stays. It returns the older copies that were removed. What is no database of
// opsbot's is never replaced. Errors are for people.
func Backup(ctx context.Context, o BackupOptions) (saved Saved, removed []string, err error) {
	to := o.To
	if o.Keep > 0 {
		to = stampedName(o.To, o.Now())
	}
	if err := backupPlaces(ctx, o.Path, to); err != nil {
		return saved, nil, err
	}
	if saved, err = writeBackup(ctx, o, to); err != nil {
		return saved, nil, backupFailed(to, err)
	}
	if o.Keep > 0 {
		removed, err = removeOld(o, to)
	}
	return saved, removed, err
}

// backupPlaces refuses what must not be copied, and what must not be replaced.
func backupPlaces(ctx context.Context, from, to string) error {
	info, err := databaseAt(ctx, from)
	if err != nil {
		return err
	}
	there, err := os.Stat(to)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	switch {
	case err != nil:
		return backupFailed(to, unwrapped(err))
	case os.SameFile(info, there) || inUse(to):
		return &model.Error{Code: model.ErrBackupItself, Args: map[string]string{"path": to}}
	case !there.Mode().IsRegular() || there.Size() > 0 && identify(ctx, to) != nil:
		return &model.Error{Code: model.ErrBackupOther, Args: map[string]string{"path": to}}
	default:
		return nil
	}
}

// databaseAt refuses a path at which there is no database of opsbot's: to open it would make one.
func databaseAt(ctx context.Context, path string) (fs.FileInfo, error) {
	info, err := os.Stat(path)
	if err == nil && info.Size() > 0 {
		err = identifyBeside(ctx, path)
	} else if err == nil {
		err = fs.ErrNotExist // a start has just made it
	}
	if err != nil {
		return nil, noDatabase(path, err)
	}
	return info, nil
}

// identifyBeside is identify of a file that an opsbot may be using.
func identifyBeside(ctx context.Context, path string) error {
	if err := identify(ctx, path); !errors.Is(err, errInUse) {
		return err
	}
	return nil // whoever uses it has identified it
}

// noDatabase is the error of a path at which there is no database of opsbot's.
func noDatabase(path string, err error) error {
	what := unwrapped(err).Error()
	if errors.Is(err, fs.ErrNotExist) {
		what = "there is no such file"
	}
	return &model.Error{Code: model.ErrNoDatabase, Args: map[string]string{"path": path, "what": strings.TrimPrefix(what, errForeign.Error()+": ")}, Err: err}
}

// backupFailed is the error of a backup that was not made.
func backupFailed(to string, err error) error {
	if _, ours := errors.AsType[*model.Error](err); ours || errors.Is(err, context.Canceled) {
		return err
	}
	return &model.Error{Code: model.ErrBackup, Args: map[string]string{"path": to, "what": inWords(unwrapped(err), true)}, Err: err}
}

// writeBackup writes a copy beside its place, checks it, and puts it there.
func writeBackup(ctx context.Context, o BackupOptions, to string) (saved Saved, err error) {
	p, err := openPart(o.To, to)
	if err != nil {
		return saved, err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	if saved, err = p.fill(ctx, o.Path, "rw"); err != nil {
		return saved, err
	}
	saved.Path = to
	return saved, p.put()
}

// part is a file that is written beside its place, by one process at a time. A process that is killed leaves it behind for the next one.
type part struct {
	place, name string
	file        *os.File // holds the lock
	done        bool     // it was put in its place
}

var errPartBusy = errors.New("another opsbot is writing it")

// openPart begins a file beside a name, which becomes one of that name, or of another in the folder. It is empty, and its owner's alone.
func openPart(beside, place string) (*part, error) {
	p := &part{place: place, name: beside + ".part"}
	var err error
	if p.file, err = os.OpenFile(p.name, os.O_CREATE|os.O_RDWR, 0o600); err != nil {
		return nil, err
	}
	if err := p.begin(); err != nil {
		return nil, errors.Join(err, p.file.Close())
	}
	return p, nil
}

func (p *part) begin() error {
	if syscall.Flock(int(p.file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil {
		return errPartBusy
	}
	info, err := p.file.Stat()
	if err != nil {
		return err
	}
	if !same(p.name, info) { // whoever held it has put it in its place
		return errPartBusy
	}
	for _, suffix := range []string{"-wal", "-shm", "-journal"} { // of one that was killed
		if err := os.Remove(p.name + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return errors.Join(p.file.Chmod(0o600), p.file.Truncate(0))
}

// fill copies a database into it, as of one moment, and checks the copy against what was read. The mode is that of opening the database.
func (p *part) fill(ctx context.Context, from, mode string) (Saved, error) {
	read, err := copyDatabase(ctx, from, p.name, mode)
	if err != nil {
		return Saved{}, err
	}
	saved, err := examine(ctx, p.name)
	if err != nil {
		return saved, err
	}
	return saved, sameRows(read, saved.Tables)
}

// put puts it in its place, in one step.
func (p *part) put() error {
	if err := p.file.Sync(); err != nil {
		return err
	}
	if err := os.Rename(p.name, p.place); err != nil {
		return err
	}
	p.done = true
	return syncFolder(p.place)
}

// close removes it, unless it was put in its place.
func (p *part) close() (err error) {
	if !p.done {
		err = os.Remove(p.name)
	}
	return errors.Join(err, p.file.Close())
}

// syncFolder has the names in a file's folder outlast a power cut.
func syncFolder(path string) error {
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// fileURI is what opens a file of SQLite.
func fileURI(path, mode string, pragmas ...string) string {
	q := url.Values{"mode": {mode}, "_pragma": pragmas}
	if mode == immutable {
		q.Set("mode", "ro")
		q.Set("immutable", "1")
	}
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: q.Encode()}
	return u.String()
}

// immutable opens a file that nobody writes to: SQLite neither locks it, nor makes files beside it, nor reads a journal.
const immutable = "immutable"

// copyDatabase copies a database to an empty file, within one read transaction, and returns the rows of that moment. Whoever writes to the
// database does not wait.
func copyDatabase(ctx context.Context, from, to, mode string) (rows []CopiedTable, err error) {
	db, err := sql.Open("sqlite", fileURI(from, mode, "busy_timeout("+strconv.FormatInt(busy.Milliseconds(), 10)+")"))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	c, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	if _, err := c.ExecContext(ctx, "BEGIN"); err != nil {
		return nil, err
	}
	defer func() {
		_, failed := c.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
		err = errors.Join(err, failed)
	}()
	if rows, err = countTables(ctx, c); err != nil {
		return nil, err
	}
	return rows, c.Raw(func(conn any) error { return copyPages(ctx, conn, to) })
}

// pagesAtOnce is how many pages are copied between two looks at whether to stop: 4 MiB.
const pagesAtOnce = 1024

// copyPages copies all pages that a connection sees. The file is synced by its owner.
func copyPages(ctx context.Context, conn any, to string) error {
	source, ok := conn.(interface {
		NewBackup(uri string) (*sqlite.Backup, error)
	})
	if !ok {
		return fmt.Errorf("a connection of type %T makes no backup", conn)
	}
	b, err := source.NewBackup(fileURI(to, "rw", "journal_mode(off)", "synchronous(off)"))
	if err != nil {
		return err
	}
	for more := true; more && err == nil; {
		if more, err = b.Step(pagesAtOnce); err == nil {
			err = ctx.Err()
		}
	}
	return errors.Join(err, b.Finish())
}

// countTables counts the rows of every table but goose's own.
func countTables(ctx context.Context, from querier) ([]CopiedTable, error) {
	names, err := column1(ctx, from, `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'goose_db_version' ORDER BY name`)
	if err != nil {
		return nil, err
	}
	all := make([]CopiedTable, len(names))
	for i, name := range names {
		n, err := countRows(ctx, from, `SELECT COUNT(*) FROM "`+strings.ReplaceAll(name, `"`, `""`)+`"`)
		if err != nil {
			return nil, err
		}
		all[i] = CopiedTable{name, n}
	}
	return all, nil
}

// column1 reads the first column of a query as text.
func column1(ctx context.Context, from querier, query string) (all []string, err error) {
	r, err := from.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	for r.Next() {
		var text string
		if err := r.Scan(&text); err != nil {
			return nil, err
		}
		all = append(all, text)
	}
	return all, r.Err()
}

// examine checks all pages of a file that nobody writes to, and counts its rows.
func examine(ctx context.Context, path string) (saved Saved, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return saved, err
	}
	db, err := sql.Open("sqlite", fileURI(path, immutable))
	if err != nil {
		return saved, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	found, err := column1(ctx, db, `PRAGMA integrity_check(1)`)
	if err != nil {
		return saved, err
	}
	if len(found) != 1 || found[0] != "ok" {
		return saved, &damage{strings.Join(found, "; ")}
	}
	saved = Saved{Path: path, Bytes: info.Size()}
	if saved.Schema, err = schemaOf(ctx, db); err != nil {
		return saved, err
	}
	saved.Tables, err = countTables(ctx, db)
	return saved, err
}

// schemaOf is the version of a file's schema.
func schemaOf(ctx context.Context, from querier) (int64, error) {
	return countRows(ctx, from, `SELECT COALESCE(MAX(version_id), 0) FROM goose_db_version WHERE is_applied = 1`)
}

// damage is the error of a file whose pages do not fit together.
type damage struct{ found string }

func (d *damage) Error() string { return "the database is damaged: " + d.found }

// sameRows is an error if a copy has other rows than what was copied.
func sameRows(was, is []CopiedTable) error {
	for i, t := range was {
		if i >= len(is) || is[i] != t {
			return fmt.Errorf("the table %s had %d rows, and the copy has others", t.Name, t.Rows)
		}
	}
	if len(was) != len(is) {
		return errors.New("the copy has tables of its own")
	}
	return nil
}

// stampForm is the time in the name of a copy, in UTC: names are in the order of time.
const stampForm = "20060102T150405Z"

// stampedName is the name of a copy that was made at a time: opsbot.db becomes opsbot-20261201T030000Z.db.
func stampedName(path string, at time.Time) string {
	ext := filepath.Ext(path)
	return strings.TrimSuffix(path, ext) + "-" + at.UTC().Format(stampForm) + ext
}

// removeOld removes the oldest copies of a name beyond those that are kept, but never the new one.
func removeOld(o BackupOptions, newest string) (removed []string, err error) {
	all, err := stampedCopies(o.To)
	if err != nil {
		return nil, backupFailed(o.To, err)
	}
	all = slices.DeleteFunc(all, func(path string) bool { return path == newest })
	for _, path := range all[:max(0, len(all)-(o.Keep-1))] {
		if err := os.Remove(path); err != nil {
			return removed, &model.Error{Code: model.ErrFile, Args: map[string]string{"path": path, "what": unwrapped(err).Error()}, Err: err}
		}
		removed = append(removed, path)
	}
	return removed, nil
}

// stampedCopies are the copies of a name that have a time in theirs, the oldest first.
func stampedCopies(path string) (all []string, err error) {
	dir, ext := filepath.Dir(path), filepath.Ext(path)
	stem := strings.TrimSuffix(filepath.Base(path), ext) + "-"
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		rest, ours := strings.CutPrefix(e.Name(), stem)
		stamp, fits := strings.CutSuffix(rest, ext)
		if _, err := time.Parse(stampForm, stamp); ours && fits && err == nil && e.Type().IsRegular() {
			all = append(all, filepath.Join(dir, e.Name()))
		}
	}
	slices.SortFunc(all, cmp.Compare[string])
	return all, nil
}
