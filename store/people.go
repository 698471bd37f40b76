package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"opsbot/model"
)

// Pair stores a paired user and chat and the audit entry about it, in one transaction.
func (db *DB) Pair(ctx context.Context, u model.User, c model.Chat, entry model.AuditEntry) error {
	return db.audited(ctx, "people.pair", entry, func(tx *sql.Tx) error {
		return errors.Join(db.writeUser(ctx, tx, &u), db.writeChat(ctx, tx, &c))
	})
}

// LetIn stores a chat that an admin let in, and the audit entry about it.
func (db *DB) LetIn(ctx context.Context, c model.Chat, entry model.AuditEntry) error {
	return db.audited(ctx, "people.let_in", entry, func(tx *sql.Tx) error { return db.writeChat(ctx, tx, &c) })
}

// SetUser stores a user in place of what was stored of them, and the audit entry about it.
func (db *DB) SetUser(ctx context.Context, u model.User, entry model.AuditEntry) error {
	return db.audited(ctx, "people.rights", entry, func(tx *sql.Tx) error { return db.writeUser(ctx, tx, &u) })
}

// invitationAction is the action of the row of the table of buttons that is an invitation: it is one, in a link.
const invitationAction = "invitation"

// Invite stores an invitation and the audit entry about it.
func (db *DB) Invite(ctx context.Context, id string, i model.Invitation, entry model.AuditEntry) error {
	body, err := json.Marshal(i)
	if err != nil {
		return err
	}
	b := model.Button{Action: invitationAction, Args: map[string]string{"invitation": string(body)}, Expires: i.Ends}
	return db.audited(ctx, "people.invite", entry, func(tx *sql.Tx) error {
		return writeButtons(ctx, tx, map[string]model.Button{id: b})
	})
}

// Invitation returns an invitation that has not ended; false if there is none.
func (db *DB) Invitation(ctx context.Context, id string) (i model.Invitation, found bool, err error) {
	b, found, err := db.Button(ctx, id)
	if err != nil || !found || b.Action != invitationAction {
		return i, false, err
	}
	return i, true, json.Unmarshal([]byte(b.Args["invitation"]), &i)
}

// Join stores a user, uses up their invitation, and stores the audit entry about it. model.ErrPairingClosed when it was used before.
func (db *DB) Join(ctx context.Context, id string, u model.User, entry model.AuditEntry) error {
	return db.audited(ctx, "people.join", entry, func(tx *sql.Tx) error {
		gone, err := deleted(ctx, tx, `DELETE FROM button WHERE id = $1`, id)
		if err != nil {
			return err
		}
		if gone == 0 {
			return &model.Error{Code: model.ErrPairingClosed}
		}
		return db.writeUser(ctx, tx, &u)
	})
}

// PutOut deletes what was stored of a user or a chat with that id, and stores the audit entry about it.
func (db *DB) PutOut(ctx context.Context, id int64, entry model.AuditEntry) error {
	return db.audited(ctx, "people.put_out", entry, func(tx *sql.Tx) error {
		for _, query := range []string{`DELETE FROM paired_user WHERE id = $1`, `DELETE FROM paired_chat WHERE id = $1`} {
			if _, err := tx.ExecContext(ctx, query, id); err != nil {
				return err
			}
		}
		return nil
	})
}

func (db *DB) writeUser(ctx context.Context, tx *sql.Tx, u *model.User) error {
	return db.writePaired(ctx, tx, `INSERT INTO paired_user (id, at, body) VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET body = excluded.body`, int64(u.ID), u)
}

func (db *DB) writeChat(ctx context.Context, tx *sql.Tx, c *model.Chat) error {
	return db.writePaired(ctx, tx, `INSERT INTO paired_chat (id, at, body) VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET body = excluded.body`, int64(c.ID), c)
}

func (db *DB) writePaired(ctx context.Context, tx *sql.Tx, query string, id int64, who any) error {
	body, err := json.Marshal(who)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, query, id, ms(db.now()), string(body))
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
			`DELETE FROM failing WHERE chat = $2 AND $1 <> $2`,        // the new id has to say for itself
			`DELETE FROM pinned_message WHERE chat = $2 AND $1 <> $2`, // a supergroup gets a message of its own
			// If both ids are configured each has its own about an incident; they are one chat, which gets one.
			`DELETE FROM notification WHERE chat = $2 AND $1 <> $2 AND incident <> 0 AND EXISTS (SELECT 1 FROM card AS there WHERE there.chat = $1
				AND there.incident = notification.incident AND there.channel = notification.channel AND there.topic = notification.topic AND there.down = 1)`,
			`DELETE FROM notification WHERE chat = $2 AND $1 <> $2 AND incident = 0 AND EXISTS (SELECT 1 FROM notification AS there WHERE there.chat = $1
				AND there.kind = notification.kind AND there.channel = notification.channel AND there.topic = notification.topic
				AND there.created = notification.created AND there.snapshot = notification.snapshot)`,
			`UPDATE notification SET chat = $1 WHERE chat = $2`,
			`UPDATE fallback_copy SET chat = $1 WHERE chat = $2`,
			// A supergroup numbers its messages anew: the old ones cannot be edited, and their numbers belong to others.
			`UPDATE card SET message = COALESCE((SELECT there.message FROM card AS there WHERE there.chat = $1
				AND there.incident = card.incident AND there.channel = card.channel AND there.topic = card.topic), 0) WHERE chat = $2`,
			`UPDATE card SET delivered = COALESCE((SELECT CASE WHEN there.delivered > card.delivered THEN there.delivered ELSE card.delivered END
				FROM card AS there WHERE there.chat = $1 AND there.incident = card.incident AND there.channel = card.channel
				AND there.topic = card.topic), delivered) WHERE chat = $2`,
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
	return db.audited(ctx, "audit.add", entry, func(*sql.Tx) error { return nil })
}

// audited runs f and writes the audit entry about it, in one transaction. What is written is told to Options.Audited.
func (db *DB) audited(ctx context.Context, called string, entry model.AuditEntry, f func(tx *sql.Tx) error) error {
	err := db.tx(ctx, called, func(tx *sql.Tx) error {
		if err := f(tx); err != nil {
			return err
		}
		return writeAudit(ctx, tx, entry)
	})
	if err == nil {
		db.onAudit(entry)
	}
	return err
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
	_, err = tx.ExecContext(ctx, `INSERT INTO audit (id, at, update_id, body) VALUES ($1, $2, $3, $4)`,
		id, ms(entry.At), entry.Actor.Update, string(body))
	return err
}

// AuditSince returns the audit entries since a time, newest first, at most limit.
func (db *DB) AuditSince(ctx context.Context, since time.Time, limit int) ([]model.AuditEntry, error) {
	return bodies[model.AuditEntry](ctx, db.of("audit"), `SELECT body FROM audit WHERE at >= $1 ORDER BY id DESC LIMIT $2`, ms(since), limit)
}
