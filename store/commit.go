package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"time"

	"opsbot/model"
)

// Commit writes a Change in one transaction, all of it or nothing, and returns the numbers assigned to c.Notifications,
// in their order. Only the past can be missing, transitions and audit entries, if the pages of their tables are damaged: no alert
// waits for these.
func (db *DB) Commit(ctx context.Context, c model.Change) (ids []int64, err error) {
	w := commit{without: map[string]bool{}}
	for range len(w.parts(&c)) + 1 {
		err = db.tx(ctx, "alerts.commit", func(tx *sql.Tx) error {
			c, err := db.moved(ctx, tx, c)
			if err != nil {
				return err
			}
			if err := w.past(ctx, tx, &c); err != nil {
				return err
			}
			ids, err = writeChange(ctx, tx, &c)
			return err
		})
		part, failed := errors.AsType[*partError](err)
		if !failed || !damaged(err) {
			break
		}
		w.without[part.name] = true // SQLite lets nothing be written behind damage: the transaction begins anew
		db.wrote(part.name, part.error)
	}
	if err == nil {
		for _, part := range w.parts(&c) {
			if !w.without[part.name] && part.length > 0 {
				db.wrote(part.name, nil)
			}
		}
		for _, entry := range c.Audit {
			db.onAudit(entry)
		}
	}
	return ids, err
}

// commit is one Change on its way, without the parts whose tables are damaged.
type commit struct{ without map[string]bool }

// commitPart is a part of a Change that the rest can do without.
type commitPart struct {
	name   string // of the call
	length int
	write  func(ctx context.Context, tx *sql.Tx) error
}

// partError is the error of such a part.
type partError struct {
	name string
	error
}

func (e *partError) Unwrap() error { return e.error }

func (*commit) parts(c *model.Change) []commitPart {
	return []commitPart{
		{"history.transitions", len(c.Transitions), func(ctx context.Context, tx *sql.Tx) error { return writeTransitions(ctx, tx, c.Transitions) }},
		{"audit.commit", len(c.Audit), func(ctx context.Context, tx *sql.Tx) error { return writeAudits(ctx, tx, c.Audit) }},
	}
}

// past writes the parts that the rest can do without.
func (w *commit) past(ctx context.Context, tx *sql.Tx, c *model.Change) error {
	for _, part := range w.parts(c) {
		if part.length == 0 || w.without[part.name] {
			continue
		}
		if err := part.write(ctx, tx); err != nil {
			return &partError{part.name, err}
		}
	}
	return nil
}

// writeChange writes what no alert can do without.
func writeChange(ctx context.Context, tx *sql.Tx, c *model.Change) (ids []int64, err error) {
	for _, write := range []func() error{
		func() error { return writeChecks(ctx, tx, *c) },
		func() error { return writeIncidents(ctx, tx, c.Incidents) },
		func() error { return writeEvents(ctx, tx, c.Events) },
		func() error { return writeCards(ctx, tx, c.Cards) },
		func() error { return writeMutes(ctx, tx, c.Mutes) },
		func() error { return dropNotifications(ctx, tx, c.Drop) },
		func() error { return writeDaily(ctx, tx, c.Daily) },
		func() error { return writeReported(ctx, tx, c.Reported) },
		func() error { return writeReaderNumbers(ctx, tx, c.Numbers) },
	} {
		if err := write(); err != nil {
			return nil, err
		}
	}
	return writeNotifications(ctx, tx, c.Notifications)
}

func writeCards(ctx context.Context, tx *sql.Tx, all []model.Card) error {
	for _, card := range all {
		if err := writeCard(ctx, tx, card); err != nil {
			return err
		}
	}
	return nil
}

func writeMutes(ctx context.Context, tx *sql.Tx, all []model.Mute) error {
	for i := range all {
		if err := writeMute(ctx, tx, &all[i]); err != nil {
			return err
		}
	}
	return nil
}

func dropNotifications(ctx context.Context, tx *sql.Tx, ids []int64) error {
	return each(ctx, tx, `DELETE FROM notification WHERE id = $1`, ids, func(id int64) ([]any, error) { return []any{id}, nil })
}

func writeDaily(ctx context.Context, tx *sql.Tx, at time.Time) error {
	if at.IsZero() {
		return nil
	}
	return writeSetting(ctx, tx, dailySetting, at.UTC().Format(time.RFC3339Nano))
}

// moved returns a change with the new ids of migrated chats: its author may not know them yet, and an edit of a card that
// is gone is dropped.
func (db *DB) moved(ctx context.Context, tx *sql.Tx, c model.Change) (model.Change, error) {
	if len(c.Notifications)+len(c.Cards) == 0 {
		return c, nil
	}
	moves, err := mapSetting[model.ChatID](ctx, db.within(tx, "setting"), movesSetting)
	if err != nil || len(moves) == 0 {
		return c, err
	}
	follow := func(to *model.Destination) {
		if id, ok := moves[to.Chat]; ok {
			to.Chat = id
		}
	}
	c.Notifications, c.Cards = slices.Clone(c.Notifications), slices.Clone(c.Cards)
	for i := range c.Notifications {
		follow(&c.Notifications[i].To)
	}
	for i := range c.Cards {
		follow(&c.Cards[i].To)
	}
	return c, nil
}

// each runs one prepared statement for every item.
func each[T any](ctx context.Context, tx *sql.Tx, query string, items []T, args func(T) ([]any, error)) (err error) {
	if len(items) == 0 {
		return nil
	}
	stmt, err := tx.PrepareContext(ctx, query)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stmt.Close()) }()
	for _, item := range items {
		values, err := args(item)
		if err != nil {
			return err
		}
		if _, err := stmt.ExecContext(ctx, values...); err != nil {
			return err
		}
	}
	return nil
}

func writeChecks(ctx context.Context, tx *sql.Tx, c model.Change) error {
	ids := slices.Sorted(maps.Keys(c.Checks)) // neighbours share pages, and each page that a commit touches is written
	err := each(ctx, tx, `INSERT INTO check_state (id, body) VALUES ($1, $2)
		ON CONFLICT (id) DO UPDATE SET body = excluded.body`, ids, func(id model.CheckID) ([]any, error) {
		body, err := json.Marshal(c.Checks[id])
		return []any{string(id), string(body)}, err
	})
	if err != nil {
		return err
	}
	return each(ctx, tx, `DELETE FROM check_state WHERE id = $1`, c.Forget, func(id model.CheckID) ([]any, error) {
		return []any{string(id)}, nil
	})
}

func writeIncidents(ctx context.Context, tx *sql.Tx, all []model.Incident) error {
	return each(ctx, tx, `INSERT INTO incident (id, key, opened_at, closed_at, body) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (id) DO UPDATE SET opened_at = excluded.opened_at, closed_at = excluded.closed_at, body = excluded.body`, all,
		func(in model.Incident) ([]any, error) {
			body, err := json.Marshal(in)
			return []any{int64(in.ID), in.Key(), ms(in.OpenedAt), ms(in.ClosedAt), string(body)}, err
		})
}

func writeCard(ctx context.Context, tx *sql.Tx, c model.Card) error {
	named, err := json.Marshal(c.Named)
	if err != nil {
		return err
	}
	if c.Named == nil {
		named = nil
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO card (`+cardColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		ON CONFLICT (incident, channel, chat, topic) DO UPDATE SET down = excluded.down, severity = excluded.severity,
		reminded = excluded.reminded, named = excluded.named, notified_at = excluded.notified_at, raised_at = excluded.raised_at,
		message = CASE WHEN excluded.message = 0 THEN card.message ELSE excluded.message END`,
		int64(c.Incident), c.To.Channel, int64(c.To.Chat), c.To.Topic, c.Message, flag(c.Down), c.Severity.String(), c.Reminded,
		string(named), ms(c.NotifiedAt), ms(c.RaisedAt))
	return err
}

func writeMute(ctx context.Context, tx *sql.Tx, m *model.Mute) error {
	body, err := json.Marshal(m)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO mute (id, chat, ended_at, body) VALUES ($1, $2, $3, $4)
		ON CONFLICT (id) DO UPDATE SET chat = excluded.chat, ended_at = excluded.ended_at, body = excluded.body`,
		int64(m.ID), int64(m.Chat), ms(m.EndedAt), string(body))
	return err
}

func writeNotifications(ctx context.Context, tx *sql.Tx, all []model.Notification) ([]int64, error) {
	if len(all) == 0 {
		return nil, nil
	}
	last, err := count(ctx, tx, "notification", len(all))
	if err != nil {
		return nil, err
	}
	ids := make([]int64, len(all))
	for i := range all {
		t := all[i]
		t.ID = last - int64(len(all)-1-i)
		ids[i] = t.ID
		if err := writeNotification(ctx, tx, &t); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

func writeNotification(ctx context.Context, tx *sql.Tx, t *model.Notification) error {
	if t.Kind == model.NotifyUpdated {
		_, err := tx.ExecContext(ctx, `DELETE FROM notification WHERE incident = $1 AND channel = $2 AND chat = $3 AND topic = $4
			AND kind = $5 AND attempts = 0`,
			int64(t.Incident), t.To.Channel, int64(t.To.Chat), t.To.Topic, string(model.NotifyUpdated))
		if err != nil {
			return err
		}
	}
	snapshot, err := json.Marshal(t.Snapshot)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO notification (`+notificationColumns+`, queue)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
		t.ID, string(t.Kind), int64(t.Incident), t.To.Channel, int64(t.To.Chat), t.To.Topic, t.Severity.String(),
		flag(t.Silent), ms(t.Created), ms(t.NotBefore), ms(t.RetryAt), t.Attempts, 0, flag(t.Repeat), string(snapshot), t.Queue())
	if err != nil || t.Snapshot.Report == nil || t.Snapshot.Report.Parts == nil {
		return err
	}
	return writeReport(ctx, tx, t.ID, t.Snapshot.Report.Parts)
}

// count raises a counter by n and returns its new value: the last of n new numbers. A broken counter is an error, and repaired soon.
func count(ctx context.Context, tx *sql.Tx, name string, n int) (last int64, err error) {
	err = tx.QueryRowContext(ctx, `UPDATE counter SET value = value + $1 WHERE name = $2 AND value BETWEEN 0 AND $3 RETURNING value`, n, name, int64(mostNumber)).Scan(&last)
	return last, err
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}
