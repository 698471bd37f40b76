package store

import (
	"context"
)

// Setting returns a stored setting, "" if there is none.
func (db *DB) Setting(ctx context.Context, name string) (value string, err error) {
	_, err = db.of("setting").one(ctx, `SELECT value FROM setting WHERE name = $1`, []any{name}, &value)
	return value, err
}

// SetSetting stores a setting.
func (db *DB) SetSetting(ctx context.Context, name, value string) error {
	return db.tx(ctx, "settings."+name, func(tx *txn) error { return writeSetting(ctx, tx, name, value) })
}

func writeSetting(ctx context.Context, to *txn, name, value string) error {
	return to.write(ctx, `INSERT INTO setting (name, value) VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
}
