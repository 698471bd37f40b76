package store

import (
	"context"
	"database/sql"
	"encoding/json"

	"opsbot/model"
)

// PinnedMessages returns the pinned messages of all chats.
func (db *DB) PinnedMessages(ctx context.Context) ([]model.PinnedMessage, error) {
	return bodies[model.PinnedMessage](ctx, db.of("pinned_message"), `SELECT body FROM pinned_message ORDER BY chat, topic`)
}

// PutPinned stores the pinned message of a chat or topic, and what people are told about it, in one transaction.
func (db *DB) PutPinned(ctx context.Context, m model.PinnedMessage, notices ...model.Notification) error {
	body, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return db.tx(ctx, "pinned.put", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO pinned_message (chat, topic, body) VALUES ($1, $2, $3)
			ON CONFLICT (chat, topic) DO UPDATE SET body = excluded.body`, int64(m.Chat), m.Topic, string(body))
		if err != nil || len(notices) == 0 {
			return err
		}
		_, err = writeNotifications(ctx, tx, notices)
		return err
	})
}

// DropPinned forgets the pinned message of a chat or topic.
func (db *DB) DropPinned(ctx context.Context, at model.Destination) error {
	_, err := db.exec(ctx, "pinned.drop", `DELETE FROM pinned_message WHERE chat = $1 AND topic = $2`, int64(at.Chat), at.Topic)
	return err
}
