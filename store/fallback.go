package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"opsbot/model"
)

// Uncopied returns the first limit due notifications of a severity for a destination that have no fallback copies, by ID.
func (db *DB) Uncopied(ctx context.Context, to model.Destination, severity model.Severity, now time.Time, limit int) ([]model.Notification, error) {
	return rows(ctx, db.of("notification"), scanNotification, `SELECT `+notificationColumns+` FROM notification
		WHERE channel = $1 AND chat = $2 AND topic = $3 AND queue = '' AND not_before <= $4 AND severity = $5 AND kind <> $6
		AND NOT EXISTS (SELECT 1 FROM fallback_copy WHERE fallback_copy.notification = notification.id) ORDER BY id LIMIT $7`,
		channelOf(to), int64(to.Chat), to.Topic, ms(now), severity.String(), string(model.NotifyUpdated), limit)
}

// AddFallbackCopies adds copies of a notification for other destinations, in one transaction, and records that it did: if the
// notification has been copied before, nothing happens. A copy is skipped if the same news for another failing destination was
// already copied there. It returns how many it added.
func (db *DB) AddFallbackCopies(ctx context.Context, t model.Notification, copies []model.Notification) (added int, err error) {
	about := []model.IncidentID{t.Incident}
	for i := range t.Snapshot.Open {
		about = append(about, t.Snapshot.Open[i].ID)
	}
	err = db.tx(ctx, "deliveries.copies", func(tx *txn) error {
		added = 0
		fresh, err := db.disconnected(ctx, tx, &t, copies)
		if err != nil {
			return err
		}
		body, err := json.Marshal(destinations(fresh))
		if err != nil {
			return err
		}
		for i, incident := range about {
			r, err := tx.ExecContext(ctx, `INSERT INTO fallback_copy (notification, incident, channel, chat, topic, kind, sent_to)
				VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (notification, incident) DO NOTHING`,
				t.ID, int64(incident), channelOf(t.To), int64(t.To.Chat), t.To.Topic, string(t.Kind), string(body))
			if err != nil {
				return err
			}
			if n, err := r.RowsAffected(); err != nil || (n == 0 && i == 0) { // the first row says whether it was copied already
				return err
			}
		}
		added = len(fresh)
		_, err = writeNotifications(ctx, tx, fresh)
		return err
	})
	return added, err
}

func destinations(all []model.Notification) []model.Destination {
	out := make([]model.Destination, len(all))
	for i := range all {
		out[i] = all[i].To
	}
	return out
}

// disconnected returns the copies of a notification that say more than earlier ones at their destination: if Telegram is down,
// ten chats have the same news. A chat with a narrower scope has other news.
func (db *DB) disconnected(ctx context.Context, tx *txn, t *model.Notification, copies []model.Notification) ([]model.Notification, error) {
	if t.Incident == 0 || len(copies) == 0 {
		return copies, nil
	}
	received, err := bodies[[]model.Destination](ctx, db.within(tx, "fallback_copy"), `SELECT sent_to FROM fallback_copy
		JOIN notification AS other ON other.id = fallback_copy.notification JOIN notification AS own ON own.id = $1
		WHERE fallback_copy.incident = $2 AND fallback_copy.notification <> own.id AND other.kind = own.kind AND other.created = own.created
		AND other.snapshot = own.snapshot`, t.ID, int64(t.Incident))
	if err != nil {
		return nil, err
	}
	all := slices.Concat(received...)
	return slices.DeleteFunc(slices.Clone(copies), func(c model.Notification) bool { return slices.Contains(all, c.To) }), nil
}

// Copied returns where an incident's beginning was sent in place of a destination, and its end was not. If the pages that say so are
// damaged it is nowhere: the destination's own end must not wait for that.
func (db *DB) Copied(ctx context.Context, incident model.IncidentID, from model.Destination) ([]model.Destination, error) {
	type row struct {
		kind     model.NotificationKind
		migrated []model.Destination
	}
	all, err := rows(ctx, db.of("fallback_copy"), func(r *sql.Rows) (v row, err error) {
		var body string
		if err := r.Scan(&v.kind, &body); err != nil {
			return v, err
		}
		if err := json.Unmarshal([]byte(body), &v.migrated); err != nil {
			return v, fmt.Errorf("read a fallback copy: %w", err)
		}
		return v, nil
	}, `SELECT kind, sent_to FROM fallback_copy WHERE incident = $1 AND channel = $2 AND chat = $3 AND topic = $4 ORDER BY notification`,
		int64(incident), channelOf(from), int64(from.Chat), from.Topic)
	if damaged(err) {
		err = nil
	}
	var open []model.Destination
	for _, v := range all {
		for _, to := range v.migrated {
			if at := slices.Index(open, to); v.kind == model.NotifyResolved && at >= 0 {
				open = slices.Delete(open, at, at+1)
			} else if v.kind != model.NotifyResolved && at < 0 {
				open = append(open, to)
			}
		}
	}
	return open, err
}
