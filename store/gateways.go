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

// SetAckLink stores a link under the hash of what stands in it, anew if there is one.
func (db *DB) SetAckLink(ctx context.Context, hash string, link model.AckLink) error {
	body, err := json.Marshal(link)
	if err != nil {
		return err
	}
	return db.run(ctx, "gateways.link", `INSERT INTO ack_link (hash, incident, at, body) VALUES ($1, $2, $3, $4)
		ON CONFLICT (hash) DO UPDATE SET body = excluded.body`, hash, int64(link.Incident), ms(link.MadeAt), string(body))
}

// AckLink returns a link by the hash of what stands in it; false if there is none.
func (db *DB) AckLink(ctx context.Context, hash string) (model.AckLink, bool, error) {
	all, err := bodies[model.AckLink](ctx, db.of("ack_link"), `SELECT body FROM ack_link WHERE hash = $1`, hash)
	if err != nil || len(all) == 0 {
		return model.AckLink{}, false, err
	}
	return all[0], true, nil
}

// Spend counts a message to a destination, unless as many went there as a limit allows: false.
func (db *DB) Spend(ctx context.Context, to model.Destination, limit model.Rate) (allowed bool, err error) {
	err = db.tx(ctx, "gateways.spend", func(tx *txn) error {
		now := db.now()
		times, err := sentTimes(ctx, tx, to)
		if err != nil {
			return err
		}
		from := ms(now.Add(-limit.Per))
		times = slices.DeleteFunc(times, func(at int64) bool { return at <= from || at > ms(now) }) // the latter: the clock was set back
		if allowed = len(times) < limit.N; !allowed {
			return nil
		}
		return writeSentTimes(ctx, tx, to, append(times, ms(now)))
	})
	return allowed && err == nil, err
}

// Refund takes back the last message that was counted: it was not sent.
func (db *DB) Refund(ctx context.Context, to model.Destination) error {
	return db.tx(ctx, "gateways.spend", func(tx *txn) error {
		times, err := sentTimes(ctx, tx, to)
		if err != nil || len(times) == 0 {
			return err
		}
		return writeSentTimes(ctx, tx, to, times[:len(times)-1])
	})
}

// sentTimes are the times that are counted of a destination, in milliseconds. Those of a row that cannot be read are none: whoever is on call
// must be reached.
func sentTimes(ctx context.Context, tx *txn, to model.Destination) (times []int64, err error) {
	var body string
	err = tx.QueryRowContext(ctx, `SELECT times FROM gateway_sent WHERE channel = $1`, channelOf(to)).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	_ = json.Unmarshal([]byte(body), &times) // see above
	return times, nil
}

func writeSentTimes(ctx context.Context, tx *txn, to model.Destination, times []int64) error {
	body, err := json.Marshal(times)
	if err != nil {
		return err
	}
	return tx.write(ctx, `INSERT INTO gateway_sent (channel, at, times) VALUES ($1, $2, $3)
		ON CONFLICT (channel) DO UPDATE SET at = excluded.at, times = excluded.times`, channelOf(to), last(times), string(body))
}

// last is the latest of times; 0 of none.
func last(times []int64) int64 {
	if len(times) == 0 {
		return 0
	}
	return times[len(times)-1]
}

// linksFor is how long a link is kept at least: one that is over says so.
const linksFor = 7 * 24 * time.Hour
