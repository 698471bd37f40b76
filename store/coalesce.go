package store

import (
	"context"
	"errors"
	"slices"
	"time"

	"opsbot/model"
)

// Backlog returns the first limit notifications of a destination's main queue behind a number, deferred or not, by ID.
func (db *DB) Backlog(ctx context.Context, to model.Destination, after int64, limit int) ([]model.Notification, error) {
	return rows(ctx, db.of("notification"), scanNotification, `SELECT `+notificationColumns+` FROM notification
		WHERE channel = $1 AND chat = $2 AND topic = $3 AND queue = '' AND id > $4 ORDER BY id LIMIT $5`,
		channelOf(to), int64(to.Chat), to.Topic, after, limit)
}

// BacklogSize is how many messages of a destination's main queue a digest could replace, and when the oldest was created: messages
// about one incident that were never tried, or only before a restore, and wait neither for active hours nor in place of another destination. Quotes in texts
// are escaped in JSON, so that only the field itself matches.
func (db *DB) BacklogSize(ctx context.Context, to model.Destination) (n int, oldest time.Time, err error) {
	var created int64
	_, err = db.of("notification").one(ctx, `SELECT COUNT(*), COALESCE(CAST(MIN(created) AS bigint), 0) FROM notification
		WHERE channel = $1 AND chat = $2 AND topic = $3 AND queue = '' AND not_before = 0 AND attempts = 0 AND again <> 1
		AND kind IN ($4, $5, $6, $7) AND snapshot NOT LIKE '%"fallback_for":%'`,
		[]any{
			channelOf(to), int64(to.Chat), to.Topic, string(model.NotifyOpened), string(model.NotifyRaised), string(model.NotifyResolved),
			string(model.NotifyReminder),
		}, &n, &created)
	return n, moment(created), err
}

var errChanged = errors.New("a row no longer exists, or was tried")

// Coalesce replaces notifications that were never tried by a digest, in one transaction; false: one of them is gone or was
// tried, and nothing is changed. The digest gets the number of the last of them: later ones stay behind it.
func (db *DB) Coalesce(ctx context.Context, drop []int64, digest model.Notification) (done bool, err error) {
	err = db.tx(ctx, "outbox.coalesce", func(tx *txn) error {
		for some := range slices.Chunk(numberKeys(drop), rowsAtOnce) {
			r, err := tx.ExecContext(ctx, `DELETE FROM notification WHERE attempts = 0 AND trying = 0 AND id IN `+placesOf(1, len(some)), some...)
			if err != nil {
				return err
			}
			if n, err := r.RowsAffected(); err != nil || n < int64(len(some)) {
				return errors.Join(err, errChanged)
			}
		}
		digest.ID = slices.Max(drop)
		return storeNotifications(ctx, tx, []model.Notification{digest})
	})
	if errors.Is(err, errChanged) {
		return false, nil
	}
	return err == nil, err
}
