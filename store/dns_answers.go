package store

import (
	"context"
	"encoding/json"

	"opsbot/model"
)

// LoadAnswers returns the last good DNS answers.
func (db *DB) LoadAnswers(ctx context.Context) ([]model.DNSAnswer, error) {
	return bodies[model.DNSAnswer](ctx, db.of("dns_answer"), `SELECT body FROM dns_answer ORDER BY name`)
}

// SaveAnswers replaces all stored answers.
func (db *DB) SaveAnswers(ctx context.Context, answers []model.DNSAnswer) error {
	return db.tx(ctx, "names.save", func(tx *txn) error {
		if err := tx.write(ctx, `DELETE FROM dns_answer`); err != nil {
			return err
		}
		return insert(ctx, tx, insertion{`INSERT INTO dns_answer (name, body)`, 2, 1, ""}, answers, func(a model.DNSAnswer) ([]any, error) {
			body, err := json.Marshal(a)
			return []any{a.Name, string(body)}, err
		})
	})
}
