package store

import (
	"context"
	"encoding/json"

	"opsbot/model"
)

// notifiedSetting is what people were told of on-call duty.
const notifiedSetting = "oncall.notified"

// ShiftsNotified returns what people were told last, by schedule.
func (db *DB) ShiftsNotified(ctx context.Context) (map[string]model.ShiftsNotified, error) {
	found, err := bodies[map[string]model.ShiftsNotified](ctx, db.of("setting"), `SELECT value FROM setting WHERE name = $1`, notifiedSetting)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}

// ChangeDuty stores a change of on-call duty with what people are told of it, and returns it with its numbers.
func (db *DB) ChangeDuty(ctx context.Context, c model.DutyChange) (model.DutyChange, error) {
	err := db.tx(ctx, "oncall.duty", func(tx *txn) error {
		var err error
		c, err = writeDuty(ctx, tx, c)
		return err
	})
	if err == nil {
		for _, entry := range c.Audit {
			db.onAudit(entry)
		}
	}
	return c, err
}

// writeDuty writes a copy: a transaction may be tried again.
func writeDuty(ctx context.Context, tx *txn, c model.DutyChange) (model.DutyChange, error) {
	var err error
	if c.Override != nil {
		o := *c.Override
		if err = numberOverride(ctx, tx, &o); err != nil {
			return c, err
		}
		c.Override = &o
	}
	if c.Cover != nil {
		cover := *c.Cover
		if c.Override != nil {
			cover.Override = c.Override.ID
		}
		if err = writeCover(ctx, tx, &cover); err != nil {
			return c, err
		}
		c.Cover = &cover
		c.Notifications = about(c.Notifications, &cover)
	}
	if c.Notified != nil {
		body, err := json.Marshal(c.Notified)
		if err != nil {
			return c, err
		}
		if err := writeSetting(ctx, tx, notifiedSetting, string(body)); err != nil {
			return c, err
		}
	}
	if err := writeAudits(ctx, tx, c.Audit); err != nil {
		return c, err
	}
	_, err = writeNotifications(ctx, tx, c.Notifications)
	return c, err
}

// about gives notifications about a cover its number.
func about(all []model.Notification, cover *model.Cover) []model.Notification {
	numbered := make([]model.Notification, len(all))
	for i, n := range all {
		if n.Snapshot.Cover != nil {
			news := *n.Snapshot.Cover
			news.Cover.ID, news.Cover.Override = cover.ID, cover.Override
			n.Snapshot.Cover = &news
		}
		numbered[i] = n
	}
	return numbered
}

func writeCover(ctx context.Context, tx *txn, c *model.Cover) (err error) {
	if c.ID == 0 {
		if c.ID, err = count(ctx, tx, "oncall_cover", 1); err != nil {
			return err
		}
	}
	body, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return tx.write(ctx, `INSERT INTO oncall_cover (id, to_at, body) VALUES ($1, $2, $3)
		ON CONFLICT (id) DO UPDATE SET to_at = excluded.to_at, body = excluded.body`, c.ID, ms(c.To), string(body))
}

// Covers returns the covers that are kept, by number.
func (db *DB) Covers(ctx context.Context) ([]model.Cover, error) {
	return bodies[model.Cover](ctx, db.of("oncall_cover"), `SELECT body FROM oncall_cover ORDER BY id`)
}

// CalendarLinks returns the secret addresses of calendars, by person.
func (db *DB) CalendarLinks(ctx context.Context) ([]model.CalendarLink, error) {
	return bodies[model.CalendarLink](ctx, db.of("oncall_link"), `SELECT body FROM oncall_link ORDER BY person`)
}

// SetCalendarLink stores the secret address of a person's calendar in place of the one before, with the audit entry about it.
func (db *DB) SetCalendarLink(ctx context.Context, l model.CalendarLink, entry model.AuditEntry) error {
	body, err := json.Marshal(l)
	if err != nil {
		return err
	}
	return db.audited(ctx, "oncall.link", entry, func(tx *txn) error {
		return tx.write(ctx, `INSERT INTO oncall_link (person, body) VALUES ($1, $2)
			ON CONFLICT (person) DO UPDATE SET body = excluded.body`, l.Person, string(body))
	})
}

// DropCalendarLink forgets the secret address of a person's calendar, with the audit entry about it.
func (db *DB) DropCalendarLink(ctx context.Context, person string, entry model.AuditEntry) error {
	return db.audited(ctx, "oncall.link", entry, func(tx *txn) error {
		return tx.write(ctx, `DELETE FROM oncall_link WHERE person = $1`, person)
	})
}

// KeptCalendars returns the calendars that were fetched.
func (db *DB) KeptCalendars(ctx context.Context) ([]model.KeptCalendar, error) {
	return bodies[model.KeptCalendar](ctx, db.of("oncall_calendar"), `SELECT body FROM oncall_calendar ORDER BY key`)
}

// KeepCalendar stores a calendar that was fetched in place of the one before.
func (db *DB) KeepCalendar(ctx context.Context, c model.KeptCalendar) error {
	body, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return db.run(ctx, "oncall.calendar", `INSERT INTO oncall_calendar (key, at, body) VALUES ($1, $2, $3)
		ON CONFLICT (key) DO UPDATE SET at = excluded.at, body = excluded.body`, c.Key, ms(c.At), string(body))
}
