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

// Waiting returns the first unsent notifications of the outbox, deferred ones included, by ID.
func (db *DB) Waiting(ctx context.Context, limit int) ([]model.Notification, error) {
	return rows(ctx, db.of("notification"), scanNotification, `SELECT `+notificationColumns+` FROM notification ORDER BY id LIMIT $1`, limit)
}

// DeadLetters returns the first dead letters, by ID.
func (db *DB) DeadLetters(ctx context.Context, limit int) ([]model.DeadLetter, error) {
	return rows(ctx, db.of("dead_letter"), scanDeadLetter, `SELECT dead_at, why, notification FROM dead_letter ORDER BY id LIMIT $1`, limit)
}

func scanDeadLetter(r *sql.Rows) (d model.DeadLetter, err error) {
	var deadAt int64
	var body string
	if err := r.Scan(&deadAt, &d.Why, &body); err != nil {
		return d, err
	}
	d.DeadAt = moment(deadAt)
	return d, json.Unmarshal([]byte(body), &d.Notification)
}

// Revive moves dead letters back into the outbox, in their order and behind what is queued there, and writes an audit entry. No
// ids: all of them. It returns how many will be sent again. Edits are not: they show an old state of a card, and a newer one may
// have been sent since. A notification of an incident that has closed meanwhile says so.
func (db *DB) Revive(ctx context.Context, ids []int64, audit model.AuditEntry) (n int, err error) {
	err = db.audited(ctx, "deliveries.revive", audit, func(tx *txn) error {
		dead, err := db.exhume(ctx, tx, ids)
		if err != nil {
			return err
		}
		again, err := db.revived(ctx, tx, dead)
		if err != nil {
			return err
		}
		n = len(again)
		ids, err := writeNotifications(ctx, tx, again)
		if err != nil {
			return err
		}
		return moveReports(ctx, tx, again, ids)
	})
	return n, err
}

// exhume removes dead letters from their table and returns them.
func (db *DB) exhume(ctx context.Context, tx *txn, ids []int64) ([]model.Notification, error) {
	all, err := bodies[model.Notification](ctx, db.within(tx, "dead_letter"), `SELECT notification FROM dead_letter ORDER BY id`)
	if err != nil {
		return nil, err
	}
	if len(ids) > 0 {
		all = slices.DeleteFunc(all, func(t model.Notification) bool { return !slices.Contains(ids, t.ID) })
	}
	return all, each(ctx, tx, `DELETE FROM dead_letter WHERE id = $1`, all, func(t model.Notification) ([]any, error) {
		return []any{t.ID}, nil
	})
}

// revived returns dead letters as new rows of the outbox, in the order of their numbers: with the current ids of chats, and
// marked as late.
func (db *DB) revived(ctx context.Context, tx *txn, dead []model.Notification) ([]model.Notification, error) {
	moves, err := mapSetting[model.ChatID](ctx, db.within(tx, "setting"), movesSetting)
	if err != nil {
		return nil, err
	}
	var again []model.Notification
	for i := range dead {
		t := dead[i]
		if t.Kind == model.NotifyUpdated {
			continue
		}
		if t.NotBefore.After(t.Created) {
			t.Created = t.NotBefore
		}
		t.Attempts, t.NotBefore, t.RetryAt = 0, time.Time{}, time.Time{}
		for range moves {
			if to, moved := moves[t.To.Chat]; moved {
				t.To.Chat = to
			}
		}
		if err := catchUp(ctx, tx, &t); err != nil {
			return nil, err
		}
		again = append(again, t)
	}
	return again, nil
}

// catchUp updates a notification's snapshot of an incident that has closed.
func catchUp(ctx context.Context, tx *txn, t *model.Notification) error {
	if t.Snapshot.Incident == nil || !t.Snapshot.Incident.Open() {
		return nil
	}
	var closed int64
	err := tx.QueryRowContext(ctx, `SELECT closed_at FROM incident WHERE id = $1`, int64(t.Incident)).Scan(&closed)
	if errors.Is(err, sql.ErrNoRows) { // closed so long ago that it was deleted
		closed, err = ms(t.Created), nil
	}
	t.Snapshot.Incident.ClosedAt = moment(closed)
	return err
}

// Discard deletes notifications from the outbox, dead letters and queued ones, and writes an audit entry. They are never sent.
// It returns how many there were.
func (db *DB) Discard(ctx context.Context, ids []int64, audit model.AuditEntry) (n int, err error) {
	err = db.audited(ctx, "deliveries.discard", audit, func(tx *txn) error {
		n = 0
		for _, id := range ids {
			if err := tx.write(ctx, `DELETE FROM report WHERE notification = $1`, id); err != nil {
				return err
			}
			for _, query := range []string{`DELETE FROM notification WHERE id = $1`, `DELETE FROM dead_letter WHERE id = $1`} {
				gone, err := deleted(ctx, tx, query, id)
				if err != nil {
					return err
				}
				n += gone
			}
		}
		return nil
	})
	return n, err
}

// deleted runs a query that deletes rows, and returns how many.
func deleted(ctx context.Context, tx *txn, query string, id any) (int, error) {
	r, err := tx.ExecContext(ctx, query, id)
	if err != nil {
		return 0, err
	}
	n, err := r.RowsAffected()
	return int(n), err
}
