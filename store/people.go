package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"strconv"
	"time"

	"opsbot/model"
)

// PairChat stores a paired chat.
func (db *DB) PairChat(ctx context.Context, c model.Chat) error {
	return db.pair(ctx, `INSERT INTO paired_chat (id, at, body) VALUES ($1, $2, $3)
		ON CONFLICT (id) DO UPDATE SET body = excluded.body`, int64(c.ID), c)
}

// PairUser stores a paired user.
func (db *DB) PairUser(ctx context.Context, u model.User) error {
	return db.pair(ctx, `INSERT INTO paired_user (id, at, body) VALUES ($1, $2, $3)
		ON CONFLICT (id) DO UPDATE SET body = excluded.body`, int64(u.ID), u)
}

func (db *DB) pair(ctx context.Context, query string, id int64, who any) error {
	body, err := json.Marshal(who)
	if err != nil {
		return err
	}
	_, err = db.exec(ctx, "people.pair", query, id, ms(db.now()), string(body))
	return err
}

// Paired returns paired chats and users, in the order of pairing.
func (db *DB) Paired(ctx context.Context) ([]model.Chat, []model.User, error) {
	chats, err := bodies[model.Chat](ctx, db.of("paired_chat"), `SELECT body FROM paired_chat ORDER BY at, id`)
	if err != nil {
		return nil, nil, err
	}
	users, err := bodies[model.User](ctx, db.of("paired_user"), `SELECT body FROM paired_user ORDER BY at, id`)
	return chats, users, err
}

// Migrate gives a chat its new id in notifications, cards, mutes and paired chats, and adds it to Moves, in one
// transaction.
func (db *DB) Migrate(ctx context.Context, from, to model.ChatID) error {
	return db.tx(ctx, "people.migrate", func(tx *sql.Tx) error {
		for _, query := range []string{
			`UPDATE notification SET chat = $1 WHERE chat = $2`,
			`UPDATE fallback_copy SET chat = $1 WHERE chat = $2`,
			// A supergroup numbers its messages anew: the old ones cannot be edited, and their numbers belong to others.
			`UPDATE card SET message = COALESCE((SELECT there.message FROM card AS there WHERE there.chat = $1
				AND there.incident = card.incident AND there.channel = card.channel AND there.topic = card.topic), 0) WHERE chat = $2`,
			`DELETE FROM card WHERE chat = $1 AND incident IN (SELECT incident FROM card WHERE chat = $2)`,
			`UPDATE card SET chat = $1 WHERE chat = $2`,
		} {
			if _, err := tx.ExecContext(ctx, query, int64(to), int64(from)); err != nil {
				return err
			}
		}
		if err := db.migrateMutes(ctx, tx, from, to); err != nil {
			return err
		}
		if err := db.rememberMove(ctx, tx, from, to); err != nil {
			return err
		}
		return db.migratePaired(ctx, tx, from, to)
	})
}

func (db *DB) migrateMutes(ctx context.Context, tx *sql.Tx, from, to model.ChatID) error {
	mutes, err := bodies[model.Mute](ctx, db.within(tx, "mute"), `SELECT body FROM mute WHERE chat = $1`, int64(from))
	if err != nil {
		return err
	}
	for i := range mutes {
		mutes[i].Chat = to
		if err := writeMute(ctx, tx, &mutes[i]); err != nil {
			return err
		}
	}
	return nil
}

func (db *DB) migratePaired(ctx context.Context, tx *sql.Tx, from, to model.ChatID) error {
	chats, err := bodies[model.Chat](ctx, db.within(tx, "paired_chat"), `SELECT body FROM paired_chat WHERE id = $1`, int64(from))
	if err != nil || len(chats) == 0 {
		return err
	}
	c := chats[0]
	c.ID = to
	if c.Name == strconv.FormatInt(int64(from), 10) {
		c.Name = strconv.FormatInt(int64(to), 10)
	}
	body, err := json.Marshal(c)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM paired_chat WHERE id = $1`, int64(to)); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE paired_chat SET id = $1, body = $2 WHERE id = $3`, int64(to), string(body), int64(from))
	return err
}

// Audit writes an audit entry.
func (db *DB) Audit(ctx context.Context, entry model.AuditEntry) error {
	return db.tx(ctx, "audit.add", func(tx *sql.Tx) error { return writeAudit(ctx, tx, entry) })
}

func writeAudits(ctx context.Context, tx *sql.Tx, all []model.AuditEntry) error {
	for _, entry := range all {
		if err := writeAudit(ctx, tx, entry); err != nil {
			return err
		}
	}
	return nil
}

func writeAudit(ctx context.Context, tx *sql.Tx, entry model.AuditEntry) error {
	body, err := json.Marshal(entry)
	if err != nil {
		return err
	}
	id, err := count(ctx, tx, "audit", 1)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO audit (id, at, body) VALUES ($1, $2, $3)`, id, ms(entry.At), string(body))
	return err
}

// AuditSince returns the audit entries since a time, newest first, at most limit.
func (db *DB) AuditSince(ctx context.Context, since time.Time, limit int) ([]model.AuditEntry, error) {
	return bodies[model.AuditEntry](ctx, db.of("audit"), `SELECT body FROM audit WHERE at >= $1 ORDER BY id DESC LIMIT $2`, ms(since), limit)
}
