package store

import (
	"context"
	"encoding/json"

	"opsbot/model"
)

// KeepBaseline stores a baseline under a name, replacing the previous one.
func (db *DB) KeepBaseline(ctx context.Context, name string, b *model.Baseline) error {
	body, err := json.Marshal(b)
	if err != nil {
		return err
	}
	err = db.run(ctx, "baselines.keep", `INSERT INTO baseline (name, at, body) VALUES ($1, $2, $3)
		ON CONFLICT (name) DO UPDATE SET at = excluded.at, body = excluded.body`, name, ms(b.At), string(body))
	return err
}

// Baseline returns the baseline of that name; nil if there is none.
func (db *DB) Baseline(ctx context.Context, name string) (*model.Baseline, error) {
	all, err := bodies[model.Baseline](ctx, db.of("baseline"), `SELECT body FROM baseline WHERE name = $1`, name)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return &all[0], nil
}
