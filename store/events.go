package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"opsbot/model"
)

func writeEvents(ctx context.Context, tx *txn, all []model.Event) error {
	return insert(ctx, tx, insertion{`INSERT INTO event (source, id, seen_at, opened_at, ended_at, incident, body)`, 7, 2,
		`ON CONFLICT (source, id) DO UPDATE SET ended_at = excluded.ended_at, incident = excluded.incident, body = excluded.body`}, all,
		func(e model.Event) ([]any, error) {
			body, err := json.Marshal(e)
			return []any{e.Source, e.ID, ms(e.SeenAt), ms(e.OpenedAt), ms(e.EndedAt), int64(e.Incident), string(body)}, err
		})
}

// loadEvents reads the active events, and those of open incidents.
func (db *DB) loadEvents(ctx context.Context) ([]model.Event, error) {
	return bodies[model.Event](ctx, db.of("event"), `SELECT body FROM event
		WHERE ended_at = 0 OR incident IN (SELECT id FROM incident WHERE closed_at = 0) ORDER BY seen_at, source, id`)
}

// EventsOf returns a source's events: the active ones, and those that ended since a time, by when they were first received.
func (db *DB) EventsOf(ctx context.Context, source string, since time.Time) ([]model.Event, error) {
	return bodies[model.Event](ctx, db.of("event"), `SELECT body FROM event WHERE source = $1 AND (ended_at = 0 OR ended_at >= $2)
		ORDER BY seen_at, id`, source, ms(since))
}

// PastEvents returns the events of all sources that were no part of an incident and ended since a time, of those that keep accepts
// the last received first, at most limit.
func (db *DB) PastEvents(ctx context.Context, since time.Time, limit int, keep func(*model.Event) bool) ([]model.Event, error) {
	var all []model.Event
	_, err := rows(ctx, db.of("event"), func(r *sql.Rows) (none struct{}, err error) {
		var body string
		if err := r.Scan(&body); err != nil || len(all) == limit {
			return none, err
		}
		var e model.Event
		if err := json.Unmarshal([]byte(body), &e); err != nil {
			return none, fmt.Errorf("read an event: %w", err)
		}
		if keep(&e) {
			all = append(all, e)
		}
		return none, nil
	}, `SELECT body FROM event WHERE incident = 0 AND ended_at > 0 AND ended_at >= $1 ORDER BY seen_at DESC, source, id`, ms(since))
	return all, err
}

// markSetting begins the names of settings with read positions.
const markSetting = "inbound.mark."

// Mark returns the position up to which a source's events were read; "" if none were.
func (db *DB) Mark(ctx context.Context, source string) (string, error) {
	return db.Setting(ctx, markSetting+source)
}

// SaveMark stores the position up to which a source's events were read.
func (db *DB) SaveMark(ctx context.Context, source, mark string) error {
	return db.SetSetting(ctx, markSetting+source, mark)
}
