package store

import (
	"context"
	"database/sql"
	"time"

	"opsbot/model"
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
	return db.exec(ctx, "commands.accept", `INSERT INTO intake (id, at, done, poison, traced, raw) VALUES ($1, $2, $3, $4, 1, $5)
		ON CONFLICT (id) DO NOTHING`, id, ms(at), flag(done), poison, string(raw))
}

// DoneUpdate marks an update as done and deletes its content.
func (db *DB) DoneUpdate(ctx context.Context, id int) error {
	err := db.run(ctx, "commands.done", `UPDATE intake SET done = 1, raw = '' WHERE id = $1`, id)
	return err
}

// ShowUpdate stores which message shows how far an update is.
func (db *DB) ShowUpdate(ctx context.Context, id, message int) error {
	err := db.run(ctx, "commands.done", `UPDATE intake SET message = $1 WHERE id = $2`, message, id)
	return err
}

// ResumeUpdate stores that an update was taken up again after a crash.
func (db *DB) ResumeUpdate(ctx context.Context, id int) error {
	err := db.run(ctx, "commands.done", `UPDATE intake SET resumed = 1 WHERE id = $1`, id)
	return err
}

// PendingUpdate is a stored update that is not done.
type PendingUpdate struct {
	ID      int
	At      time.Time
	Message int  // see ShowUpdate
	Resumed bool // see ResumeUpdate
	Traced  bool // DoneBy knows what it did; false if an earlier version accepted it
	Raw     []byte
}

// PendingUpdates returns every stored update that is not done, oldest first.
func (db *DB) PendingUpdates(ctx context.Context) ([]PendingUpdate, error) {
	return rows(ctx, db.of("intake"), func(r *sql.Rows) (u PendingUpdate, err error) {
		var at int64
		var resumed, traced int
		var raw string
		err = r.Scan(&u.ID, &at, &u.Message, &resumed, &traced, &raw)
		u.At, u.Resumed, u.Traced, u.Raw = moment(at), resumed != 0, traced != 0, []byte(raw)
		return u, err
	}, `SELECT id, at, message, resumed, traced, raw FROM intake WHERE done = 0 ORDER BY id`)
}

// DoneBy returns the audit entries of an update, oldest first. An action and its entry are one transaction: what has no entry was
// not done.
func (db *DB) DoneBy(ctx context.Context, update int) ([]model.AuditEntry, error) {
	if update == 0 {
		return nil, nil
	}
	return bodies[model.AuditEntry](ctx, db.of("audit"), `SELECT body FROM audit WHERE update_id = $1 ORDER BY id`, update)
}
