// Package store persists what must outlive the process: states of checks, incidents, cards, mutes, the outbox, paired
// chats and users, the audit log. SQLite by default; the SQL is written so that PostgreSQL runs it too.
//
// It must not know the rules of the business: it commits a Change whole, and returns what it was given.
package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"modernc.org/sqlite"
	sqlitelib "modernc.org/sqlite/lib"

	"opsbot/model"
)

// DB is an open database. It is safe for concurrent use: there is one writer, and readers do not wait for it.
type DB struct {
	engine engine
	write  *sql.DB // one connection: there is one writer
	read   *sql.DB

	now     func() time.Time
	onAudit func(model.AuditEntry)

	faults   *faults   // calls that fail
	suspects *suspects // tables with rows that could not be read
}

// Close closes the database. What was committed stays; of a deleted file, in a copy.
func (db *DB) Close() error {
	return errors.Join(db.engine.close(context.Background()), db.read.Close(), db.write.Close(), db.engine.release())
}

// tx runs f in one transaction: all of it or nothing. Its error is an *model.Error with ErrStore unless f returned
// another one. The call is "area.name".
func (db *DB) tx(ctx context.Context, called string, f func(tx *txn) error) error {
	err := db.transaction(ctx, called, f, false)
	if bad, ok := errors.AsType[*unreadable](err); ok {
		if t, known := tableOf(bad.table); known {
			_, err := db.inspect(ctx, &t, false)
			db.inspected(t.name, err)
		}
		db.suspects.add(bad.table) // has the admins notified
		err = db.transaction(ctx, called, f, true)
	}
	db.wrote(called, err)
	return refused(err)
}

// transaction runs f once. A lenient one leaves out rows that cannot be read. The call is for the faults while an answer is waited for.
func (db *DB) transaction(ctx context.Context, called string, f func(tx *txn) error, lenient bool) error {
	t, err := db.engine.begin(ctx)
	if err != nil {
		return err
	}
	if err := f(&txn{t, lenient, db.engine}); err != nil {
		return errors.Join(err, t.rollback())
	}
	return db.settled(ctx, called, t.commit(ctx))
}

// settled returns what became of a commit. One whose answer was lost is asked for until there is one, or ctx ends: it is never assumed
// to be undone.
func (db *DB) settled(ctx context.Context, called string, err error) error {
	lost, ok := errors.AsType[*unanswered](err)
	if !ok {
		return err
	}
	for {
		committed, failed := lost.settle(context.WithoutCancel(ctx))
		switch {
		case failed == nil && committed:
			return nil
		case failed == nil:
			return lost.error
		}
		db.wrote(called, failed)
		select {
		case <-ctx.Done():
			lost.forget()
			return ctx.Err()
		case <-time.After(settlePace):
		}
	}
}

// settlePace is how often a server that does not answer is asked what became of a commit.
const settlePace = time.Second

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

// exec runs one statement in a transaction of its own, and returns whether it changed a row. The call is "area.name".
func (db *DB) exec(ctx context.Context, called, query string, args ...any) (changed bool, err error) {
	n, err := db.engine.exec(ctx, query, args)
	err = db.settled(ctx, called, err)
	db.wrote(called, err)
	return n > 0, refused(err)
}

// run runs one statement in a transaction of its own. The call is "area.name".
func (db *DB) run(ctx context.Context, called, query string, args ...any) error {
	err := db.settled(ctx, called, db.engine.run(ctx, query, args))
	db.wrote(called, err)
	return refused(err)
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

// inWords words the errors that a person can fix, without codes.
func inWords(err error, writing bool) string {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return sqliteWords(e, writing)
	}
	if words, ok := postgresWords(err); ok {
		return words
	}
	return err.Error()
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
