package store

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"opsbot/model"
)

// Commit writes a Change in one transaction, all of it or nothing, and returns the numbers assigned to c.Notifications,
// in their order. Only the past can be missing, transitions and audit entries, if the pages of their tables are damaged: no alert
// waits for these.
func (db *DB) Commit(ctx context.Context, c model.Change) (ids []int64, err error) {
	w := commit{without: map[string]bool{}}
	for range len(w.parts(&c)) + 1 {
		err = db.tx(ctx, "alerts.commit", func(tx *txn) error {
			if err := w.past(ctx, tx, &c); err != nil {
				return err
			}
			c, err := db.moved(ctx, tx, c)
			if err != nil {
				return err
			}
			ids, err = db.writeChange(ctx, tx, &c)
			return err
		})
		part, failed := errors.AsType[*partError](err)
		if !failed || !damaged(err) {
			break
		}
		w.without[part.name] = true // SQLite lets nothing be written behind damage: the transaction begins anew
		db.wrote(part.name, part.error)
	}
	if err == nil {
		for _, part := range w.parts(&c) {
			if !w.without[part.name] && part.length > 0 {
				db.wrote(part.name, nil)
			}
		}
		for _, entry := range c.Audit {
			db.onAudit(entry)
		}
	}
	return ids, err
}

// commit is one Change on its way, without the parts whose tables are damaged.
type commit struct{ without map[string]bool }

// commitPart is a part of a Change that the rest can do without.
type commitPart struct {
	name   string // of the call
	length int
	write  func(ctx context.Context, tx *txn) error
}

// partError is the error of such a part.
type partError struct {
	name string
	error
}

func (e *partError) Unwrap() error { return e.error }

func (*commit) parts(c *model.Change) []commitPart {
	return []commitPart{
		{"history.transitions", len(c.Transitions), func(ctx context.Context, tx *txn) error { return writeTransitions(ctx, tx, c.Transitions) }},
		{"audit.commit", len(c.Audit), func(ctx context.Context, tx *txn) error { return writeAudits(ctx, tx, c.Audit) }},
	}
}

// past writes the parts that the rest can do without.
func (w *commit) past(ctx context.Context, tx *txn, c *model.Change) error {
	for _, part := range w.parts(c) {
		if part.length == 0 || w.without[part.name] {
			continue
		}
		if err := part.write(ctx, tx); err != nil {
			return &partError{part.name, err}
		}
	}
	return nil
}

// writeChange writes what no alert can do without.
func (db *DB) writeChange(ctx context.Context, tx *txn, c *model.Change) (ids []int64, err error) {
	for _, write := range []func() error{
		func() error { return writeChecks(ctx, tx, *c) },
		func() error { return writeIncidents(ctx, tx, c.Incidents) },
		func() error { return writeEvents(ctx, tx, c.Events) },
		func() error { return writeCards(ctx, tx, c.Cards) },
		func() error { return writeMutes(ctx, tx, c.Mutes) },
		func() error { return dropNotifications(ctx, tx, c.Drop) },
		func() error { return writeDaily(ctx, tx, c.Daily) },
		func() error { return writeReported(ctx, tx, c.Reported) },
		func() error { return writeReaderNumbers(ctx, tx, c.Numbers) },
		func() error { return db.writeEscalations(ctx, tx, c.Escalations) },
		func() error { return stopPages(ctx, tx, c.Stopped) },
	} {
		if err := write(); err != nil {
			return nil, err
		}
	}
	return writeNotifications(ctx, tx, c.Notifications)
}

func dropNotifications(ctx context.Context, tx *txn, ids []int64) error {
	return deleteKeys(ctx, tx, `DELETE FROM notification WHERE id`, numberKeys(ids))
}

func writeDaily(ctx context.Context, tx *txn, at time.Time) error {
	if at.IsZero() {
		return nil
	}
	return writeSetting(ctx, tx, dailySetting, at.UTC().Format(time.RFC3339Nano))
}

// moved returns a change with the new ids of migrated chats: its author may not know them yet, and an edit of a card that
// is gone is dropped.
func (db *DB) moved(ctx context.Context, tx *txn, c model.Change) (model.Change, error) {
	if len(c.Notifications)+len(c.Cards) == 0 {
		return c, nil
	}
	moves, err := mapSetting[model.ChatID](ctx, db.within(tx, "setting"), movesSetting)
	if err != nil || len(moves) == 0 {
		return c, err
	}
	follow := func(to *model.Destination) {
		if id, ok := moves[to.Chat]; ok {
			to.Chat = id
		}
	}
	c.Notifications, c.Cards = slices.Clone(c.Notifications), slices.Clone(c.Cards)
	for i := range c.Notifications {
		follow(&c.Notifications[i].To)
	}
	for i := range c.Cards {
		follow(&c.Cards[i].To)
	}
	return c, nil
}

func writeChecks(ctx context.Context, tx *txn, c model.Change) error {
	ids := slices.Sorted(maps.Keys(c.Checks)) // neighbours share pages, and each page that a commit touches is written
	err := insert(ctx, tx, insertion{`INSERT INTO check_state (id, body)`, 2, 1, `ON CONFLICT (id) DO UPDATE SET body = excluded.body`}, ids,
		func(id model.CheckID) ([]any, error) {
			body, err := json.Marshal(c.Checks[id])
			return []any{string(id), string(body)}, err
		})
	if err != nil {
		return err
	}
	return deleteKeys(ctx, tx, `DELETE FROM check_state WHERE id`, textKeys(c.Forget))
}

func writeIncidents(ctx context.Context, tx *txn, all []model.Incident) error {
	return insert(ctx, tx, insertion{
		`INSERT INTO incident (id, key, opened_at, closed_at, body)`, 5, 1,
		`ON CONFLICT (id) DO UPDATE SET opened_at = excluded.opened_at, closed_at = excluded.closed_at, body = excluded.body`,
	}, all,
		func(in model.Incident) ([]any, error) {
			body, err := json.Marshal(in)
			return []any{int64(in.ID), in.Key(), ms(in.OpenedAt), ms(in.ClosedAt), string(body)}, err
		})
}

func writeCards(ctx context.Context, tx *txn, all []model.Card) error {
	return insert(ctx, tx, insertion{`INSERT INTO card (` + cardColumns + `)`, 11, 4, `ON CONFLICT (incident, channel, chat, topic)
		DO UPDATE SET down = excluded.down, severity = excluded.severity,
		reminded = excluded.reminded, named = excluded.named, notified_at = excluded.notified_at, raised_at = excluded.raised_at,
		message = CASE WHEN excluded.message = 0 THEN card.message ELSE excluded.message END`}, all, cardValues)
}

func cardValues(c model.Card) ([]any, error) {
	named := ""
	if c.Named != nil {
		text, err := json.Marshal(c.Named)
		if err != nil {
			return nil, err
		}
		named = string(text)
	}
	return []any{
		int64(c.Incident), channelOf(c.To), int64(c.To.Chat), c.To.Topic, c.Message, flag(c.Down), c.Severity.String(), c.Reminded,
		named, ms(c.NotifiedAt), ms(c.RaisedAt),
	}, nil
}

func writeMutes(ctx context.Context, tx *txn, all []model.Mute) error {
	return insert(ctx, tx, insertion{
		`INSERT INTO mute (id, chat, ended_at, body)`, 4, 1,
		`ON CONFLICT (id) DO UPDATE SET chat = excluded.chat, ended_at = excluded.ended_at, body = excluded.body`,
	}, all,
		func(m model.Mute) ([]any, error) {
			body, err := json.Marshal(m)
			return []any{int64(m.ID), int64(m.Chat), ms(m.EndedAt), string(body)}, err
		})
}

// writeNotifications gives notifications their numbers, in their order, and stores them. An edit that was never tried replaces the
// earlier one of its card.
func writeNotifications(ctx context.Context, tx *txn, all []model.Notification) ([]int64, error) {
	if len(all) == 0 {
		return nil, nil
	}
	last, err := count(ctx, tx, "notification", len(all))
	if err != nil {
		return nil, err
	}
	ids, numbered := make([]int64, len(all)), slices.Clone(all)
	for i := range numbered {
		ids[i] = last - int64(len(all)-1-i)
		numbered[i].ID = ids[i]
	}
	return ids, storeNotifications(ctx, tx, numbered)
}

// storeNotifications stores notifications that have their numbers.
func storeNotifications(ctx context.Context, tx *txn, all []model.Notification) error {
	edits := lastEdits(all)
	if err := dropEdits(ctx, tx, edits); err != nil {
		return err
	}
	kept := slices.DeleteFunc(slices.Clone(all), func(n model.Notification) bool {
		return n.Kind == model.NotifyUpdated && edits[cardOf(&n)] != n.ID
	})
	err := insert(ctx, tx, insertion{`INSERT INTO notification (` + notificationColumns + `, queue)`, 16, 0, ""}, kept, notificationValues)
	if err != nil {
		return err
	}
	for i := range kept {
		if report := kept[i].Snapshot.Report; report != nil && report.Parts != nil {
			if err := writeReport(ctx, tx, kept[i].ID, report.Parts); err != nil {
				return err
			}
		}
	}
	return nil
}

// cardKey is what there is one card of, and at most one edit that was never tried.
type cardKey struct {
	incident model.IncidentID
	to       model.Destination
}

func cardOf(n *model.Notification) cardKey { return cardKey{n.Incident, n.To} }

// lastEdits are the numbers of the last edit of each card.
func lastEdits(all []model.Notification) map[cardKey]int64 {
	edits := map[cardKey]int64{}
	for i := range all {
		if all[i].Kind == model.NotifyUpdated {
			edits[cardOf(&all[i])] = all[i].ID
		}
	}
	return edits
}

// dropEdits deletes stored edits that newer ones replace.
func dropEdits(ctx context.Context, tx *txn, edits map[cardKey]int64) error {
	keys := slices.SortedFunc(maps.Keys(edits), func(a, b cardKey) int { return cmp.Compare(edits[a], edits[b]) })
	for some := range slices.Chunk(keys, editsAtOnce) {
		cards, args := make([]string, len(some)), make([]any, 0, 4*len(some))
		for i, key := range some {
			n := len(args)
			cards[i] = fmt.Sprintf("incident = $%d AND channel = $%d AND chat = $%d AND topic = $%d", n+1, n+2, n+3, n+4)
			args = append(args, int64(key.incident), channelOf(key.to), int64(key.to.Chat), key.to.Topic)
		}
		err := tx.write(ctx, `DELETE FROM notification WHERE kind = '`+string(model.NotifyUpdated)+`' AND attempts = 0
			AND (`+strings.Join(cards, " OR ")+`)`, args...)
		if err != nil {
			return err
		}
	}
	return nil
}

// editsAtOnce bounds the alternatives of one condition: SQLite takes a depth of 1000.
const editsAtOnce = 100

func notificationValues(t model.Notification) ([]any, error) {
	snapshot, err := json.Marshal(t.Snapshot)
	return []any{
		t.ID, string(t.Kind), int64(t.Incident), channelOf(t.To), int64(t.To.Chat), t.To.Topic, t.Severity.String(),
		flag(t.Silent), ms(t.Created), ms(t.NotBefore), ms(t.RetryAt), t.Attempts, 0, flag(t.Repeat), string(snapshot), t.Queue(),
	}, err
}

// count raises a counter by n and returns its new value: the last of n new numbers. A broken counter is an error, and repaired soon.
func count(ctx context.Context, tx *txn, name string, n int) (last int64, err error) {
	err = tx.QueryRowContext(ctx, `UPDATE counter SET value = value + $1 WHERE name = $2 AND value BETWEEN 0 AND $3 RETURNING value`, n, name, int64(mostNumber)).Scan(&last)
	return last, err
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}
