package store

import (
	"context"
	"database/sql"
	"encoding/json"

	"opsbot/model"
)

// LoadEscalations adds to a Memory the escalations that go on, and which of their pages are in the outbox.
func (db *DB) LoadEscalations(ctx context.Context, m *model.Memory) (err error) {
	m.Escalations, err = bodies[model.Escalation](ctx, db.of("escalation"), `SELECT body FROM escalation WHERE ended_at = 0 ORDER BY id`)
	if err != nil {
		return err
	}
	m.PagesWaiting, err = rows(ctx, db.of("notification"), func(r *sql.Rows) (queue string, err error) { return queue, r.Scan(&queue) },
		`SELECT queue FROM notification WHERE kind = $1 ORDER BY id`, string(model.NotifyPage))
	if err != nil {
		return err
	}
	m.LastEscalation, err = lastUsed[model.EscalationID](ctx, db, "escalation")
	return err
}

// EscalationsOf returns the escalations of an incident, those that ended too, by number.
func (db *DB) EscalationsOf(ctx context.Context, id model.IncidentID) ([]model.Escalation, error) {
	return bodies[model.Escalation](ctx, db.of("escalation"), `SELECT body FROM escalation WHERE incident = $1 ORDER BY id`, int64(id))
}

// SentPages returns the pages of people that arrived in a time.
func (db *DB) SentPages(ctx context.Context, in model.Span) (all []model.SentPage, err error) {
	some, err := bodies[model.Escalation](ctx, db.of("escalation"), `SELECT body FROM escalation WHERE ended_at = 0 OR ended_at >= $1 ORDER BY id`, ms(in.From))
	for i := range some {
		for _, p := range some[i].Sent() {
			if !p.At.Before(in.From) && p.At.Before(in.To) {
				all = append(all, p)
			}
		}
	}
	return all, err
}

func (db *DB) writeEscalations(ctx context.Context, tx *txn, all []model.Escalation) error {
	return insert(ctx, tx, insertion{
		`INSERT INTO escalation (id, incident, ended_at, body)`, 4, 1,
		`ON CONFLICT (id) DO UPDATE SET incident = excluded.incident, ended_at = excluded.ended_at, body = excluded.body`,
	}, all, func(e model.Escalation) ([]any, error) {
		body, err := json.Marshal(e)
		ended := int64(0)
		if e.State == model.EscalationEnded {
			ended = ms(db.now())
		}
		return []any{int64(e.ID), int64(e.Incident), ended, string(body)}, err
	})
}

// stopPages deletes pages that nobody needs any more. One that is on its way arrives, and no other.
func stopPages(ctx context.Context, tx *txn, queues []string) error {
	return deleteKeys(ctx, tx, `DELETE FROM notification WHERE queue`, textKeys(queues))
}
