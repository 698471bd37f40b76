package store

import (
	"context"
	"database/sql"
	"strings"
)

// usedNumbers are the columns that may hold a number of what is numbered, by a counter's name or the numbered table. A number is never
// given twice: what still refers to the first one would mean the second.
var usedNumbers = map[string][][2]string{
	"incident": {
		{"incident", "id"}, {"card", "incident"}, {"notification", "incident"}, {"event", "incident"}, {"fallback_copy", "incident"},
	},
	"mute":         {{"mute", "id"}},
	"notification": {{"notification", "id"}, {"dead_letter", "id"}, {"report", "notification"}, {"fallback_copy", "notification"}},
	"audit":        {{"audit", "id"}},
}

// counters are the numbers that have a row in the table counter.
var counters = []string{"notification", "audit"}

// lastUsedQuery is the highest number that is in use, of rows that were set aside too.
func lastUsedQuery(name string) string {
	parts := []string{`SELECT MAX(CAST(row_key AS bigint)) AS n FROM set_aside WHERE table_name = $1 AND CAST(row_key AS bigint) BETWEEN 0 AND $2`}
	for _, at := range usedNumbers[name] {
		parts = append(parts, `SELECT MAX(`+at[1]+`) FROM `+at[0]+` WHERE `+at[1]+` BETWEEN 0 AND $2`)
	}
	return `SELECT CAST(COALESCE(MAX(n), 0) AS bigint) FROM (` + strings.Join(parts, " UNION ALL ") + `) AS used`
}

// lastUsed reads the highest number that is in use.
func lastUsed[T ~int64](ctx context.Context, db *DB, name string) (last T, err error) {
	_, err = db.of(name).one(ctx, lastUsedQuery(name), []any{name, int64(mostNumber)}, &last)
	return last, err
}

// countOn has every counter go on behind the highest number that is in use: a counter that was set aside begins there.
func (db *DB) countOn(ctx context.Context) error {
	for _, name := range counters {
		last, err := lastUsed[int64](ctx, db, name)
		if err != nil {
			return err
		}
		var behind bool
		err = db.read.QueryRowContext(ctx, `SELECT NOT EXISTS (SELECT 1 FROM counter WHERE name = $1 AND value >= $2)`, name, last).Scan(&behind)
		if err != nil {
			return err
		}
		if behind {
			return db.tx(ctx, "settings.counters", func(tx *sql.Tx) error { return countOn(ctx, tx) })
		}
	}
	return nil
}

func countOn(ctx context.Context, tx *sql.Tx) error {
	for _, name := range counters {
		var last int64
		if err := tx.QueryRowContext(ctx, lastUsedQuery(name), name, int64(mostNumber)).Scan(&last); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO counter (name, value) VALUES ($1, $2)
			ON CONFLICT (name) DO UPDATE SET value = CASE WHEN counter.value < excluded.value THEN excluded.value ELSE counter.value END`, name, last)
		if err != nil {
			return err
		}
	}
	return nil
}
