package store

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"opsbot/model"
)

// The bounds of what is set aside: rows, the oldest go first, and bytes of one column and of a reason.
const (
	mostSetAside = 2000
	mostColumn   = 64 << 10
	mostWhy      = 300
)

// moving is a row on its way to set_aside.
type moving struct {
	table   table
	columns []column
	id      int64
	why     string
	sure    bool // its table's check is not asked
}

// moveRow sets one row aside; 0: it is gone, or can be read by now.
func (db *DB) moveRow(ctx context.Context, tx *txn, m *moving) (int, error) {
	_, values, err := scanRow(tx.QueryRowContext(ctx, `SELECT `+db.engine.rowID()+`, * FROM `+m.table.name+` WHERE `+db.engine.atRowID(), m.id), m.columns)
	if errors.Is(err, sql.ErrNoRows) || err == nil && !m.sure && m.table.verdict(m.columns, values) == nil {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	body, err := json.Marshal(readable(values))
	if err != nil {
		return 0, err
	}
	err = tx.write(ctx, `INSERT INTO set_aside (id, table_name, row_key, at, noticed, why, columns)
		VALUES ((SELECT COALESCE(CAST(MAX(id) AS bigint), 0) + 1 FROM set_aside WHERE id <= $1), $2, $3, $4, 0, $5, $6)`,
		int64(mostNumber), m.table.name, m.table.keyOf(values), ms(db.now()), cut(m.why, mostWhy), string(body))
	if err != nil {
		return 0, err
	}
	if err := tx.write(ctx, `DELETE FROM `+m.table.name+` WHERE `+db.engine.atRowID(), m.id); err != nil {
		return 0, err
	}
	err = tx.write(ctx, `DELETE FROM set_aside WHERE id BETWEEN 0 AND (SELECT MAX(id) FROM set_aside WHERE id <= $1) - $2`, int64(mostNumber), mostSetAside)
	return 1, err
}

// keyOf is what a row is found by, in words.
func (t *table) keyOf(r row) string {
	words := make([]string, len(t.key))
	for i, name := range t.key {
		words[i] = cut(strings.ToValidUTF8(fmt.Sprint(r[name]), "?"), mostWhy)
	}
	return strings.Join(words, " ")
}

func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "")
}

// readable are the columns of a row as JSON can hold them: whole, unless one is too large.
func readable(r row) map[string]any {
	all := make(map[string]any, len(r))
	for name, v := range r {
		switch v := v.(type) {
		case string:
			all[name] = readableText(v)
		case []byte:
			all[name] = map[string]any{"base64": base64.StdEncoding.EncodeToString(v[:min(len(v), mostColumn)]), "bytes": len(v)}
		case float64:
			all[name] = map[string]any{"real": fmt.Sprint(v)}
		default:
			all[name] = v
		}
	}
	return all
}

func readableText(text string) any {
	switch {
	case !utf8.ValidString(text):
		return readable(row{"text": []byte(text)})["text"]
	case len(text) > mostColumn:
		return map[string]any{"text": cut(text, mostColumn), "bytes": len(text)}
	default:
		return text
	}
}

// SetAside returns the last rows that were set aside, the newest first.
func (db *DB) SetAside(ctx context.Context, limit int) ([]model.SetAsideRow, error) {
	return rows(ctx, db.of("set_aside"), func(r *sql.Rows) (v model.SetAsideRow, err error) {
		var at int64
		var columns string
		if err := r.Scan(&v.ID, &v.Table, &v.Key, &at, &v.Why, &columns); err != nil {
			return v, err
		}
		v.At, v.Area = moment(at), areaOf(v.Table)
		return v, json.Unmarshal([]byte(columns), &v.Columns)
	}, `SELECT id, table_name, row_key, at, why, columns FROM set_aside ORDER BY id DESC LIMIT $1`, limit)
}

// SetAsideCounts returns how many rows are set aside, by table.
func (db *DB) SetAsideCounts(ctx context.Context) (map[string]int, error) {
	return db.countAside(ctx, `SELECT table_name, COUNT(*) FROM set_aside GROUP BY table_name`)
}

// UnnoticedAside returns how many rows were set aside of which nobody was notified, by table, and the number of the last one.
func (db *DB) UnnoticedAside(ctx context.Context) (counts map[string]int, last int64, err error) {
	if _, err := db.of("set_aside").one(ctx, `SELECT COALESCE(CAST(MAX(id) AS bigint), 0) FROM set_aside WHERE noticed = 0`, nil, &last); err != nil {
		return nil, 0, err
	}
	counts, err = db.countAside(ctx, `SELECT table_name, COUNT(*) FROM set_aside WHERE noticed = 0 AND id <= $1 GROUP BY table_name`, last)
	return counts, last, err
}

func (db *DB) countAside(ctx context.Context, query string, args ...any) (map[string]int, error) {
	all := map[string]int{}
	_, err := rows(ctx, db.of("set_aside"), func(r *sql.Rows) (none struct{}, err error) {
		var name string
		var n int
		if err = r.Scan(&name, &n); err == nil {
			all[name] = n
		}
		return none, err
	}, query, args...)
	return all, err
}

// NoticeAside adds notifications of the rows that were set aside, up to a number, in one transaction with the note that it did.
func (db *DB) NoticeAside(ctx context.Context, last int64, notices []model.Notification) error {
	return db.tx(ctx, "set_aside.notice", func(tx *txn) error {
		if err := tx.write(ctx, `UPDATE set_aside SET noticed = 1 WHERE id <= $1 AND noticed = 0`, last); err != nil {
			return err
		}
		_, err := writeNotifications(ctx, tx, notices)
		return err
	})
}

// DropAside deletes rows that were set aside, and writes an audit entry; no ids: all of them. It returns how many there were.
func (db *DB) DropAside(ctx context.Context, ids []int64, audit model.AuditEntry) (n int, err error) {
	err = db.audited(ctx, "set_aside.drop", audit, func(tx *txn) error {
		n = 0
		query := `DELETE FROM set_aside WHERE id = $1`
		if len(ids) == 0 {
			query, ids = `DELETE FROM set_aside WHERE id >= $1`, []int64{0}
		}
		for _, id := range ids {
			gone, err := deleted(ctx, tx, query, id)
			if err != nil {
				return err
			}
			n += gone
		}
		return nil
	})
	return n, err
}
