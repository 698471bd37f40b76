package store

import (
	"context"
	"strconv"
)

// usedNumbers are the columns that may hold a number of what is numbered, by a counter's name or the numbered table. A number is never
// given twice: what still refers to the first one would mean the second.
var usedNumbers = map[string][][2]string{
	"incident": {
		{"incident", "id"}, {"card", "incident"}, {"notification", "incident"}, {"event", "incident"}, {"fallback_copy", "incident"},
	},
	"mute":         {{"mute", "id"}},
	"escalation":   {{"escalation", "id"}},
	"notification": {{"notification", "id"}, {"dead_letter", "id"}, {"report", "notification"}, {"fallback_copy", "notification"}},
	"audit":        {{"audit", "id"}},

	"oncall_override": {{"oncall_override", "id"}},
	"oncall_cover":    {{"oncall_cover", "id"}},
}

// counters are the numbers that have a row in the table counter.
var counters = []string{"notification", "audit", "oncall_override", "oncall_cover"}

// lastUsed reads the highest number that is in use, of rows that were set aside too. Of what refers to the numbered, a damaged table
// is left out.
func lastUsed[T ~int64](ctx context.Context, db *DB, name string) (last T, err error) {
	for i, at := range usedNumbers[name] {
		n, err := db.highest(ctx, `SELECT COALESCE(CAST(MAX(`+at[1]+`) AS bigint), 0) FROM `+at[0]+` WHERE `+at[1]+` BETWEEN 0 AND $1`)
		if err != nil && (i == 0 || !damaged(err)) {
			return 0, err
		}
		last = max(last, T(n))
	}
	floor, err := db.highest(ctx, `SELECT COALESCE(CAST(MAX(value) AS bigint), 0) FROM counter WHERE name = '`+name+`' AND value BETWEEN 0 AND $1`)
	if err != nil && !damaged(err) {
		return 0, err
	}
	last = max(last, T(floor)) // what was given before a restore
	keys, err := keysSetAside(ctx, db.read, name)
	if err != nil && !damaged(err) {
		return 0, unread(err)
	}
	for _, key := range keys {
		if n, err := strconv.ParseInt(key, 10, 64); err == nil && n <= mostNumber {
			last = max(last, T(n))
		}
	}
	return last, nil
}

// highest runs a query for a number that opsbot gave.
func (db *DB) highest(ctx context.Context, query string) (n int64, err error) {
	err = db.read.QueryRowContext(ctx, query, int64(mostNumber)).Scan(&n)
	return n, unread(err)
}

// lastNumbers are the highest numbers in use, by counter.
func (db *DB) lastNumbers(ctx context.Context) (map[string]int64, error) {
	last := map[string]int64{}
	for _, name := range counters {
		n, err := lastUsed[int64](ctx, db, name)
		if err != nil && !damaged(err) {
			return nil, err
		}
		last[name] = n
	}
	return last, nil
}

// countOn has every counter go on behind the highest number that is in use: a counter that was set aside begins there.
func (db *DB) countOn(ctx context.Context) error {
	last, err := db.lastNumbers(ctx)
	if err != nil {
		return err
	}
	for name, n := range last {
		var behind bool
		err := db.read.QueryRowContext(ctx, `SELECT NOT EXISTS (SELECT 1 FROM counter WHERE name = $1 AND value BETWEEN $2 AND $3)`, name, n, int64(mostNumber)).Scan(&behind)
		if err != nil {
			return err
		}
		if behind {
			return db.tx(ctx, "settings.counters", func(tx *txn) error { return countOn(ctx, tx, last) })
		}
	}
	return nil
}

func countOn(ctx context.Context, tx *txn, last map[string]int64) error {
	for name, n := range last {
		err := tx.write(ctx, `INSERT INTO counter (name, value) VALUES ($1, $2)
			ON CONFLICT (name) DO UPDATE SET value = CASE WHEN counter.value < excluded.value THEN excluded.value ELSE counter.value END`, name, n)
		if err != nil {
			return err
		}
	}
	return nil
}
