package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
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
	r, err := db.write.ExecContext(ctx, `INSERT INTO intake (id, at, done, poison, raw) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (id) DO NOTHING`, id, ms(at), flag(done), poison, string(raw))
	if err != nil {
		return false, refused(err)
	}
	n, err := r.RowsAffected()
	return n > 0, refused(err)
}

// DoneUpdate marks an update as done and deletes its content.
func (db *DB) DoneUpdate(ctx context.Context, id int) error {
	return db.exec(ctx, `UPDATE intake SET done = 1, raw = '' WHERE id = $1`, id)
}

// PendingUpdates calls each for every stored update that is not done, oldest first.
func (db *DB) PendingUpdates(ctx context.Context, each func(id int, at time.Time, raw []byte)) error {
	type row struct {
		id  int
		at  int64
		raw string
	}
	all, err := rows(ctx, db.read, func(r *sql.Rows) (v row, err error) {
		return v, r.Scan(&v.id, &v.at, &v.raw)
	}, `SELECT id, at, raw FROM intake WHERE done = 0 ORDER BY id`)
	for _, v := range all {
		each(v.id, moment(v.at), []byte(v.raw))
	}
	return err
}

// Slots returns the last due time of each cron expression.
func (db *DB) Slots(ctx context.Context) (map[string]time.Time, error) {
	return pairs(ctx, db.read, `SELECT expression, due FROM schedule_slot`)
}

// SaveSlots stores the due times that have begun.
func (db *DB) SaveSlots(ctx context.Context, due map[string]time.Time) error {
	return db.tx(ctx, func(tx *sql.Tx) error {
		for expression, at := range due {
			_, err := tx.ExecContext(ctx, `INSERT INTO schedule_slot (expression, due) VALUES ($1, $2)
				ON CONFLICT (expression) DO UPDATE SET due = excluded.due`, expression, ms(at))
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func pairs(ctx context.Context, db *sql.DB, query string) (map[string]time.Time, error) {
	type row struct {
		name string
		at   int64
	}
	all, err := rows(ctx, db, func(r *sql.Rows) (v row, err error) { return v, r.Scan(&v.name, &v.at) }, query)
	out := make(map[string]time.Time, len(all))
	for _, v := range all {
		out[v.name] = moment(v.at)
	}
	return out, err
}

// LoadAnswers returns the last good DNS answers.
func (db *DB) LoadAnswers(ctx context.Context) ([]model.DNSAnswer, error) {
	return bodies[model.DNSAnswer](ctx, db.read, `SELECT body FROM dns_answer ORDER BY name`)
}

// SaveAnswers replaces all stored answers.
func (db *DB) SaveAnswers(ctx context.Context, answers []model.DNSAnswer) error {
	return db.tx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM dns_answer`); err != nil {
			return err
		}
		return each(ctx, tx, `INSERT INTO dns_answer (name, body) VALUES ($1, $2)`, answers, func(a model.DNSAnswer) ([]any, error) {
			body, err := json.Marshal(a)
			return []any{a.Name, string(body)}, err
		})
	})
}

// PutButtons stores buttons under their opaque ids; an existing one gets its new expiry.
func (db *DB) PutButtons(ctx context.Context, buttons map[string]model.Button) error {
	return db.tx(ctx, func(tx *sql.Tx) error {
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
	})
}

// Button returns a button that has not expired; false if there is none.
func (db *DB) Button(ctx context.Context, id string) (model.Button, bool, error) {
	all, err := bodies[model.Button](ctx, db.read, `SELECT body FROM button WHERE id = $1 AND expires > $2`, id, ms(db.now()))
	if err != nil || len(all) == 0 {
		return model.Button{}, false, err
	}
	return all[0], true, nil
}

// Setting returns a stored setting, "" if there is none.
func (db *DB) Setting(ctx context.Context, name string) (value string, err error) {
	err = db.read.QueryRowContext(ctx, `SELECT value FROM setting WHERE name = $1`, name).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return value, refused(err)
}

// SetSetting stores a setting.
func (db *DB) SetSetting(ctx context.Context, name, value string) error {
	return refused(writeSetting(ctx, db.write, name, value))
}

// execer is a database, or a transaction on it.
type execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

func writeSetting(ctx context.Context, to execer, name, value string) error {
	_, err := to.ExecContext(ctx, `INSERT INTO setting (name, value) VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
	return err
}

// Retention is how long what has ended is kept.
type Retention struct {
	Incidents time.Duration // closed incidents with their cards, and ended mutes; those of maintenance as long as Transitions, if that is longer
	Audit     time.Duration
	Intake    time.Duration // done updates: at least 24 h, as long as Telegram resends them

	DeadLetters time.Duration // messages that were given up
	Baselines   time.Duration // web test results before an update; 0 keeps none
	Events      time.Duration // ended events of sources, by their end: at least 48 h, in which they may be received again

	// 0 keeps these for ever.
	Transitions time.Duration // of checks, and gaps; the one in force stays
	Results     time.Duration // packed single results
	Hours       time.Duration // packed hourly sums
}

// Prune deletes what ended longer ago than the retention. What is open, unsent or not done is never deleted, and the newest
// incident and mute stay: numbers are not reused.
func (db *DB) Prune(ctx context.Context, keep Retention) error {
	now := db.now()
	return db.tx(ctx, func(tx *sql.Tx) error {
		for _, step := range []struct {
			query  string
			before time.Time
		}{
			{`DELETE FROM incident WHERE closed_at > 0 AND closed_at < $1 AND id < (SELECT MAX(id) FROM incident)
				AND id NOT IN (SELECT incident FROM notification)`, now.Add(-keep.Incidents)},
			{`DELETE FROM card WHERE $1 > 0 AND incident NOT IN (SELECT id FROM incident)`, now},
			{`DELETE FROM fallback_copy WHERE $1 > 0 AND incident NOT IN (SELECT id FROM incident)
				AND notification NOT IN (SELECT id FROM notification)`, now},
			{`DELETE FROM mute WHERE ended_at > 0 AND ended_at < $1 AND id < (SELECT MAX(id) FROM mute) AND NOT ` + maintenance, now.Add(-keep.Incidents)},
			{`DELETE FROM mute WHERE ended_at > 0 AND ended_at < $1 AND id < (SELECT MAX(id) FROM mute)`, slices.MinFunc([]time.Time{now.Add(-keep.Incidents), before(now, keep.Transitions)}, time.Time.Compare)},
			{`DELETE FROM audit WHERE at < $1`, now.Add(-keep.Audit)},
			{`DELETE FROM intake WHERE done = 1 AND at < $1`, now.Add(-max(keep.Intake, 24*time.Hour))},
			{`DELETE FROM dead_letter WHERE dead_at < $1`, now.Add(-keep.DeadLetters)},
			{`DELETE FROM report WHERE $1 > 0 AND notification NOT IN (SELECT id FROM notification)
				AND notification NOT IN (SELECT id FROM dead_letter)`, now},
			{`DELETE FROM event WHERE ended_at > 0 AND ended_at < $1
				AND incident NOT IN (SELECT id FROM incident WHERE closed_at = 0)`, now.Add(-max(keep.Events, 48*time.Hour))},
			{`DELETE FROM baseline WHERE at < $1`, now.Add(-keep.Baselines)},
			{`DELETE FROM button WHERE expires < $1`, now},
			{`DELETE FROM transition WHERE at < $1 AND (gone = 1 OR EXISTS (SELECT 1 FROM transition AS later
				WHERE later.check_id = transition.check_id AND later.at > transition.at AND later.at <= $1))`, before(now, keep.Transitions)},
			{`DELETE FROM history_gap WHERE from_at > 0 AND to_at < $1`, before(now, keep.Transitions)},
			{`DELETE FROM history_pack WHERE kind = 0 AND from_at < $1`, before(now, keep.Results).Truncate(time.Hour)},
			{`DELETE FROM history_pack WHERE kind = 1 AND from_at < $1`, before(now, keep.Hours).Truncate(time.Hour)},
		} {
			if _, err := tx.ExecContext(ctx, step.query, ms(step.before)); err != nil {
				return err
			}
		}
		return nil
	})
}

// maintenance selects mutes that excuse outages, as Mute.Maintenance does: quotes in text are escaped, and unset fields are
// omitted.
const maintenance = `(body LIKE '%"planned":true%' OR body LIKE '%"window":"%')`

// before is the time from which on something is kept; 0 keeps everything.
func before(now time.Time, keep time.Duration) time.Time {
	if keep == 0 {
		return time.Time{}
	}
	return now.Add(-keep)
}
