package store

import (
	"context"
	"database/sql"
	"time"

	"opsbot/model"
)

// Outages returns the destinations that accept nothing.
func (db *DB) Outages(ctx context.Context) ([]model.Outage, error) {
	return rows(ctx, db.of("failing"), func(r *sql.Rows) (o model.Outage, err error) {
		var since, until, asked int64
		err = r.Scan(channelInto(&o.To), &o.To.Chat, &o.To.Topic, &since, &o.Failure, &o.Denial, &o.Said, &until, &asked, &o.Noticed)
		o.Since, o.Until, o.Asked = moment(since), moment(until), time.Duration(asked)*time.Millisecond
		return o, err
	}, `SELECT channel, chat, topic, since, failure, denial, said, until, asked, noticed FROM failing ORDER BY channel, chat, topic`)
}

// SetOutage stores that a destination accepts nothing and, in the same transaction, adds a notice about it (nil: none).
func (db *DB) SetOutage(ctx context.Context, o model.Outage, notice *model.Notification) error {
	return db.tx(ctx, "deliveries.failing", func(tx *txn) error {
		err := tx.write(ctx, `INSERT INTO failing (channel, chat, topic, since, failure, denial, said, until, asked, noticed)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (channel, chat, topic) DO UPDATE SET since = excluded.since,
			failure = excluded.failure, denial = excluded.denial, said = excluded.said, until = excluded.until, asked = excluded.asked, noticed = excluded.noticed`,
			channelOf(o.To), int64(o.To.Chat), o.To.Topic, ms(o.Since), string(o.Failure), string(o.Denial), o.Said, ms(o.Until), o.Asked.Milliseconds(), flag(o.Noticed))
		if err != nil {
			return err
		}
		return writeNotice(ctx, tx, notice)
	})
}

// EndOutage stores that nothing is known against a destination any more and, in the same transaction, adds a notice about it (nil:
// none).
func (db *DB) EndOutage(ctx context.Context, to model.Destination, notice *model.Notification) error {
	return db.tx(ctx, "deliveries.failing", func(tx *txn) error {
		err := tx.write(ctx, `DELETE FROM failing WHERE channel = $1 AND chat = $2 AND topic = $3`, channelOf(to), int64(to.Chat), to.Topic)
		if err != nil {
			return err
		}
		return writeNotice(ctx, tx, notice)
	})
}

func writeNotice(ctx context.Context, tx *txn, notice *model.Notification) error {
	if notice == nil {
		return nil
	}
	_, err := writeNotifications(ctx, tx, []model.Notification{*notice})
	return err
}
