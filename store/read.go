package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"opsbot/model"
)

// querier is a database, or a transaction on it.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// source is where the rows of one table are read: through the readers, or within a transaction.
type source struct {
	db     *DB
	from   querier
	table  string
	strict bool // a row that cannot be read is an error
}

// of reads a table. What fails there is noted as a fault of reading it.
func (db *DB) of(table string) source { return source{db, db.read, table, false} }

// within reads a table in a transaction, whose end says what failed. A row that cannot be read ends it: what builds on the row must
// not overwrite it before it is set aside.
func (db *DB) within(tx *txn, table string) source { return source{db, tx, table, !tx.lenient} }

// unreadable is the error of a transaction that met a row of a table which cannot be read.
type unreadable struct {
	table string
	error
}

func (e *unreadable) Unwrap() error { return e.error }

// done notes how a read went, and words its error.
func (s source) done(query string, err error) error {
	if s.from == querier(s.db.read) {
		s.db.faults.note(call{area: areaOf(s.table), name: query}, err)
		return unread(err)
	}
	return err
}

// rows runs a query and scans each row with scan. A row that cannot be scanned is left out, and its table is inspected soon: one bad
// row must not hide the others.
func rows[T any](ctx context.Context, from source, scan func(r *sql.Rows) (T, error), query string, args ...any) ([]T, error) {
	all, err := collect(ctx, from, scan, query, args)
	return all, from.done(query, err)
}

func collect[T any](ctx context.Context, from source, scan func(r *sql.Rows) (T, error), query string, args []any) (all []T, err error) {
	r, err := from.from.QueryContext(ctx, query, from.db.engine.storable(args)...)
	if err != nil {
		return nil, err
	}
	defer func() {
		if closed := r.Close(); err == nil {
			err = closed
		}
	}()
	for r.Next() {
		v, err := scan(r)
		switch {
		case err != nil && from.strict:
			return nil, &unreadable{from.table, err}
		case err != nil:
			from.db.suspects.add(from.table)
			continue
		}
		all = append(all, v)
	}
	return all, r.Err()
}

// bodies reads a column of JSON.
func bodies[T any](ctx context.Context, from source, query string, args ...any) ([]T, error) {
	return rows(ctx, from, func(r *sql.Rows) (v T, err error) {
		var body string
		if err := r.Scan(&body); err != nil {
			return v, err
		}
		if err := json.Unmarshal([]byte(body), &v); err != nil {
			return v, fmt.Errorf("read a row of %T: %w", v, err)
		}
		return v, nil
	}, query, args...)
}

// one reads the first row of a query; false if there is none. A row that cannot be scanned is none.
func (s source) one(ctx context.Context, query string, args []any, into ...any) (bool, error) {
	found, err := rows(ctx, s, func(r *sql.Rows) (bool, error) { return true, r.Scan(into...) }, query, args...)
	return len(found) > 0, err
}

// unread turns an error of a read into one for people; refused does so for writes. Context errors and errors for people are
// returned unchanged.
func unread(err error) error { return worded(err, model.ErrStoreRead) }
