package store

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"opsbot/model"
)

// PutButtons stores buttons under their opaque ids; an existing one gets its new expiry.
func (db *DB) PutButtons(ctx context.Context, buttons map[string]model.Button) error {
	return db.tx(ctx, "buttons.put", func(tx *txn) error { return writeButtons(ctx, tx, buttons) })
}

func writeButtons(ctx context.Context, tx *txn, buttons map[string]model.Button) error {
	return insert(ctx, tx, insertion{`INSERT INTO button (id, expires, body)`, 3, 1, `ON CONFLICT (id) DO UPDATE SET expires = excluded.expires, body = excluded.body`},
		slices.Sorted(maps.Keys(buttons)), func(id string) ([]any, error) {
			body, err := json.Marshal(buttons[id])
			return []any{id, ms(buttons[id].Expires), string(body)}, err
		})
}

// Button returns a button that has not expired; false if there is none.
func (db *DB) Button(ctx context.Context, id string) (model.Button, bool, error) {
	all, err := bodies[model.Button](ctx, db.of("button"), `SELECT body FROM button WHERE id = $1 AND expires > $2`, id, ms(db.now()))
	if err != nil || len(all) == 0 {
		return model.Button{}, false, err
	}
	return all[0], true, nil
}
