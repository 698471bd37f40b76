package store

import (
	"context"
	"database/sql"
	"fmt"

	"opsbot/model"
)

// writeReaderNumbers stores numbers. One that is there stays: a number never changes.
func writeReaderNumbers(ctx context.Context, tx *txn, all []model.ReaderNumber) error {
	return insert(ctx, tx, insertion{`INSERT INTO reader_number (readers, kind, id, number)`, 4, 3, `ON CONFLICT (readers, kind, id) DO NOTHING`}, all,
		func(n model.ReaderNumber) ([]any, error) {
			return []any{n.Readers, string(n.Kind), n.ID, n.Number}, nil
		})
}

// loadReaderNumbers reads all numbers, in the order in which they were given.
func (db *DB) loadReaderNumbers(ctx context.Context) ([]model.ReaderNumber, error) {
	return rows(ctx, db.of("reader_number"), func(r *sql.Rows) (n model.ReaderNumber, err error) {
		return n, r.Scan(&n.Readers, &n.Kind, &n.ID, &n.Number)
	}, `SELECT readers, kind, id, number FROM reader_number ORDER BY readers, kind, number`)
}

func checkReaderNumber(r row) error {
	kind := model.NumberKind(r.text("kind"))
	if kind != model.NumberIncident && kind != model.NumberMute {
		return fmt.Errorf("unknown kind of number %q", kind)
	}
	_, err := decoded[[]string](r, "readers")
	return err
}
