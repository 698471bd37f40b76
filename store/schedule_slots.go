package store

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"time"
)

// Slots returns the last due time of each cron expression.
func (db *DB) Slots(ctx context.Context) (map[string]time.Time, error) {
	return pairs(ctx, db.of("schedule_slot"), `SELECT expression, due FROM schedule_slot`)
}

// SaveSlots stores the due times that have begun.
func (db *DB) SaveSlots(ctx context.Context, due map[string]time.Time) error {
	return db.tx(ctx, "schedule.slots", func(tx *txn) error {
		return insert(ctx, tx, insertion{`INSERT INTO schedule_slot (expression, due)`, 2, 1, `ON CONFLICT (expression) DO UPDATE SET due = excluded.due`},
			slices.Sorted(maps.Keys(due)), func(expression string) ([]any, error) { return []any{expression, ms(due[expression])}, nil })
	})
}

func pairs(ctx context.Context, from source, query string) (map[string]time.Time, error) {
	type row struct {
		name string
		at   int64
	}
	all, err := rows(ctx, from, func(r *sql.Rows) (v row, err error) { return v, r.Scan(&v.name, &v.at) }, query)
	out := make(map[string]time.Time, len(all))
	for _, v := range all {
		out[v.name] = moment(v.at)
	}
	return out, err
}
