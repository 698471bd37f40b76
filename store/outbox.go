package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"opsbot/model"
)

// Due returns, for each queue of each destination, the first limit notifications whose NotBefore is not after now, by ID. RetryAt is
// ignored: one that waits for a retry holds back those behind it.
func (db *DB) Due(ctx context.Context, now time.Time, limit int) ([]model.Notification, error) {
	// The ids come from an index; snapshots, which may be large and many, are read only for what is returned.
	return rows(ctx, db.of("notification"), scanNotification, `SELECT `+notificationColumns+` FROM notification WHERE id IN (
		SELECT id FROM (SELECT id, ROW_NUMBER() OVER (PARTITION BY channel, chat, topic, queue ORDER BY id) AS place
		FROM notification WHERE not_before <= $1) AS due WHERE place <= $2) ORDER BY id`, ms(now), limit)
}

// NextDue is the earliest NotBefore after now; zero if there is none.
func (db *DB) NextDue(ctx context.Context, now time.Time) (time.Time, error) {
	var next int64
	_, err := db.of("notification").one(ctx, `SELECT COALESCE(CAST(MIN(not_before) AS bigint), 0) FROM notification
		WHERE not_before > $1 AND not_before <= $2`, []any{ms(now), latest}, &next)
	return moment(next), err
}

// Begin marks a notification as being sent and counts the attempt; false if it no longer exists, or one of another kind took its
// place.
func (db *DB) Begin(ctx context.Context, id int64, kind model.NotificationKind) (bool, error) {
	return db.exec(ctx, "outbox.begin", `UPDATE notification SET trying = 1, attempts = attempts + 1 WHERE id = $1 AND kind = $2`, id, string(kind))
}

// Sent deletes a notification and, in the same transaction, stores what its destination knows of its incidents now, and the receipt's
// message as the card of its incident and destination if the kind is opened or raised and the message is not 0.
func (db *DB) Sent(ctx context.Context, t model.Notification, receipt model.Receipt) error {
	return db.tx(ctx, "outbox.sent", func(tx *txn) error {
		if err := tx.write(ctx, `DELETE FROM notification WHERE id = $1`, t.ID); err != nil {
			return err
		}
		if t.Kind == model.NotifyReport { // an alert needs nothing of that table, which may be damaged
			if err := tx.write(ctx, `DELETE FROM report WHERE notification = $1`, t.ID); err != nil {
				return err
			}
		}
		if receipt.Message == 0 || (t.Kind != model.NotifyOpened && t.Kind != model.NotifyRaised) {
			return writeDelivered(ctx, tx, &t)
		}
		err := tx.write(ctx, `INSERT INTO card (incident, channel, chat, topic, message, down, severity, reminded)
			VALUES ($1, $2, $3, $4, $5, 1, $6, 0)
			ON CONFLICT (incident, channel, chat, topic) DO UPDATE SET message = excluded.message`,
			int64(t.Incident), channelOf(t.To), int64(t.To.Chat), t.To.Topic, receipt.Message, t.Severity.String())
		if err != nil {
			return err
		}
		return writeDelivered(ctx, tx, &t)
	})
}

// Postpone unmarks notifications after a failed attempt: they are retried at retryAt, as repeats if they may have arrived.
func (db *DB) Postpone(ctx context.Context, retryAt time.Time, repeat bool, ids ...int64) error {
	return db.tx(ctx, "outbox.postpone", func(tx *txn) error {
		for _, id := range ids {
			if err := tx.write(ctx, `UPDATE notification SET trying = 0, retry_at = $1, again = CASE WHEN $2 = 1 THEN 1 ELSE again END
				WHERE id = $3`, ms(retryAt), flag(repeat), id); err != nil {
				return err
			}
		}
		return nil
	})
}

// KeepRecipients unmarks a notification that some recipients of a mail have, which counts as delivered: it is retried only for those
// named in its Snapshot.
func (db *DB) KeepRecipients(ctx context.Context, t model.Notification, retryAt time.Time) error {
	snapshot, err := json.Marshal(t.Snapshot)
	if err != nil {
		return err
	}
	return db.tx(ctx, "outbox.recipients", func(tx *txn) error {
		var before string
		if err := tx.QueryRowContext(ctx, `SELECT queue FROM notification WHERE id = $1`, t.ID).Scan(&before); err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		err := tx.write(ctx, `UPDATE notification SET trying = 0, retry_at = $1, queue = $2, snapshot = $3 WHERE id = $4`,
			ms(retryAt), t.Queue(), string(snapshot), t.ID)
		if err != nil || before != "" { // a later try for those who are left
			return err
		}
		t.Snapshot.Only = nil
		return writeDelivered(ctx, tx, &t)
	})
}

// Enqueue adds a notification.
func (db *DB) Enqueue(ctx context.Context, t model.Notification) error {
	return db.tx(ctx, "outbox.enqueue", func(tx *txn) error {
		_, err := writeNotifications(ctx, tx, []model.Notification{t})
		return err
	})
}

// Recover marks every notification that was being sent when the program ended as a repeat. Call it once, before sending.
func (db *DB) Recover(ctx context.Context) error {
	err := db.run(ctx, "outbox.recover", `UPDATE notification SET trying = 0, again = 1 WHERE trying = 1`)
	return err
}

// AddDeadLetter moves a notification to the dead letters and adds the notice, if any, in one transaction.
func (db *DB) AddDeadLetter(ctx context.Context, t model.Notification, why string, notice *model.Notification) error {
	body, err := json.Marshal(t)
	if err != nil {
		return err
	}
	return db.tx(ctx, "deliveries.dead", func(tx *txn) error {
		err := tx.write(ctx, `INSERT INTO dead_letter (id, dead_at, why, notification) VALUES ($1, $2, $3, $4)
			ON CONFLICT (id) DO NOTHING`, t.ID, ms(db.now()), why, string(body))
		if err != nil {
			return err
		}
		if err := tx.write(ctx, `DELETE FROM notification WHERE id = $1`, t.ID); err != nil || notice == nil {
			return err
		}
		_, err = writeNotifications(ctx, tx, []model.Notification{*notice})
		return err
	})
}

// Card returns the card of an incident at a destination.
func (db *DB) Card(ctx context.Context, incident model.IncidentID, to model.Destination) (model.Card, bool, error) {
	cards, err := rows(ctx, db.of("card"), scanCard, `SELECT `+cardColumns+` FROM card
		WHERE incident = $1 AND channel = $2 AND chat = $3 AND topic = $4`, int64(incident), channelOf(to), int64(to.Chat), to.Topic)
	if err != nil || len(cards) == 0 {
		return model.Card{}, false, err
	}
	return cards[0], true, nil
}

// CardAt returns the incident that a message shows, for a reply to it; false if it shows none.
func (db *DB) CardAt(ctx context.Context, chat model.ChatID, message int) (model.IncidentID, bool, error) {
	var id model.IncidentID
	found, err := db.of("card").one(ctx, `SELECT incident FROM card WHERE chat = $1 AND message = $2 ORDER BY incident DESC LIMIT 1`,
		[]any{int64(chat), message}, &id)
	return id, found, err
}

// DropCard removes the message of a card: it no longer exists.
func (db *DB) DropCard(ctx context.Context, incident model.IncidentID, to model.Destination) error {
	err := db.run(ctx, "incidents.card", `UPDATE card SET message = 0 WHERE incident = $1 AND channel = $2 AND chat = $3 AND topic = $4`,
		int64(incident), channelOf(to), int64(to.Chat), to.Topic)
	return err
}

// Size is the size of the database in bytes, without its journal.
func (db *DB) Size(ctx context.Context) (bytes int64, err error) {
	err = db.read.QueryRowContext(ctx, db.engine.size()).Scan(&bytes)
	return bytes, unread(err)
}

// Queue describes the outbox.
func (db *DB) Queue(ctx context.Context, now time.Time) (q model.QueueStats, err error) {
	var oldest int64
	_, err = db.of("notification").one(ctx, `SELECT (SELECT COUNT(*) FROM notification),
		COALESCE((SELECT CAST(MIN(CASE WHEN not_before > created THEN not_before ELSE created END) AS bigint) FROM notification WHERE not_before <= $1), 0)`,
		[]any{ms(now)}, &q.Length, &oldest)
	q.Oldest = moment(oldest)
	if _, dead := db.of("dead_letter").one(ctx, `SELECT COUNT(*) FROM dead_letter`, nil, &q.Dead); err == nil && !damaged(dead) {
		err = dead
	}
	return q, err
}
