package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"opsbot/model"
)

// CopiedTable is a table that was copied, with how many rows it has on both sides.
type CopiedTable struct {
	Name string `json:"name"`
	Rows int64  `json:"rows"`
}

// Copy copies all that is stored from one database to another that is empty, of either kind, in one transaction: all of it or nothing.
// No opsbot may run on either. Both get this version's schema, and rows of the source that cannot be read are set aside, as at a start.
// The counts of both sides are compared before it is committed.
func Copy(ctx context.Context, from, to Options) (copied []CopiedTable, err error) {
	if from.DSN == "" {
		if _, err := databaseAt(ctx, from.Path); err != nil {
			return nil, err
		}
	}
	from.copying, to.copying = true, true
	source, err := Open(ctx, from)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	target, err := Open(ctx, to)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, target.Close()) }()
	for _, db := range []*DB{source, target} {
		if err := db.engine.alone(ctx); err != nil {
			return nil, err
		}
	}
	if err := target.empty(ctx); err != nil {
		return nil, err
	}
	source.suspects.add("")
	newInspector(source).run(ctx)
	err = target.tx(ctx, "settings.copy", func(tx *txn) error {
		copied, err = copyTables(ctx, source, tx)
		return err
	})
	return copied, err
}

// empty is an error if a table has rows that no new database has.
func (db *DB) empty(ctx context.Context) error {
	for _, name := range copiedTables() {
		n, err := countRows(ctx, db.read, `SELECT COUNT(*) FROM `+name)
		if name == "counter" {
			n, err = countRows(ctx, db.read, `SELECT COUNT(*) FROM counter WHERE value <> 0`)
		}
		if err != nil {
			return unread(err)
		}
		if n > 0 {
			return &model.Error{Code: model.ErrDatabaseFilled, Args: map[string]string{"path": db.Place(), "table": name}}
		}
	}
	return nil
}

// copiedTables are all tables but what is about transactions of the source.
func copiedTables() []string {
	var names []string
	for _, name := range Tables() {
		if name != "commit_mark" {
			names = append(names, name)
		}
	}
	return names
}

func countRows(ctx context.Context, from querier, query string) (n int64, err error) {
	r, err := from.QueryContext(ctx, query)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	for r.Next() {
		if err := r.Scan(&n); err != nil {
			return 0, err
		}
	}
	return n, r.Err()
}

func copyTables(ctx context.Context, source *DB, tx *txn) (all []CopiedTable, err error) {
	for _, name := range copiedTables() {
		if err := tx.write(ctx, `DELETE FROM `+name); err != nil { // the counters of a new database
			return nil, err
		}
		if err := copyTable(ctx, source, tx, name); err != nil {
			return nil, fmt.Errorf("copy the table %s: %w", name, err)
		}
		query := `SELECT COUNT(*) FROM ` + name
		was, err := countRows(ctx, source.read, query)
		if err != nil {
			return nil, err
		}
		is, err := countRows(ctx, tx, query)
		if err != nil {
			return nil, err
		}
		if was != is {
			return nil, fmt.Errorf("the table %s has %d rows, and %d arrived", name, was, is)
		}
		all = append(all, CopiedTable{name, is})
	}
	return all, nil
}

// copyTable reads a table row by row: history may be larger than the memory.
func copyTable(ctx context.Context, source *DB, tx *txn, name string) (err error) {
	columns, err := source.columns(ctx, name)
	if err != nil {
		return err
	}
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.name
	}
	list := strings.Join(names, ", ")
	r, err := source.read.QueryContext(ctx, `SELECT `+list+` FROM `+name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	w := inserter{in: insertion{into: `INSERT INTO ` + name + ` (` + list + `)`, columns: len(columns)}, seen: map[string]bool{}}
	for r.Next() {
		values, err := scanValues(r, len(columns))
		if err != nil {
			return err
		}
		if w.full(tx.mostArgs()) {
			if err := w.flush(ctx, tx); err != nil {
				return err
			}
		}
		w.add(values)
	}
	return errors.Join(r.Err(), w.flush(ctx, tx))
}

func scanValues(r *sql.Rows, n int) ([]any, error) {
	values, into := make([]any, n), make([]any, n)
	for i := range values {
		into[i] = &values[i]
	}
	return values, r.Scan(into...)
}
