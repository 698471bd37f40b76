package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"opsbot/model"
	"opsbot/store"
)

// lastOfOldNames is the last schema with the names of the first versions.
const lastOfOldNames = 9

// renamed are the new names of tables and columns of the first versions.
var renamed = map[string]string{
	"telling": "notification", "detour": "fallback_copy", "telling.fact": "snapshot", "telling.lane": "queue", "dead_letter.buried": "dead_at",
	"dead_letter.telling": "notification", "report.telling": "notification", "detour.telling": "notification", "detour.told": "sent_to",
}

// today is the name of a table or column today.
func today(name string) string {
	if new, ok := renamed[name]; ok {
		return new
	}
	return name[strings.LastIndexByte(name, '.')+1:]
}

// oldTable is a table of an older schema.
type oldTable struct {
	name    string
	columns []string
}

// today is the same table with the names of today.
func (o oldTable) today() oldTable {
	new := oldTable{today(o.name), make([]string, len(o.columns))}
	for i, column := range o.columns {
		new.columns[i] = today(o.name + "." + column)
	}
	return new
}

// at is a database whose rows a test reads and writes itself.
type at struct {
	o      store.Options
	driver string
	open   *sql.DB // of one that many tests read
}

func (a at) raw(t *testing.T, f func(db *sql.DB)) {
	t.Helper()
	if a.open != nil {
		f(a.open)
		return
	}
	source := a.o.Path
	if a.o.DSN != "" {
		source = a.o.DSN
	}
	db, err := sql.Open(a.driver, source)
	ok(t, err)
	f(db)
	ok(t, db.Close())
}

// rows are all rows of some columns.
func (a at) rows(t *testing.T, table string, columns []string) (all [][]any) {
	t.Helper()
	a.raw(t, func(db *sql.DB) {
		r, err := db.QueryContext(t.Context(), `SELECT `+strings.Join(columns, ", ")+` FROM `+table)
		ok(t, err)
		defer func() { ok(t, r.Close()) }()
		for r.Next() {
			row, into := make([]any, len(columns)), make([]any, len(columns))
			for i := range row {
				into[i] = &row[i]
			}
			ok(t, r.Scan(into...))
			all = append(all, row)
		}
		ok(t, r.Err())
	})
	return all
}

// put puts rows in the place of those of a table.
func (a at) put(t *testing.T, table oldTable, rows [][]any) {
	t.Helper()
	a.raw(t, func(db *sql.DB) {
		tx, err := db.BeginTx(t.Context(), nil)
		ok(t, err)
		_, err = tx.ExecContext(t.Context(), `DELETE FROM `+table.name)
		ok(t, err)
		values := make([]string, len(table.columns))
		for i := range values {
			values[i] = fmt.Sprintf("$%d", i+1)
		}
		for _, row := range rows {
			_, err := tx.ExecContext(t.Context(), `INSERT INTO `+table.name+` (`+strings.Join(table.columns, ", ")+`) VALUES (`+strings.Join(values, ", ")+`)`, row...)
			ok(t, err)
		}
		ok(t, tx.Commit())
	})
}

// said are rows as text, in one order.
func said(rows [][]any) []string {
	all := make([]string, len(rows))
	for i, row := range rows {
		for _, value := range row {
			if bytes, is := value.([]byte); is {
				value = fmt.Sprintf("%x", bytes)
			}
			all[i] += fmt.Sprint(value) + "\x00"
		}
	}
	slices.Sort(all)
	return all
}

// hold opens it for all tests of a test.
func (a at) hold(t *testing.T) at {
	t.Helper()
	db, err := sql.Open(a.driver, a.o.Path)
	ok(t, err)
	t.Cleanup(func() { ok(t, db.Close()) })
	a.open = db
	return a
}

// tablesOf are the tables of a file.
func tablesOf(t *testing.T, path string) (all []oldTable) {
	t.Helper()
	for _, name := range tableNames(t, path) {
		all = append(all, oldTable{name, texts(t, path, `SELECT name FROM pragma_table_info($1)`, name)})
	}
	return all
}

// upgradesOfAll makes a database of each older schema, with rows in all of its tables, and opens it with today's: every row is there with its values,
// none is set aside, and it is used.
func upgradesOfAll(t *testing.T, empty func(t *testing.T, version int64, schema string) at) {
	t.Helper()
	scratch := store.Options{Path: filepath.Join(t.TempDir(), "versions.db"), Now: now}
	versions := must[[]int64](t)(store.Versions(t.Context(), scratch))
	// Rows come from a database that version 9 left behind, and from one that the code of today has filled.
	old, upgraded, filled := file(filepath.Join(t.TempDir(), "v9.db")), file(filepath.Join(t.TempDir(), "upgraded.db")), file(full(t))
	for _, a := range []at{old, upgraded} {
		fillOld(t, a, filled)
	}
	ok(t, open(t, upgraded.o).Close())
	old, upgraded, filled = old.hold(t), upgraded.hold(t), filled.hold(t)
	schema := filepath.Join(t.TempDir(), "schema.db")
	for _, version := range versions[:len(versions)-1] {
		ok(t, store.SchemaAt(t.Context(), store.Options{Path: schema, Now: now}, version))
		tables, a := tablesOf(t, schema), empty(t, version, schema)
		t.Run(fmt.Sprint(version), func(t *testing.T) {
			t.Parallel()
			donor, want := filled, filled
			if version <= lastOfOldNames {
				donor, want = old, upgraded
			}
			for _, table := range tables {
				rows := donor.rows(t, table.name, table.columns)
				if len(rows) == 0 {
					t.Fatalf("%s has no row to try", table.name)
				}
				a.put(t, table, rows)
			}
			aside := 0
			if slices.ContainsFunc(tables, func(table oldTable) bool { return table.name == "set_aside" }) {
				aside = len(filled.rows(t, "set_aside", []string{"id"}))
			}
			wantUsable(t, a.o, aside)
			for _, table := range tables {
				new := table.today()
				if is, was := said(a.rows(t, new.name, new.columns)), said(want.rows(t, new.name, new.columns)); !slices.Equal(is, was) {
					t.Errorf("%s:\nis  %s\nwas %s", new.name, strings.Join(is, "\n"), strings.Join(was, "\n"))
				}
			}
		})
	}
}

// wantUsable opens a database: its rows are read, and no more of them are set aside than were.
func wantUsable(t *testing.T, o store.Options, aside int) {
	t.Helper()
	db := open(t, o)
	defer func() { ok(t, db.Close()) }()
	m := must[model.Memory](t)(db.Load(t.Context()))
	if len(m.Open) == 0 || len(m.Checks) == 0 {
		t.Errorf("%d incidents and %d checks are read", len(m.Open), len(m.Checks))
	}
	db.InspectNow(context.WithoutCancel(t.Context()))
	counts, all := must[map[string]int](t)(db.SetAsideCounts(t.Context())), 0
	for _, n := range counts {
		all += n
	}
	if all != aside {
		t.Errorf("rows were set aside: %v, %d were before", counts, aside)
	}
}

func file(path string) at { return at{o: store.Options{Path: path, Now: now}, driver: "sqlite"} }

// fillOld makes a database of version 9 with a row in every table. Those that the old one left empty look the same today.
func fillOld(t *testing.T, a, filled at) {
	t.Helper()
	fill(t, a.o.Path, "testdata/v9.sql")
	for _, table := range tablesOf(t, a.o.Path) {
		if len(a.rows(t, table.name, table.columns)) == 0 {
			new := table.today()
			a.put(t, table, filled.rows(t, new.name, new.columns))
		}
	}
}

// TestADatabaseOfEachOlderVersionGoesOn upgrades a file of each older schema.
func TestADatabaseOfEachOlderVersionGoesOn(t *testing.T) {
	upgradesOfAll(t, func(t *testing.T, _ int64, schema string) at { return file(copied(t, schema)) })
}
