package store

import (
	"context"
	"database/sql"
	"encoding/json"

	"opsbot/model"
)

// PutButtons stores buttons under their opaque ids; an existing one gets its new expiry.
func (db *DB) PutButtons(ctx context.Context, buttons map[string]model.Button) error {
	return db.tx(ctx, "buttons.put", func(tx *sql.Tx) error { return writeButtons(ctx, tx, buttons) })
}

func writeButtons(ctx context.Context, tx *sql.Tx, buttons map[string]model.Button) error {
	for id, b := range buttons {
		body, err := json.Marshal(b)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO button (id, expires, body) VALUES ($1, $2, $3)
			ON CONFLICT (id) DO UPDATE SET expires = excluded.expires, body = excluded.body`, id, ms(b.Expires), string(body)); err != nil {
			return err
		}
	}
	return nil
}

// Button returns a button that has not expired; false if there is none.
func (db *DB) Button(ctx context.Context, id string) (model.Button, bool, error) {
	all, err := bodies[model.Button](ctx, db.of("button"), `SELECT body FROM button WHERE id = $1 AND expires > $2`, id, ms(db.now()))
	if err != nil || len(all) == 0 {
		return model.Button{}, false, err
	}
	return all[0], true, nil
}
