package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"opsbot/model"
)

// Backlog returns the first limit due notifications of a destination's main queue, by ID.
func (db *DB) Backlog(ctx context.Context, to model.Destination, now time.Time, limit int) ([]model.Notification, error) {
	return rows(ctx, db.read, scanNotification, `SELECT `+notificationColumns+` FROM notification
		WHERE channel = $1 AND chat = $2 AND topic = $3 AND queue = '' AND not_before <= $4 ORDER BY id LIMIT $5`,
		to.Channel, int64(to.Chat), to.Topic, ms(now), limit)
}

var errChanged = errors.New("a row no longer exists, or was tried")

// Coalesce replaces notifications that were never tried by a digest, in one transaction; false: one of them is gone or was
// tried, and nothing is changed. The digest gets the number of the last of them: later ones stay behind it.
func (db *DB) Coalesce(ctx context.Context, drop []int64, digest model.Notification) (done bool, err error) {
	err = db.tx(ctx, func(tx *sql.Tx) error {
		for _, id := range drop {
			r, err := tx.ExecContext(ctx, `DELETE FROM notification WHERE id = $1 AND attempts = 0 AND trying = 0`, id)
			if err != nil {
				return err
			}
			if n, err := r.RowsAffected(); err != nil || n == 0 {
				return errors.Join(err, errChanged)
			}
		}
		digest.ID = slices.Max(drop)
		return writeNotification(ctx, tx, &digest)
	})
	if errors.Is(err, errChanged) {
		return false, nil
	}
	return err == nil, err
}
