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
	"strings"
	"sync"
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
	path  string
	file  os.FileInfo // what was opened

	journal map[string]os.FileInfo // the files beside it, by suffix

	now     func() time.Time
	onAudit func(model.AuditEntry)

	fromCopy string // the copy that it was opened from
	presence struct {
		sync.Mutex
		Presence
		saved time.Time
	}

	lenient bool // of the transaction that has the one connection for writing

	faults   *faults   // calls that fail
	suspects *suspects // tables with rows that could not be read
}

// Close closes the database. What was committed stays; of a deleted file, in a copy.
func (db *DB) Close() error {
	return errors.Join(db.saveLast(), db.read.Close(), db.write.Close(), db.lock.Close())
}

// tx runs f in one transaction: all of it or nothing. Its error is an *model.Error with ErrStore unless f returned
// another one. The call is "area.name".
func (db *DB) tx(ctx context.Context, called string, f func(tx *sql.Tx) error) error {
	err := db.transaction(ctx, f, false)
	if bad, ok := errors.AsType[*unreadable](err); ok {
		if t, known := tableOf(bad.table); known {
			_, err := db.inspect(ctx, &t, false)
			db.inspected(t.name, err)
		}
		db.suspects.add(bad.table) // has the admins notified
		err = db.transaction(ctx, f, true)
	}
	db.wrote(called, err)
	return refused(err)
}

// transaction runs f once. A lenient one leaves out rows that cannot be read.
func (db *DB) transaction(ctx context.Context, f func(tx *sql.Tx) error, lenient bool) error {
	tx, err := db.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	db.lenient = lenient
	if err := f(tx); err != nil {
		return errors.Join(err, rollback(tx))
	}
	return tx.Commit()
}

// wrote notes how a write went. One that could not read what it builds on has every table inspected.
func (db *DB) wrote(called string, err error) {
	if _, ours := errors.AsType[*model.Error](err); ours || errors.Is(err, errChanged) {
		err = nil // the database did what it was asked
	}
	if _, part := errors.AsType[*partError](err); part && damaged(err) {
		return // it is tried without the part
	}
	area, name, _ := strings.Cut(called, ".")
	db.faults.note(call{area, name, true}, err)
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return
	}
	if e, ok := errors.AsType[*sqlite.Error](err); !ok || e.Code()&0xff == sqlitelib.SQLITE_CONSTRAINT {
		db.suspects.add("") // such as a number that is given twice, since a counter is broken
	}
}

func rollback(tx *sql.Tx) error {
	if err := tx.Rollback(); err != nil && !errors.Is(err, sql.ErrTxDone) {
		return fmt.Errorf("roll back: %w", err)
	}
	return nil
}

// exec runs one statement in a transaction of its own, and returns whether it changed a row. The call is "area.name".
func (db *DB) exec(ctx context.Context, called, query string, args ...any) (changed bool, err error) {
	r, err := db.write.ExecContext(ctx, query, args...)
	db.wrote(called, err)
	if err != nil {
		return false, refused(err)
	}
	n, err := r.RowsAffected()
	return n > 0, refused(err)
}

// refused turns an error of a write into one for people. Context errors and errors for people are returned unchanged.
func refused(err error) error { return worded(err, model.ErrStore) }

func worded(err error, code model.ErrorCode) error {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if _, ok := errors.AsType[*model.Error](err); ok {
		return err
	}
	return &model.Error{Code: code, Args: map[string]string{"what": inWords(err, code == model.ErrStore)}, Err: err}
}

// inWords words the errors that a person can fix, without SQLite's codes.
func inWords(err error, writing bool) string {
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return err.Error()
	}
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

// damaged reports whether an error says that pages of the file are damaged.
func damaged(err error) bool {
	e, ok := errors.AsType[*sqlite.Error](err)
	return ok && (e.Code()&0xff == sqlitelib.SQLITE_CORRUPT || e.Code()&0xff == sqlitelib.SQLITE_NOTADB)
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
