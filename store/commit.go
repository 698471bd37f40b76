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

// Commit writes a Change in one transaction, all of it or nothing, and returns the numbers assigned to c.Notifications,
// in their order.
func (db *DB) Commit(ctx context.Context, c model.Change) (ids []int64, err error) {
	err = db.tx(ctx, func(tx *sql.Tx) error {
		c, err := moved(ctx, tx, c)
		if err != nil {
			return err
		}
		if err := writeChecks(ctx, tx, c); err != nil {
			return err
		}
		if err := writeIncidents(ctx, tx, c.Incidents); err != nil {
			return err
		}
		if err := writeEvents(ctx, tx, c.Events); err != nil {
			return err
		}
		if err := writeTransitions(ctx, tx, c.Transitions); err != nil {
			return err
		}
		for _, card := range c.Cards {
			if err := writeCard(ctx, tx, card); err != nil {
				return err
			}
		}
		for i := range c.Mutes {
			if err := writeMute(ctx, tx, &c.Mutes[i]); err != nil {
				return err
			}
		}
		for _, id := range c.Drop {
			if _, err := tx.ExecContext(ctx, `DELETE FROM notification WHERE id = $1`, id); err != nil {
				return err
			}
		}
		if !c.Daily.IsZero() {
			if err := writeSetting(ctx, tx, dailySetting, c.Daily.UTC().Format(time.RFC3339Nano)); err != nil {
				return err
			}
		}
		if err := writeReported(ctx, tx, c.Reported); err != nil {
			return err
		}
		for _, entry := range c.Audit {
			if err := writeAudit(ctx, tx, entry); err != nil {
				return err
			}
		}
		ids, err = writeNotifications(ctx, tx, c.Notifications)
		return err
	})
	return ids, err
}

// moved returns a change with the new ids of migrated chats: its author may not know them yet, and an edit of a card that
// is gone is dropped.
func moved(ctx context.Context, tx *sql.Tx, c model.Change) (model.Change, error) {
	if len(c.Notifications)+len(c.Cards) == 0 {
		return c, nil
	}
	moves, err := mapSetting[model.ChatID](ctx, tx, movesSetting)
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
	ids := make([]model.CheckID, 0, len(c.Checks))
	for id := range c.Checks {
		ids = append(ids, id)
	}
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

// count raises a counter by n and returns its new value: the last of n new numbers.
func count(ctx context.Context, tx *sql.Tx, name string, n int) (last int64, err error) {
	err = tx.QueryRowContext(ctx, `UPDATE counter SET value = value + $1 WHERE name = $2 RETURNING value`, n, name).Scan(&last)
	return last, err
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}
