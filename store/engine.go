package store

import (
	"context"
	"database/sql"

	"github.com/pressly/goose/v3"
)

// engine is what differs between the databases in which a store may be. The SQL itself is one text for all: $1, ON CONFLICT,
// RETURNING, moments as bigint, rows of VALUES.
type engine interface {
	// place names the database for people, without a password.
	place() string
	// connect opens it for one writer and for readers, and keeps out who must not share it. After an error nothing stays open.
	connect(ctx context.Context) (write, read *sql.DB, err error)
	// alone is an error if another opsbot is connected to it, as far as connect does not refuse that.
	alone(ctx context.Context) error
	// opening words an error of opening it.
	opening(err error) error
	// close ends what connect began, and is called before the connections are closed.
	close(ctx context.Context) error
	// release ends what keeps others out, and is called last.
	release() error

	// migrations is how goose upgrades it.
	migrations() (goose.Dialect, []goose.ProviderOption, error)
	// backup copies it before an upgrade from a version.
	backup(ctx context.Context, version int64) error
	// upgraded runs once the schema is this program's.
	upgraded(ctx context.Context) error
	// opened runs last, when the readers may be used.
	opened(ctx context.Context) error

	// begin begins a write transaction. Every write begins here, in exec or in run.
	begin(ctx context.Context) (transaction, error)
	// exec runs one statement as a transaction, and returns how many rows it changed.
	exec(ctx context.Context, query string, args []any) (changed int64, err error)
	// run is exec for a statement whose result nobody needs.
	run(ctx context.Context, query string, args []any) error

	// look returns what became of it while it is open, and fromCopy the copy that it was opened from.
	look(ctx context.Context) Presence
	fromCopy() string

	dialect
}

// dialect are the few pieces of SQL that differ.
type dialect interface {
	// rowID is an expression for the place of a row, an integer; atRowID is the condition that a row is at place $1.
	rowID() string
	atRowID() string
	// columns reads the schema of a table: $1 is its name; the types are those of a column.
	columns() string
	// mistyped is a condition for values of another type than their column's; "" if there cannot be any.
	mistyped(c column) string
	// unfinished is a condition for rows whose moment is 0, or none.
	unfinished(table, moment string) string
	// storable returns the arguments of a query with text that the database takes. Transactions see to it themselves.
	storable(args []any) []any
	// mostArgs is how many arguments a statement for many rows should have; many is that statement.
	mostArgs() int
	many(in *insertion, args []any) statement
	// size is a query for the bytes that it takes.
	size() string
}

// transaction is a write transaction of an engine.
type transaction interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	// first scans the first row of a query; sql.ErrNoRows if there is none.
	first(ctx context.Context, s statement, into []any) error
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	// write runs a statement whose result nobody needs. It may wait for the next call that needs one, or for the commit: so may its error.
	write(ctx context.Context, query string, args ...any) error
	commit(ctx context.Context) error
	// rollback ends it without a trace; after a commit it does nothing.
	rollback() error
}

// txn is a write transaction of the store.
type txn struct {
	transaction
	lenient bool // it leaves out rows that cannot be read
	dialect
}

// QueryRowContext returns the first row of a query, which is run when it is scanned.
func (t *txn) QueryRowContext(ctx context.Context, query string, args ...any) firstRow {
	return func(into []any) error { return t.first(ctx, statement{query, args}, into) }
}

// firstRow is the first row of a query.
type firstRow func(into []any) error

// Scan reads the row; sql.ErrNoRows if there is none.
func (r firstRow) Scan(into ...any) error { return r(into) }

// statement is a piece of SQL on its way.
type statement struct {
	query string
	args  []any
}
