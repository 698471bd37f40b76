// Package store persists what must outlive the process: states of checks, incidents, cards, mutes, the outbox, paired
// chats and users, the audit log. SQLite by default; the SQL is written so that PostgreSQL runs it too.
//
// It must not know the rules of the business: it commits a Change whole, and returns what it was given.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"time"

	"modernc.org/sqlite"
	sqlitelib "modernc.org/sqlite/lib"

	"opsbot/model"
)

// DB is an open database. It is safe for concurrent use: there is one writer, and readers do not wait for it.
type DB struct {
	write *sql.DB // one connection: SQLite allows one writer
	read  *sql.DB
	lock  *os.File
	now   func() time.Time
}

// Close closes the database. What was committed stays.
func (db *DB) Close() error {
	return errors.Join(db.read.Close(), db.write.Close(), db.lock.Close())
}

// tx runs f in one transaction: all of it or nothing. Its error is an *model.Error with ErrStore unless f returned
// another one.
func (db *DB) tx(ctx context.Context, f func(tx *sql.Tx) error) error {
	tx, err := db.write.BeginTx(ctx, nil)
	if err != nil {
		return refused(err)
	}
	if err := f(tx); err != nil {
		return errors.Join(refused(err), rollback(tx))
	}
	return refused(tx.Commit())
}

func rollback(tx *sql.Tx) error {
	if err := tx.Rollback(); err != nil && !errors.Is(err, sql.ErrTxDone) {
		return fmt.Errorf("roll back: %w", err)
	}
	return nil
}

// exec runs one statement in a transaction of its own.
func (db *DB) exec(ctx context.Context, query string, args ...any) error {
	_, err := db.write.ExecContext(ctx, query, args...)
	return refused(err)
}

// refused turns an error of the database into one for people. Context errors and errors for people are returned
// unchanged.
func refused(err error) error {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if _, ok := errors.AsType[*model.Error](err); ok {
		return err
	}
	return &model.Error{Code: model.ErrStore, Args: map[string]string{"what": inWords(err)}, Err: err}
}

// inWords words the errors that a person can fix, without SQLite's codes.
func inWords(err error) string {
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return err.Error()
	}
	switch e.Code() & 0xff { // the low byte is the primary result code: https://sqlite.org/rescode.html
	case sqlitelib.SQLITE_FULL:
		return "the disk is full"
	case sqlitelib.SQLITE_IOERR:
		return "the disk cannot be read or written"
	case sqlitelib.SQLITE_READONLY, sqlitelib.SQLITE_PERM, sqlitelib.SQLITE_CANTOPEN:
		return "the file cannot be opened for writing"
	case sqlitelib.SQLITE_CORRUPT, sqlitelib.SQLITE_NOTADB:
		return "the file is damaged or is not a database"
	case sqlitelib.SQLITE_BUSY, sqlitelib.SQLITE_LOCKED:
		return "another program holds the database"
	default:
		return e.Error()
	}
}

// ms returns a time in milliseconds; the zero time is 0.
func ms(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// moment parses what ms returned.
func moment(v int64) time.Time {
	if v == 0 {
		return time.Time{}
	}
	return time.UnixMilli(v).UTC()
}

// rows runs a query and scans each row with scan.
func rows[T any](ctx context.Context, db *sql.DB, scan func(r *sql.Rows) (T, error), query string, args ...any) (all []T, err error) {
	r, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, refused(err)
	}
	defer func() { err = errors.Join(err, refused(r.Close())) }()
	for r.Next() {
		v, err := scan(r)
		if err != nil {
			return nil, refused(err)
		}
		all = append(all, v)
	}
	return all, refused(r.Err())
}
