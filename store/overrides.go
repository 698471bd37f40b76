package store

import (
	"context"
	"encoding/json"

	"opsbot/model"
)

// AddOverride gives an override of on-call duty the next number and stores it, with the audit entry about it.
func (db *DB) AddOverride(ctx context.Context, o model.Override, entry model.AuditEntry) (model.Override, error) {
	err := db.audited(ctx, "oncall.add", entry, func(tx *txn) error {
		return numberOverride(ctx, tx, &o)
	})
	return o, err
}

// numberOverride gives an override the next number and writes it.
func numberOverride(ctx context.Context, tx *txn, o *model.Override) (err error) {
	if o.ID, err = count(ctx, tx, "oncall_override", 1); err != nil {
		return err
	}
	return writeOverride(ctx, tx, o)
}

// SetOverride stores an override anew, with the audit entry about it.
func (db *DB) SetOverride(ctx context.Context, o model.Override, entry model.AuditEntry) error {
	return db.audited(ctx, "oncall.set", entry, func(tx *txn) error { return writeOverride(ctx, tx, &o) })
}

func writeOverride(ctx context.Context, tx *txn, o *model.Override) error {
	body, err := json.Marshal(o)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO oncall_override (id, to_at, body) VALUES ($1, $2, $3)
		ON CONFLICT (id) DO UPDATE SET to_at = excluded.to_at, body = excluded.body`, o.ID, ms(o.To), string(body))
	return err
}

// Overrides returns the overrides that are kept, by number.
func (db *DB) Overrides(ctx context.Context) ([]model.Override, error) {
	return bodies[model.Override](ctx, db.of("oncall_override"), `SELECT body FROM oncall_override ORDER BY id`)
}
