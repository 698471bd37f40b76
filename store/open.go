package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"time"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"

	"opsbot/model"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Options describe the database.
type Options struct {
	Path string // file of SQLite; its folder must exist
	DSN  string // database of a PostgreSQL server, instead of a file: a URL, or key=value; what it leaves out is libpq's default
	// Epoch is that of the leader who writes, on a server that several opsbots share (package lease): once another one leads, every write
	// is refused. 0: nobody else writes.
	Epoch int64
	Now   func() time.Time // clock for timestamps of rows

	// Audited is told each audit entry once it is stored, or once what it is about is, if the page for it is damaged; nil drops them.
	// It must return soon.
	Audited func(model.AuditEntry)

	// MaxPages bounds the size of the file, in pages of 4 KiB; 0 is no bound. Tests simulate a full disk with it.
	MaxPages int

	copying bool // for Copy
}

// readers is how many queries run concurrently.
const readers = 4

// Open opens the database, creates it if it does not exist, and migrates its schema to this version; a file is copied before that.
// Rows that cannot be read are set aside. Errors name the database and what to do; on an error it is unchanged, and a file that is not
// opsbot's is never written to.
func Open(ctx context.Context, o Options) (*DB, error) {
	o, err := placed(ctx, o)
	if err != nil {
		return nil, err
	}
	db := &DB{now: o.Now, onAudit: o.Audited, faults: newFaults(o.Now), suspects: newSuspects()}
	if db.onAudit == nil {
		db.onAudit = func(model.AuditEntry) {}
	}
	if db.engine, err = newEngine(o); err != nil {
		return nil, err
	}
	if db.write, db.read, err = db.engine.connect(ctx); err != nil {
		return nil, db.engine.opening(err)
	}
	err = db.upgrade(ctx)
	if err == nil {
		err = db.engine.opened(ctx)
	}
	if err != nil {
		return nil, errors.Join(db.engine.opening(err), db.read.Close(), db.write.Close(), db.engine.release())
	}
	if o.Epoch <= 1 { // at a takeover every moment counts, and readers leave out what they cannot read
		db.inspectStart(ctx)
	}
	if err := db.takeRestored(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

func newEngine(o Options) (engine, error) {
	if o.DSN != "" {
		return newPostgres(o)
	}
	return &sqliteFile{path: o.Path, maxPages: o.MaxPages, now: o.Now}, nil
}

// Place names the database for people: the path of a file, or server and name, without a password.
func (db *DB) Place() string { return db.engine.place() }

// Damaged words the error of a start that could not read the database: it names the file and the last copy of it. Other errors are
// returned unchanged.
func (db *DB) Damaged(err error) error {
	if err == nil || !damaged(err) {
		return err
	}
	var cause *sqlite.Error
	if errors.As(err, &cause) {
		return db.engine.opening(cause)
	}
	return err
}

// provider is goose with all migrations.
func (db *DB) provider() (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	dialect, options, err := db.engine.migrations()
	if err != nil {
		return nil, err
	}
	options = append(options, goose.WithDisableGlobalRegistry(true), goose.WithGoMigrations(goose.NewGoMigration(renameVersion, &goose.GoFunc{RunTx: rename}, nil)))
	provider, err := goose.NewProvider(dialect, db.write, files, options...)
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	return provider, nil
}

// upgrade runs the missing migrations. Goose runs each in a transaction of its own.
func (db *DB) upgrade(ctx context.Context) error {
	provider, err := db.provider()
	if err != nil {
		return err
	}
	has, wants, err := provider.GetVersions(ctx)
	if err != nil {
		return err
	}
	if has > wants {
		return &model.Error{Code: model.ErrDatabaseNewer, Args: map[string]string{
			"path": db.engine.place(), "has": strconv.FormatInt(has, 10), "wants": strconv.FormatInt(wants, 10),
		}}
	}
	if has == wants {
		return db.engine.upgraded(ctx)
	}
	if has > 0 {
		if err := db.engine.backup(ctx, has); err != nil {
			return err
		}
	}
	if _, err = provider.Up(ctx); err != nil {
		return err
	}
	return db.engine.upgraded(ctx)
}

// Reach returns the place of a database, and why it cannot be opened; fs.ErrNotExist: the first start will make it. Nothing is written, and another
// opsbot may use it.
func Reach(ctx context.Context, o Options) (place string, err error) {
	if o.DSN == "" {
		if _, err := os.Stat(o.Path); err != nil {
			return o.Path, err
		}
		return o.Path, unwrapped(identifyBeside(ctx, o.Path))
	}
	server, err := newPostgres(o)
	if err != nil {
		return "", err
	}
	write, read, err := server.connect(ctx)
	if err != nil {
		return server.place(), err
	}
	return server.place(), errors.Join(read.Close(), write.Close())
}

// Count returns the schema version and the rows of a file of SQLite that an opsbot may use. Nothing is written.
func Count(ctx context.Context, path string) (saved Saved, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return saved, noDatabase(path, err)
	}
	if err := identifyBeside(ctx, path); err != nil {
		return saved, noDatabase(path, err)
	}
	db, err := sql.Open("sqlite", fileURI(path, "rw", "busy_timeout("+strconv.FormatInt(busy.Milliseconds(), 10)+")", "query_only(1)"))
	if err != nil {
		return saved, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	saved = Saved{Path: path, Bytes: info.Size()}
	if saved.Schema, err = schemaOf(ctx, db); err != nil {
		return saved, unread(err)
	}
	saved.Tables, err = countTables(ctx, db)
	return saved, unread(err)
}
