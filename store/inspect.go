package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"opsbot/model"
)

// suspects are tables in which a row could not be read, and rows whose reader knows better than the table's check.
type suspects struct {
	wake chan struct{}

	mu     sync.Mutex
	tables map[string]bool // "" is all of them
	rows   map[string]map[int64]string
}

func newSuspects() *suspects {
	return &suspects{wake: make(chan struct{}, 1), tables: map[string]bool{}, rows: map[string]map[int64]string{}}
}

// add has a table inspected soon.
func (s *suspects) add(table string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tables[table] = true
	s.poke()
}

// later has a table inspected when something else wakes the inspector.
func (s *suspects) later(table string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tables[table] = true
}

// addRow has a row set aside soon.
func (s *suspects) addRow(table string, id int64, why error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rows[table] == nil {
		s.rows[table] = map[int64]string{}
	}
	s.rows[table][id] = why.Error()
	s.poke()
}

func (s *suspects) poke() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// take returns what is suspected, and begins anew.
func (s *suspects) take() (names map[string]bool, rows map[string]map[int64]string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	names, rows = s.tables, s.rows
	s.tables, s.rows = map[string]bool{}, map[string]map[int64]string{}
	return names, rows
}

// The paces of inspections: of everything, and of a table in which a row could not be read, if the last one did not help.
const (
	inspectAll   = model.Day
	inspectAgain = time.Minute
)

// Inspect sets aside what cannot be read, until ctx ends: in all tables at once and every day, and in a table as soon as a reader
// found such a row. It calls found after each inspection: rows may have been set aside.
func (db *DB) Inspect(ctx context.Context, found func()) error {
	daily, again := time.NewTicker(inspectAll), time.NewTicker(inspectAgain)
	defer daily.Stop()
	defer again.Stop()
	in := newInspector(db)
	db.suspects.add("")
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-daily.C:
			db.suspects.add("")
		case <-again.C:
			clear(in.recent)
		case <-db.suspects.wake:
		}
		if in.run(ctx) {
			found()
		}
	}
}

// inspector inspects what is suspected.
type inspector struct {
	db     *DB
	recent map[string]bool // inspected in this minute
	empty  map[string]bool // the last inspection of them found nothing
}

func newInspector(db *DB) *inspector {
	return &inspector{db, map[string]bool{}, map[string]bool{}}
}

// run inspects what is suspected and was not inspected a moment ago; false if there was nothing to do.
func (i *inspector) run(ctx context.Context) (did bool) {
	names, rows := i.db.suspects.take()
	for name, ids := range rows {
		_, err := i.db.move(ctx, name, ids, true)
		i.db.inspected(name, err)
		did = true
	}
	for at := range tables {
		t := &tables[at]
		if !names[""] && !names[t.name] {
			continue
		}
		if i.recent[t.name] {
			i.db.suspects.later(t.name)
			continue
		}
		i.table(ctx, t, names[t.name])
		did = true
	}
	if names[""] || names["counter"] {
		i.db.faults.note(call{"settings", "counters", true}, i.db.countOn(ctx))
	}
	return did
}

// table inspects one table. One in which readers find a row again and again that the inspection lets pass is a fault.
func (i *inspector) table(ctx context.Context, t *table, suspected bool) {
	i.recent[t.name] = true
	n, err := i.db.inspect(ctx, t, false)
	missed := err == nil && n == 0 && suspected
	if missed && i.empty[t.name] {
		err = errNotFound
	}
	i.empty[t.name] = missed
	i.db.inspected(t.name, err)
}

// errNotFound is the fault of a table whose readers leave rows out that its inspection lets pass.
var errNotFound = errors.New("a row cannot be read, and was not found")

// inspected notes how an inspection went. That a row cannot be moved is noted by the move: reading works.
func (db *DB) inspected(name string, err error) {
	area := areaOf(name)
	switch {
	case model.CodeOf(err) == model.ErrStore:
		err = nil
	case errors.Is(err, errNotFound):
		area = "set_aside" // the other rows are read
	}
	db.faults.note(call{area: area, name: "inspect " + name}, err)
}

// inspectStart sets aside what would keep a start from reading the rest. What cannot be inspected is noted as a fault: if a start
// needs it, reading it says why.
func (db *DB) inspectStart(ctx context.Context) {
	for i := range tables {
		if t := &tables[i]; t.start != never {
			_, err := db.inspect(ctx, t, true)
			db.inspected(t.name, err)
		}
	}
	db.faults.note(call{"settings", "counters", true}, db.countOn(ctx))
}

// badAtOnce is how many rows are set aside in one transaction.
const badAtOnce = 500

// inspect reads a table, or what a start needs of it, and sets aside the rows that cannot be read. It returns how many.
func (db *DB) inspect(ctx context.Context, t *table, starting bool) (moved int, err error) {
	columns, err := db.columns(ctx, t.name)
	if err != nil {
		return 0, err
	}
	where := t.filter(columns, db.engine)
	if starting && t.start != "" {
		where = db.engine.unfinished(t.name, t.start)
	}
	for {
		bad, err := db.badRows(ctx, t, columns, where)
		n, failed := db.move(ctx, t.name, bad, false)
		moved += n
		if err = errors.Join(err, failed); err != nil || len(bad) < badAtOnce || n == 0 {
			return moved, err
		}
	}
}

// column is a column of the schema and the type of its values: integer, text or blob.
type column struct{ name, kind string }

// columns reads the schema of a table.
func (db *DB) columns(ctx context.Context, name string) ([]column, error) {
	r, err := db.write.QueryContext(ctx, db.engine.columns(), name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }() // r.Err has the relevant error
	var all []column
	for r.Next() {
		var c column
		if err := r.Scan(&c.name, &c.kind); err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, r.Err()
}

// filter selects the rows of a table that its check must see: of what is only filtered, those with a wrong type or an unknown value.
func (t *table) filter(columns []column, d dialect) string {
	if t.odd == "" {
		return "1 = 1"
	}
	wrong := []string{t.odd}
	for _, c := range columns {
		if odd := d.mistyped(c); odd != "" {
			wrong = append(wrong, odd)
		}
		if c.kind == "integer" {
			wrong = append(wrong, fmt.Sprintf("%s NOT BETWEEN %d AND %d", c.name, int64(-mostInteger), int64(mostInteger)))
		}
	}
	for _, name := range t.time {
		wrong = append(wrong, fmt.Sprintf("%s NOT BETWEEN %d AND %d", name, int64(earliest), int64(latest)))
	}
	return strings.Join(wrong, " OR ")
}

// badRows returns the first rows that cannot be read, by their place, and why. An error leaves those that were found before it.
func (db *DB) badRows(ctx context.Context, t *table, columns []column, where string) (bad map[int64]string, err error) {
	bad = map[int64]string{}
	r, err := db.read.QueryContext(ctx, `SELECT `+db.engine.rowID()+`, * FROM `+t.name+` WHERE `+where)
	if err != nil {
		return bad, err
	}
	defer func() { _ = r.Close() }() // r.Err has the relevant error
	for r.Next() && len(bad) < badAtOnce {
		id, values, err := scanRow(r, columns)
		if err != nil {
			return bad, err
		}
		if why := t.verdict(columns, values); why != nil {
			bad[id] = why.Error()
		}
	}
	return bad, r.Err()
}

// scanner is a row, or rows.
type scanner interface{ Scan(into ...any) error }

func scanRow(r scanner, columns []column) (id int64, values row, err error) {
	all := make([]any, len(columns))
	into := []any{&id}
	for i := range all {
		into = append(into, &all[i])
	}
	if err := r.Scan(into...); err != nil {
		return 0, nil, err
	}
	values = make(row, len(columns))
	for i, c := range columns {
		values[c.name] = all[i]
	}
	return id, values, nil
}

// verdict says why a row cannot be read; nil: it can.
func (t *table) verdict(columns []column, r row) error {
	for _, c := range columns {
		if err := c.holds(r[c.name]); err != nil {
			return err
		}
	}
	for _, name := range t.time {
		if at := r.number(name); at < earliest || at > latest {
			return fmt.Errorf("%s: %d is no moment", name, at)
		}
	}
	for _, name := range t.own {
		if n := r.number(name); n < 0 || n > mostNumber {
			return fmt.Errorf("%s: %d is no number of opsbot's", name, n)
		}
	}
	if t.check == nil {
		return nil
	}
	return t.check(r)
}

// holds reports why a value is none of the column's type.
func (c column) holds(v any) error {
	kind := "null"
	switch v := v.(type) {
	case int64:
		if kind = "integer"; v < -mostInteger || v > mostInteger {
			return fmt.Errorf("%s: %d is out of range", c.name, v)
		}
	case string:
		kind = "text"
	case []byte:
		kind = "blob"
	case float64:
		kind = "real"
	}
	if kind != c.kind {
		return fmt.Errorf("%s is %s, not %s", c.name, kind, c.kind)
	}
	return nil
}

// move sets rows aside in one transaction, and returns how many: those that still cannot be read, or all if their reader says so.
func (db *DB) move(ctx context.Context, name string, rows map[int64]string, sure bool) (moved int, err error) {
	t, known := tableOf(name)
	if len(rows) == 0 || !known {
		return 0, nil
	}
	columns, err := db.columns(ctx, name)
	if err != nil {
		return 0, err
	}
	var last map[string]int64
	if name == "counter" {
		if last, err = db.lastNumbers(ctx); err != nil {
			return 0, err
		}
	}
	err = db.tx(ctx, "set_aside.move", func(tx *txn) error {
		moved = 0
		for _, id := range slices.Sorted(maps.Keys(rows)) {
			was, err := db.moveRow(ctx, tx, &moving{t, columns, id, rows[id], sure})
			if err != nil {
				return err
			}
			moved += was
		}
		return countOn(ctx, tx, last)
	})
	if err != nil {
		moved = 0
	}
	return moved, err
}
