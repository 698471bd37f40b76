package store

import (
	"context"
	"database/sql"
	"time"
)

// AcceptUpdate stores an update of Telegram durably and returns true; false if it is stored already.
func (db *DB) AcceptUpdate(ctx context.Context, id int, at time.Time, raw []byte) (fresh bool, err error) {
	return db.intake(ctx, id, at, raw, false, "")
}

// PoisonUpdate stores an update that cannot be parsed, with the reason, as done.
func (db *DB) PoisonUpdate(ctx context.Context, id int, at time.Time, raw []byte, why string) error {
	_, err := db.intake(ctx, id, at, raw, true, why)
	return err
}

func (db *DB) intake(ctx context.Context, id int, at time.Time, raw []byte, done bool, poison string) (bool, error) {
	return db.exec(ctx, "commands.accept", `INSERT INTO intake (id, at, done, poison, raw) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (id) DO NOTHING`, id, ms(at), flag(done), poison, string(raw))
}

// DoneUpdate marks an update as done and deletes its content.
func (db *DB) DoneUpdate(ctx context.Context, id int) error {
	_, err := db.exec(ctx, "commands.done", `UPDATE intake SET done = 1, raw = '' WHERE id = $1`, id)
	return err
}

// PendingUpdates calls each for every stored update that is not done, oldest first.
func (db *DB) PendingUpdates(ctx context.Context, each func(id int, at time.Time, raw []byte)) error {
	type row struct {
		id  int
		at  int64
		raw string
	}
	all, err := rows(ctx, db.of("intake"), func(r *sql.Rows) (v row, err error) {
		return v, r.Scan(&v.id, &v.at, &v.raw)
	}, `SELECT id, at, raw FROM intake WHERE done = 0 ORDER BY id`)
	for _, v := range all {
		each(v.id, moment(v.at), []byte(v.raw))
	}
	return err
}
