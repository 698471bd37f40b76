package store

import (
	"context"
	"database/sql"
	"encoding/json"

	"opsbot/model"
)

// LoadAnswers returns the last good DNS answers.
func (db *DB) LoadAnswers(ctx context.Context) ([]model.DNSAnswer, error) {
	return bodies[model.DNSAnswer](ctx, db.of("dns_answer"), `SELECT body FROM dns_answer ORDER BY name`)
}

// SaveAnswers replaces all stored answers.
func (db *DB) SaveAnswers(ctx context.Context, answers []model.DNSAnswer) error {
	return db.tx(ctx, "names.save", func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM dns_answer`); err != nil {
			return err
		}
		return each(ctx, tx, `INSERT INTO dns_answer (name, body) VALUES ($1, $2)`, answers, func(a model.DNSAnswer) ([]any, error) {
			body, err := json.Marshal(a)
			return []any{a.Name, string(body)}, err
		})
	})
}
