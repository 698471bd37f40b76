package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"time"

	"opsbot/model"
)

// Heartbeat returns the state of a check's job. The time of the first query for a check is stored: heartbeats are
// expected from then on.
func (db *DB) Heartbeat(ctx context.Context, id model.CheckID) (model.Heartbeat, error) {
	all, err := bodies[model.Heartbeat](ctx, db.of("heartbeat"), `SELECT body FROM heartbeat WHERE id = $1`, string(id))
	if err == nil && len(all) > 0 {
		return all[0], nil
	}
	if err != nil {
		return model.Heartbeat{}, err
	}
	return db.changeHeartbeat(ctx, id, func(h model.Heartbeat) model.Heartbeat { return h })
}

// SaveHeartbeat stores a heartbeat of a check's job. Without an error it is on disk.
func (db *DB) SaveHeartbeat(ctx context.Context, id model.CheckID, b model.HeartbeatCall) error {
	_, err := db.changeHeartbeat(ctx, id, func(h model.Heartbeat) model.Heartbeat { return h.After(b) })
	return err
}

func (db *DB) changeHeartbeat(ctx context.Context, id model.CheckID, change func(model.Heartbeat) model.Heartbeat) (h model.Heartbeat, err error) {
	err = db.tx(ctx, "heartbeats.save", func(tx *txn) error {
		found, err := bodies[model.Heartbeat](ctx, db.within(tx, "heartbeat"), `SELECT body FROM heartbeat WHERE id = $1`, string(id))
		if err != nil {
			return err
		}
		h = model.Heartbeat{Known: db.now().UTC().Truncate(time.Millisecond)}
		if len(found) > 0 {
			h = found[0]
		}
		h = change(h)
		raw, err := json.Marshal(h)
		if err != nil {
			return err
		}
		err = tx.write(ctx, `INSERT INTO heartbeat (id, body) VALUES ($1, $2)
			ON CONFLICT (id) DO UPDATE SET body = excluded.body`, string(id), string(raw))
		return err
	})
	return h, err
}

// KeepHeartbeats deletes the state of all checks but these: one that returns later begins anew.
func (db *DB) KeepHeartbeats(ctx context.Context, ids []model.CheckID) error {
	all, err := rows(ctx, db.of("heartbeat"), func(r *sql.Rows) (id model.CheckID, err error) { return id, r.Scan(&id) }, `SELECT id FROM heartbeat`)
	if err != nil {
		return err
	}
	gone := slices.DeleteFunc(all, func(id model.CheckID) bool { return slices.Contains(ids, id) })
	if len(gone) == 0 {
		return nil
	}
	return db.tx(ctx, "heartbeats.keep", func(tx *txn) error {
		return deleteKeys(ctx, tx, `DELETE FROM heartbeat WHERE id`, textKeys(gone))
	})
}
