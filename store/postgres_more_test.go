//go:build integration

package store_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/store"
	"opsbot/test/postgres"
)

// TestIntegrationTwoWriters has two programs write to one database at once: no number is given twice, and nothing is lost.
func TestIntegrationTwoWriters(t *testing.T) {
	server := startPostgres(t)
	dsn := must[string](t)(server.Create(t.Context(), "two"))
	one := open(t, store.Options{DSN: dsn})
	two := open(t, store.Options{DSN: dsn})
	const each = 30
	var all sync.WaitGroup
	for _, db := range []*store.DB{one, two} {
		all.Go(func() {
			for i := range each {
				n := model.Notification{Kind: model.NotifyNotice, To: second, Created: now(), Incident: model.IncidentID(i)}
				if _, err := db.Commit(t.Context(), model.Change{Notifications: []model.Notification{n, n}, Audit: []model.AuditEntry{{At: now()}}}); err != nil {
					t.Error(err)
				}
				if err := db.SaveHeartbeat(t.Context(), model.CheckID(fmt.Sprint(i)), model.HeartbeatCall{At: now()}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	ids := map[int64]bool{}
	for _, n := range must[[]model.Notification](t)(one.Waiting(t.Context(), 999)) {
		ids[n.ID] = true
	}
	if len(ids) != 4*each {
		t.Errorf("%d notifications of %d", len(ids), 4*each)
	}
	if n := len(must[[]model.AuditEntry](t)(two.AuditSince(t.Context(), time.Time{}, 999))); n != 2*each {
		t.Errorf("%d audit entries of %d", n, 2*each)
	}
}

// TestIntegrationCopy copies a database with rows in every table to a server and from there to a file: what is stored is the same.
func TestIntegrationCopy(t *testing.T) {
	server := startPostgres(t)
	file := store.Options{Path: full(t), Now: now}
	on := store.Options{DSN: must[string](t)(server.Create(t.Context(), "copied")), Now: now}
	back := store.Options{Path: filepath.Join(t.TempDir(), "back.db"), Now: now}
	there, err := store.Copy(t.Context(), file, on)
	ok(t, err)
	home, err := store.Copy(t.Context(), on, back)
	ok(t, err)
	if !slices.Equal(there, home) || len(there) != len(store.Tables())-1 {
		t.Errorf("there %v, back %v", there, home)
	}
	for _, table := range there {
		if want, got := dump(t, file.Path, table.Name), dump(t, back.Path, table.Name); !slices.Equal(want, got) || int64(len(want)) != table.Rows || table.Rows < 2 {
			t.Errorf("%s:\nwas %v\nis  %v", table.Name, want, got)
		}
	}

	if _, err := store.Copy(t.Context(), file, on); model.CodeOf(err) != model.ErrDatabaseFilled {
		t.Errorf("into one that is not empty: %v", err)
	}
	if _, err := store.Copy(t.Context(), file, back); model.CodeOf(err) != model.ErrDatabaseFilled {
		t.Errorf("into a file that is not empty: %v", err)
	}
	empty := store.Options{DSN: must[string](t)(server.Create(t.Context(), "nothing")), Now: now}
	running := open(t, store.Options{Path: file.Path})
	if _, err := store.Copy(t.Context(), file, empty); err == nil || !strings.Contains(err.Error(), "another opsbot is using it") {
		t.Errorf("while a bot runs on the file: %v", err)
	}
	ok(t, running.Close())
	open(t, on)
	if _, err := store.Copy(t.Context(), on, store.Options{Path: filepath.Join(t.TempDir(), "x.db"), Now: now}); err == nil || !strings.Contains(err.Error(), "another opsbot is using it") {
		t.Errorf("while a bot runs on the server: %v", err)
	}
}

// dump returns the rows of a table as text, sorted.
func dump(t *testing.T, path, table string) []string {
	t.Helper()
	columns := texts(t, path, `SELECT group_concat('quote(' || name || ')', '||'',''||') FROM pragma_table_info($1)`, table)
	all := texts(t, path, `SELECT `+columns[0]+` FROM `+table)
	slices.Sort(all)
	return all
}

// TestIntegrationWordsOfPostgres asks for what a server refuses: each is said in words with what to do, and without the password.
func TestIntegrationWordsOfPostgres(t *testing.T) {
	server := startPostgres(t)
	dsn := must[string](t)(server.Create(t.Context(), "words"))
	other := must[string](t)(server.Create(t.Context(), "locked"))
	for _, sql := range []string{
		"CREATE ROLE nobody LOGIN", "CREATE ROLE away NOLOGIN", "ALTER DATABASE locked CONNECTION LIMIT 0",
		"CREATE ROLE reader LOGIN", "ALTER ROLE reader SET default_transaction_read_only = on",
	} {
		ok(t, server.Exec(t.Context(), sql))
	}
	cases := map[string]string{
		server.DSN("away", "words"):     "the database server refuses the user or the password",
		server.DSN("opsbot", "nowhere"): "the server has no such database",
		server.DSN("nobody", "words"):   "the user may not do this in the database",
		server.DSN("reader", "words"):   "the server is a read-only replica",
		other:                           "the database server has no connection left",
		"host=127.0.0.1 port=1 user=x dbname=x password=s3cret": "the database server cannot be reached",
	}
	for dsn, want := range cases {
		_, err := store.Open(t.Context(), store.Options{DSN: dsn, Now: now})
		e, isOurs := errors.AsType[*model.Error](err)
		if !isOurs || e.Code != model.ErrDatabaseServer || e.Args["what"] != want || strings.Contains(fmt.Sprint(e.Args), "s3cret") {
			t.Errorf("%s: %v, want %q", dsn, err, want)
		}
	}
	if _, err := store.Open(t.Context(), store.Options{DSN: "postgres://u:s3cret%@h/d", Now: now}); model.CodeOf(err) != model.ErrDatabaseDSN || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("%v", err)
	}
	ok(t, postgres.Exec(t.Context(), server.Boss(), "SELECT 1"))
	db := open(t, store.Options{DSN: dsn})
	ok(t, server.Down(t.Context()))
	ctx, cancel := context.WithTimeout(t.Context(), time.Second) // the COMMIT may have been on its way: it would wait for the server
	defer cancel()
	if err := db.SetSetting(ctx, "x", "y"); err == nil || len(db.Faults()) != 1 || !slices.Contains(
		[]string{"the database server cannot be reached", "the connection to the database server was lost"}, db.Faults()[0].What) {
		t.Errorf("%v, %+v", err, db.Faults())
	}
	ok(t, server.Up(t.Context()))
	ok(t, db.SetSetting(t.Context(), "x", "y"))
	if f := db.Faults(); len(f) != 0 {
		t.Errorf("%+v", f)
	}
}

// TestIntegrationBrokenRowsOfPostgres has rows that cannot be read: they are set aside, as those of a file are.
func TestIntegrationBrokenRowsOfPostgres(t *testing.T) {
	server := startPostgres(t)
	on := store.Options{DSN: must[string](t)(server.Create(t.Context(), "broken")), Now: now}
	_, err := store.Copy(t.Context(), store.Options{Path: full(t), Now: now}, on)
	ok(t, err)
	broken := map[string]string{
		"incident": `UPDATE incident SET body = 'x' WHERE id = 1`, "notification": `UPDATE notification SET snapshot = '{}' WHERE id = (SELECT MIN(id) FROM notification)`,
		"mute": `UPDATE mute SET ended_at = 7 WHERE id = 2`, "check_state": `UPDATE check_state SET body = '' WHERE id = 'licence'`, "counter": `UPDATE counter SET value = -5 WHERE name = 'audit'`,
		"history_pack": `UPDATE history_pack SET kind = 9 WHERE kind = 0`, "history_check": `UPDATE history_check SET names = '' WHERE first = 1`,
	}
	for _, sql := range broken {
		ok(t, postgres.Exec(t.Context(), on.DSN, sql))
	}
	db := open(t, on)
	must[model.Memory](t)(db.Load(t.Context()))
	db.InspectNow(t.Context())
	counts := must[map[string]int](t)(db.SetAsideCounts(t.Context()))
	for table := range broken {
		want := 1
		if table == "mute" {
			want += 2 // of before
		}
		if counts[table] != want {
			t.Errorf("%s: %d rows are set aside, not %d", table, counts[table], want)
		}
	}
	must[[]int64](t)(db.Commit(t.Context(), alert(model.IncidentID(100))))
	for _, f := range db.Faults() {
		t.Errorf("%+v", f)
	}
	if first := must[int](t)(db.NumberChecks(t.Context(), []model.CheckID{"one more"})); first <= 1000 {
		t.Errorf("a number is given again: %d", first)
	}
}
