package app_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"opsbot/cli/control"
	"opsbot/sandbox"
	"opsbot/sandbox/fleet"
	"opsbot/store"
	"opsbot/texts"
)

// TestEveryAreaOfTheStoreHasWords asks for the words of what can fail, and of what can be set aside.
func TestEveryAreaOfTheStoreHasWords(t *testing.T) {
	catalog, err := texts.Load()
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, area := range store.Areas {
		ids = append(ids, "store.doing."+area+".read", "store.doing."+area+".write", "store.else."+area)
	}
	for _, table := range store.Tables() {
		ids = append(ids, "store.rows."+table, "store.effect."+store.AreaOf(table))
	}
	for _, lang := range texts.Languages() {
		for _, id := range ids {
			if !catalog.For(lang).Has(id) {
				t.Errorf("%s: no words for %s", lang, id)
			}
		}
	}
}

// rowsAreWhole inspects the database of a product that is stopped: what opsbot writes itself is never set aside.
func (p *product) rowsAreWhole() {
	p.t.Helper()
	db, err := store.Open(context.Background(), store.Options{Path: p.database(), Now: time.Now})
	if err != nil {
		p.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	if err := db.Inspect(ctx, cancel); err != nil {
		p.t.Error(err)
	}
	rows, err := db.SetAside(context.Background(), 9)
	for _, r := range rows {
		p.t.Errorf("a whole row was set aside: %s %s: %s\n%v", r.Table, r.Key, r.Why, r.Columns)
	}
	if err != nil {
		p.t.Error(err)
	}
	if err := db.Close(); err != nil {
		p.t.Error(err)
	}
}

// raw runs f on the database of a product that is stopped.
func (p *product) raw(f func(db *sql.DB)) {
	p.t.Helper()
	db, err := sql.Open("sqlite", p.database())
	if err != nil {
		p.t.Fatal(err)
	}
	f(db)
	if err := db.Close(); err != nil {
		p.t.Fatal(err)
	}
}

// database is the file of the product's database.
func (p *product) database() string {
	p.t.Helper()
	found, err := filepath.Glob(filepath.Join(p.dir, "*.db"))
	if err != nil || len(found) != 1 {
		p.t.Fatalf("databases: %v %v", found, err)
	}
	return found[0]
}

func (p *product) exec(db *sql.DB, query string, args ...any) {
	p.t.Helper()
	if _, err := db.ExecContext(context.Background(), query, args...); err != nil {
		p.t.Fatalf("%s: %v", query, err)
	}
}

// brokenRow puts a row into a table whose every column holds something else than it should.
func (p *product) brokenRow(db *sql.DB, table string, values map[string]any) {
	p.t.Helper()
	var kinds string
	err := db.QueryRowContext(context.Background(), `SELECT group_concat(type) FROM (SELECT lower(type) AS type FROM pragma_table_info($1) ORDER BY cid)`, table).Scan(&kinds)
	if err != nil {
		p.t.Fatal(err)
	}
	var args []any
	var places []string
	for kind := range strings.SplitSeq(kinds, ",") {
		args = append(args, values[kind])
		places = append(places, fmt.Sprintf("$%d", len(args)))
	}
	p.exec(db, `INSERT INTO `+table+` VALUES (`+strings.Join(places, ", ")+`)`, args...)
}

// TestBrokenRowsInEveryTable starts the product on a database with a broken row in each table, of several kinds, while an incident is open:
// the incident goes on, new alerts are sent, and the admins are told once what was set aside.
func TestBrokenRowsInEveryTable(t *testing.T) {
	inAFile(t)
	t.Parallel()
	for name, values := range map[string]map[string]any{
		"words":   {"bigint": "abc", "text": "no_such", "bytea": "text"},
		"numbers": {"bigint": int64(1) << 62, "text": `{"cut`, "bytea": 1.5},
		"bytes":   {"bigint": []byte{1}, "text": []byte{0xff}, "bytea": int64(7)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newWorld(t).start()
			p.settled()
			p.set("web1", fleet.Killed)
			card := p.message(sandbox.OpsChat, 0, "web1", "refuses connections")
			p.stop()
			p.damaged = true
			p.raw(func(db *sql.DB) {
				for _, table := range store.Tables() {
					p.brokenRow(db, table, values)
				}
				p.exec(db, `UPDATE counter SET value = 'abc' WHERE name = 'notification'`)
			})
			p.start()
			p.message(sandbox.OpsChat, card.ID, "Damaged data in opsbot's database was set aside", "1 waiting message, 1 incident, 1 card of an incident", "and ", "Nobody got them", "opsbot set-aside list")
			p.set("web1", fleet.OK)
			end := p.message(sandbox.OpsChat, card.ID, "web1", "works again")
			if end.ReplyTo != card.ID {
				t.Errorf("the end answers message %d, the card is %d", end.ReplyTo, card.ID)
			}
			p.set("web2", fleet.Killed)
			p.message(sandbox.OpsChat, end.ID, "web2", "refuses connections")
			p.answered("/status", "damaged, set aside:", "1 waiting message")
			p.asideByTheSocket()
			p.stop()
			p.start()
			p.answered("/status", "web2")
			if n := strings.Count(p.chat(sandbox.OpsChat), "Damaged data"); n != 1 {
				t.Errorf("the admins were told %d times:\n%s", n, p.chat(sandbox.OpsChat))
			}
		})
	}
}

// asideByTheSocket lists the rows on the command line, and drops them.
func (p *product) asideByTheSocket() {
	p.t.Helper()
	client := control.New(filepath.Join(p.dir, "opsbot.sock"), "en")
	answer, err := client.SetAside(p.t.Context())
	if err != nil || !strings.Contains(answer.Text, "notification") || !strings.Contains(answer.Text, "could not be read") {
		p.t.Errorf("%v: %s", err, answer.Text)
	}
	if answer, err = client.DropSetAside(p.t.Context(), []string{"all"}); err != nil || !strings.Contains(answer.Text, "rows dropped") {
		p.t.Errorf("%v: %s", err, answer.Text)
	}
	if answer, err = client.SetAside(p.t.Context()); err != nil || !strings.Contains(answer.Text, "Nothing is set aside") {
		p.t.Errorf("%v: %s", err, answer.Text)
	}
}
