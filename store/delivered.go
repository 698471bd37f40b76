package store

import (
	"context"
	"database/sql"
	"slices"
	"strconv"
	"strings"
	"time"

	"opsbot/model"
)

// Delivered returns what a destination was last sent about incidents; those of which it was sent nothing are left out.
func (db *DB) Delivered(ctx context.Context, to model.Destination, ids []model.IncidentID) (map[model.IncidentID]model.Delivered, error) {
	all := make(map[model.IncidentID]model.Delivered, len(ids))
	for some := range slices.Chunk(ids, keysAtOnce) {
		where, args := among(some, channelOf(to), int64(to.Chat), to.Topic)
		_, err := rows(ctx, db.of("card"), func(r *sql.Rows) (id model.IncidentID, err error) {
			var d model.Delivered
			err = r.Scan(&id, &d)
			all[id] = d
			return id, err
		}, `SELECT incident, delivered FROM card WHERE channel = $1 AND chat = $2 AND topic = $3 AND delivered > 0 AND incident `+where, args...)
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Closed returns the incidents that are over, of those asked for, with their ends. The end of one that is no longer stored is the
// zero time.
func (db *DB) Closed(ctx context.Context, ids []model.IncidentID) (map[model.IncidentID]time.Time, error) {
	all := make(map[model.IncidentID]time.Time, len(ids))
	for _, id := range ids {
		all[id] = time.Time{}
	}
	for some := range slices.Chunk(ids, keysAtOnce) {
		where, args := among(some)
		_, err := rows(ctx, db.of("incident"), func(r *sql.Rows) (id model.IncidentID, err error) {
			var closed int64
			if err = r.Scan(&id, &closed); closed == 0 {
				delete(all, id)
			} else {
				all[id] = moment(closed)
			}
			return id, err
		}, `SELECT id, closed_at FROM incident WHERE id `+where, args...)
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Behind returns what waits for a destination's main queue behind a notification about some incidents, deferred or not, by ID; 0
// stands for what is about no single incident.
func (db *DB) Behind(ctx context.Context, t *model.Notification, ids []model.IncidentID) ([]model.Notification, error) {
	var all []model.Notification
	for some := range slices.Chunk(ids, keysAtOnce) {
		where, args := among(some, channelOf(t.To), int64(t.To.Chat), t.To.Topic, t.ID)
		found, err := rows(ctx, db.of("notification"), scanNotification, `SELECT `+notificationColumns+` FROM notification
			WHERE channel = $1 AND chat = $2 AND topic = $3 AND queue = '' AND id > $4 AND incident `+where+` ORDER BY id`, args...)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// among is the condition that a column is one of ids, and the arguments of the query with them behind the first ones.
func among(ids []model.IncidentID, first ...any) (condition string, args []any) {
	places := make([]string, len(ids))
	for i, id := range ids {
		first = append(first, int64(id))
		places[i] = "$" + strconv.Itoa(len(first))
	}
	return `IN (` + strings.Join(places, ", ") + `)`, first
}

// Drop deletes a notification that need not be sent; false if it no longer exists, or one of another kind took its place.
func (db *DB) Drop(ctx context.Context, id int64, kind model.NotificationKind) (bool, error) {
	return db.exec(ctx, "outbox.drop", `DELETE FROM notification WHERE id = $1 AND kind = $2`, id, string(kind))
}

// writeDelivered stores what a destination knows of incidents now that it has a notification.
func writeDelivered(ctx context.Context, tx *txn, t *model.Notification) error {
	said := t.Says()
	ids := make([]model.IncidentID, 0, len(said))
	for id := range said {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return each(ctx, tx, `UPDATE card SET delivered = $1 WHERE incident = $2 AND channel = $3 AND chat = $4 AND topic = $5`, ids,
		func(id model.IncidentID) ([]any, error) {
			return []any{int(said[id]), int64(id), channelOf(t.To), int64(t.To.Chat), t.To.Topic}, nil
		})
}
