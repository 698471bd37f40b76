package store_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/store"
)

// filled is the file of a database with rows in every table, which takes long to make with the race detector.
var filled struct {
	sync.Mutex
	body []byte
}

// fullCopy is full, made once.
func fullCopy(t *testing.T) string {
	t.Helper()
	filled.Lock()
	defer filled.Unlock()
	if filled.body == nil {
		filled.body = must[[]byte](t)(os.ReadFile(full(t)))
	}
	path := filepath.Join(t.TempDir(), "full.db")
	ok(t, os.WriteFile(path, filled.body, 0o600))
	return path
}

func backup(t *testing.T, from, to string) store.Saved {
	t.Helper()
	saved, _, err := store.Backup(t.Context(), store.BackupOptions{Path: from, To: to, Now: now})
	ok(t, err)
	return saved
}

// sameTables compares two closed databases row by row.
func sameTables(t *testing.T, one, other string) {
	t.Helper()
	was, is := dumpAll(t, one), dumpAll(t, other)
	for name := range was {
		if !slices.Equal(was[name], is[name]) {
			t.Errorf("%s:\nwas %v\nis  %v", name, was[name], is[name])
		}
	}
	if len(was) < len(store.Tables()) || len(was) != len(is) {
		t.Errorf("%d tables, and %d", len(was), len(is))
	}
}

// dumpAll returns the rows of every table as text, sorted. It opens the database once.
func dumpAll(t *testing.T, path string) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	raw(t, path, func(db *sql.DB) {
		for _, name := range listed(t, db, `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'goose_db_version'`) {
			columns := listed(t, db, `SELECT group_concat('quote(' || name || ')', '||'',''||') FROM pragma_table_info($1)`, name)
			all[name] = listed(t, db, `SELECT `+columns[0]+` FROM `+name)
			slices.Sort(all[name])
		}
	})
	return all
}

// TestBackup backs up a database that an opsbot uses, with rows in every table that are partly in the journal alone: the copy has the same rows,
// is a file of its own, and its owner's alone.
func TestBackup(t *testing.T) {
	path := fullCopy(t)
	running := open(t, store.Options{Path: path})
	ok(t, running.SetSetting(t.Context(), "written", "by the running one"))
	to := filepath.Join(t.TempDir(), "b.db")
	saved := backup(t, path, to)
	if saved.Path != to || saved.Schema != store.Schema() || len(saved.Tables) != len(store.Tables()) || saved.Bytes == 0 {
		t.Errorf("%+v", saved)
	}
	if info, err := os.Stat(to); err != nil || info.Mode().Perm() != 0o600 || info.Size() != saved.Bytes {
		t.Errorf("%v %v", info, err)
	}
	alone(t, to, "b.db")
	ok(t, running.SetSetting(t.Context(), "after", "the backup"))
	second := backup(t, path, to) // in place of the first
	ok(t, running.Close())
	if second.Rows() != saved.Rows()+1 {
		t.Errorf("%d rows, then %d", saved.Rows(), second.Rows())
	}
	sameTables(t, path, to)
	there := dumpAll(t, to)
	for _, table := range second.Tables {
		if n := int64(len(there[table.Name])); n != table.Rows {
			t.Errorf("%s: %d rows are said, %d are there", table.Name, table.Rows, n)
		}
	}
}

// alone reports what is in a file's folder beside the names.
func alone(t *testing.T, path string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	ok(t, err)
	for _, e := range entries {
		if !slices.Contains(names, e.Name()) {
			t.Errorf("%s is left over", e.Name())
		}
	}
}

// TestABackupIsOfOneMoment backs up while somebody writes: two rows that are always written together are either both in the copy or neither, and
// all that was committed before it began is in it.
func TestABackupIsOfOneMoment(t *testing.T) {
	path := filepath.Join(t.TempDir(), "opsbot.db")
	db := open(t, store.Options{Path: path})
	ctx, stop := context.WithCancel(t.Context())
	written := make(chan int, 1)
	ended := make(chan error, 1)
	go func() {
		for i := 1; ; i++ {
			id := model.IncidentID(i)
			in := incidentOf(id, model.CheckID(fmt.Sprint("check", i)))
			_, err := db.Commit(context.WithoutCancel(ctx), model.Change{
				Incidents: []model.Incident{in}, Notifications: []model.Notification{{Kind: model.NotifyOpened, Incident: id, To: first, Created: now(), Snapshot: model.Snapshot{Incident: &in}}},
			})
			select {
			case <-written: // only the latest counts
			default:
			}
			written <- i
			if err != nil || ctx.Err() != nil {
				ended <- err
				return
			}
		}
	}()
	var copies []string
	for range someKills/2 + 1 {
		before := <-written
		to := filepath.Join(t.TempDir(), "b.db")
		backup(t, path, to)
		copies = append(copies, to)
		ids := texts(t, to, `SELECT id FROM incident ORDER BY id`)
		if len(ids) < before {
			t.Errorf("%d were committed before the backup, %d are in it", before, len(ids))
		}
		if about := texts(t, to, `SELECT incident FROM notification ORDER BY incident`); !slices.Equal(ids, about) {
			t.Errorf("incidents %v, notifications of %v", ids, about)
		}
	}
	stop()
	ok(t, <-ended)
	ok(t, db.Close())
	all := dump(t, path, "incident")
	for _, to := range copies { // each row is as it is in the database
		for _, row := range dump(t, to, "incident") {
			if _, found := slices.BinarySearch(all, row); !found {
				t.Errorf("%s is in a backup alone", row)
			}
		}
	}
}

// TestBackupsAreKept keeps the latest of a name, and touches nothing else.
func TestBackupsAreKept(t *testing.T) {
	path, dir := fullCopy(t), t.TempDir()
	foreign := []string{"b-old.db", "b-20261122T210000Z.db.gz", "c-20261122T210000Z.db", "b.db"}
	for _, name := range foreign {
		ok(t, os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600))
	}
	ok(t, os.Mkdir(filepath.Join(dir, "b-20261122T200000Z.db"), 0o700))
	var removed []string
	for i := range 5 {
		saved, gone, err := store.Backup(t.Context(), store.BackupOptions{Path: path, To: filepath.Join(dir, "b.db"), Keep: 3, Now: func() time.Time { return now().Add(time.Duration(i) * time.Hour) }})
		ok(t, err)
		if _, err := os.Stat(saved.Path); err != nil {
			t.Error(err)
		}
		removed = append(removed, gone...)
	}
	var there []string
	entries, err := os.ReadDir(dir)
	ok(t, err)
	for _, e := range entries {
		there = append(there, e.Name())
	}
	want := append([]string{"b-20261122T200000Z.db", "b-20261122T230000Z.db", "b-20261123T000000Z.db", "b-20261123T010000Z.db"}, foreign...)
	slices.Sort(want)
	if !slices.Equal(there, want) {
		t.Errorf("there are %v, want %v", there, want)
	}
	if len(removed) != 2 || filepath.Base(removed[0]) != "b-20261122T210000Z.db" {
		t.Errorf("removed %v", removed)
	}
	// The clock was set back: the new one is kept whatever its name says.
	saved, _, err := store.Backup(t.Context(), store.BackupOptions{Path: path, To: filepath.Join(dir, "b.db"), Keep: 1, Now: func() time.Time { return now().Add(-model.Week) }})
	ok(t, err)
	if _, err := os.Stat(saved.Path); err != nil {
		t.Error(err)
	}
}

// TestWhatIsNeverReplaced tries the mistakes that a backup must not make. Nothing changes by them.
func TestWhatIsNeverReplaced(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	path := fullCopy(t)
	ok(t, os.WriteFile(at("notes.txt"), []byte("my notes"), 0o600))
	ok(t, os.Mkdir(at("folder"), 0o700))
	ok(t, os.Link(path, at("hard.db")))
	ok(t, os.Symlink(path, at("soft.db")))
	other := fullCopy(t)
	open(t, store.Options{Path: other})
	damagedOne := copied(t, path)
	body, err := os.ReadFile(damagedOne)
	ok(t, err)
	for i := 3 * 4096; i < len(body)-4096; i++ { // all but the schema
		body[i] ^= 0x5a
	}
	ok(t, os.WriteFile(damagedOne, body, 0o600))
	for name, c := range map[string]struct {
		from, to string
		want     model.ErrorCode
	}{
		"itself":               {path, path, model.ErrBackupItself},
		"itself by a link":     {path, at("hard.db"), model.ErrBackupItself},
		"itself by a symlink":  {path, at("soft.db"), model.ErrBackupItself},
		"another one's":        {path, other, model.ErrBackupItself},
		"somebody's file":      {path, at("notes.txt"), model.ErrBackupOther},
		"a folder":             {path, at("folder"), model.ErrBackupOther},
		"no folder":            {path, at("none/b.db"), model.ErrBackup},
		"nothing":              {at("none.db"), at("b.db"), model.ErrNoDatabase},
		"of somebody's file":   {at("notes.txt"), at("b.db"), model.ErrNoDatabase},
		"of a damaged one":     {damagedOne, at("b.db"), model.ErrBackup},
		"of a folder":          {at("folder"), at("b.db"), model.ErrNoDatabase},
		"with a wrong name of": {at("folder/x"), at("b.db"), model.ErrNoDatabase},
	} {
		t.Run(name, func(t *testing.T) {
			before, _ := os.ReadFile(c.to)
			_, _, err := store.Backup(t.Context(), store.BackupOptions{Path: c.from, To: c.to, Now: now})
			if model.CodeOf(err) != c.want {
				t.Errorf("%v", err)
			}
			if after, _ := os.ReadFile(c.to); !bytes.Equal(before, after) {
				t.Error("it was changed")
			}
		})
	}
	alone(t, at("x"), "notes.txt", "folder", "hard.db", "soft.db")
}

// TestAStoppedBackup leaves what was there.
func TestAStoppedBackup(t *testing.T) {
	path, to := fullCopy(t), filepath.Join(t.TempDir(), "b.db")
	backup(t, path, to)
	before, err := os.ReadFile(to)
	ok(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := store.Backup(ctx, store.BackupOptions{Path: path, To: to, Now: now}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if after, err := os.ReadFile(to); err != nil || !bytes.Equal(before, after) {
		t.Errorf("it was changed: %v", err)
	}
	alone(t, to, "b.db")
}

func prepared(t *testing.T, from, path string) *store.Restore {
	t.Helper()
	r, err := store.NewRestore(t.Context(), store.RestoreOptions{From: from, Path: path, By: "anna", Now: now})
	ok(t, err)
	return r
}

// TestRestore restores a backup in place of a database: what was stored is there row by row, and so is what was replaced, under another name.
func TestRestore(t *testing.T) {
	path := fullCopy(t)
	dir := filepath.Dir(path)
	to := filepath.Join(t.TempDir(), "b.db")
	backup(t, path, to)
	later := open(t, store.Options{Path: path})
	ok(t, later.SetSetting(t.Context(), "after", "the backup"))
	if _, err := store.NewRestore(t.Context(), store.RestoreOptions{From: to, Path: path, Now: now}); model.CodeOf(err) != model.ErrRestoreRunning {
		t.Errorf("while a bot runs: %v", err)
	}
	leftByAKill(t, dir, later) // with its journal
	was := copiedWithJournal(t, path)
	r := prepared(t, to, path)
	if r.Waiting == 0 || !r.Oldest.Equal(now()) || r.Reports == 0 || !r.Made.Equal(now()) || r.Was.IsZero() || r.Path != to {
		t.Errorf("%+v", r)
	}
	if _, err := store.Open(t.Context(), store.Options{Path: path, Now: now}); err == nil || !strings.Contains(err.Error(), "another opsbot is using it") {
		t.Errorf("a bot starts meanwhile: %v", err)
	}
	kept, err := r.Put(t.Context())
	ok(t, err)
	ok(t, r.Close())
	sameTables(t, was, kept)
	restored := texts(t, path, `SELECT name FROM setting WHERE name LIKE 'store.%'`)
	if !slices.Equal(restored, []string{"store.restored"}) {
		t.Errorf("%v", restored)
	}
	edit(t, path, `DELETE FROM setting WHERE name = 'store.restored'`)
	sameTables(t, to, path)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
}

// copiedWithJournal copies the files of a database that nobody has open.
func copiedWithJournal(t *testing.T, path string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "was.db")
	for _, suffix := range []string{"", "-wal"} {
		body, err := os.ReadFile(path + suffix)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		ok(t, err)
		ok(t, os.WriteFile(to+suffix, body, 0o600))
	}
	return to
}

// TestARestoredDatabaseGoesOn starts on a restored database: numbers that were given since the backup are not given again, what waits is marked as
// a possible repeat, and people are notified once.
func TestARestoredDatabaseGoesOn(t *testing.T) {
	for name, replaced := range map[string]bool{"the old one is there": true, "the old one is lost": false} {
		t.Run(name, func(t *testing.T) {
			path := fullCopy(t)
			to := filepath.Join(t.TempDir(), "b.db")
			backup(t, path, to)
			db := open(t, store.Options{Path: path})
			before := must[model.Memory](t)(db.Load(t.Context()))
			in := incidentOf(before.LastIncident+70, "later")
			must[[]int64](t)(db.Commit(t.Context(), model.Change{Incidents: []model.Incident{in}}))
			ok(t, db.Close())
			if !replaced {
				ok(t, os.Remove(path))
			}
			r := prepared(t, to, path)
			kept, err := r.Put(t.Context())
			ok(t, err)
			ok(t, r.Close())
			if (kept != "") != replaced {
				t.Errorf("kept is %q", kept)
			}
			afterRestore(t, path, before, replaced)
		})
	}
}

func afterRestore(t *testing.T, path string, before model.Memory, replaced bool) {
	t.Helper()
	db := open(t, store.Options{Path: path})
	m := must[model.Memory](t)(db.Load(t.Context()))
	want := before.LastIncident + 70
	if !replaced {
		want = before.LastIncident + 1000
	}
	if m.LastIncident != want || m.LastMute < before.LastMute || len(m.Open) != len(before.Open) {
		t.Errorf("incidents go on behind %d (want %d), mutes behind %d", m.LastIncident, want, m.LastMute)
	}
	highest := map[model.NumberKind]int64{}
	for _, n := range m.Numbers {
		highest[n.Kind] = max(highest[n.Kind], n.Number)
	}
	if highest[model.NumberIncident] != 1001 || highest[model.NumberMute] != 1001 {
		t.Errorf("limited readers count on behind %v", highest)
	}
	due := must[[]model.Notification](t)(db.Due(t.Context(), now(), 100))
	if len(due) == 0 {
		t.Fatal("nothing waits")
	}
	for _, n := range due {
		if !n.Repeat || !n.Restored {
			t.Errorf("#%d is not marked", n.ID)
		}
	}
	is, is1st, err := db.Restored(t.Context())
	if err != nil || !is1st || !is.Made.Equal(now()) || !is.At.Equal(now()) {
		t.Errorf("%+v %v %v", is, is1st, err)
	}
	if all := must[[]model.AuditEntry](t)(db.AuditSince(t.Context(), now().Add(-time.Hour), 1)); all[0].Action != "restore" || all[0].Actor.Name != "anna" {
		t.Errorf("%+v", all)
	}
	notice := model.NewReason(model.NoticeRestored, "at", "x")
	ok(t, db.NoticeRestored(t.Context(), []model.Notification{{Kind: model.NotifyNotice, To: second, Created: now(), Snapshot: model.Snapshot{Notice: &notice}}}))
	ok(t, db.Close())
	again := open(t, store.Options{Path: path})
	if _, due, err := again.Restored(t.Context()); due || err != nil {
		t.Errorf("people are notified twice: %v", err)
	}
	fresh := must[[]model.Notification](t)(again.Due(t.Context(), now(), 100))
	if last := fresh[len(fresh)-1]; last.Kind != model.NotifyNotice || last.Repeat {
		t.Errorf("%+v", last)
	}
	if m := must[model.Memory](t)(again.Load(t.Context())); m.LastIncident != want {
		t.Errorf("after another start they go on behind %d", m.LastIncident)
	}
}

// TestOldBackups: one of an earlier schema is restored, and migrated by the next start; one of a newer schema is refused.
func TestOldBackups(t *testing.T) {
	old := filepath.Join(t.TempDir(), "v9.db")
	fill(t, old, "testdata/v9.sql")
	to := filepath.Join(t.TempDir(), "b.db")
	if saved := backup(t, old, to); saved.Schema != 9 {
		t.Errorf("%+v", saved)
	}
	path := filepath.Join(t.TempDir(), "opsbot.db")
	r := prepared(t, to, path)
	if r.Waiting == 0 {
		t.Error("nothing waits")
	}
	_, err := r.Put(t.Context())
	ok(t, err)
	ok(t, r.Close())
	db := open(t, store.Options{Path: path})
	if due := must[[]model.Notification](t)(db.Due(t.Context(), time.Date(2026, 11, 30, 23, 0, 0, 0, time.UTC), 100)); len(due) == 0 || !due[0].Restored {
		t.Errorf("%+v", due)
	}
	ok(t, db.Close())
	pretend(t, to, int(store.Schema())+1)
	if _, err := store.NewRestore(t.Context(), store.RestoreOptions{From: to, Path: path, Now: now}); model.CodeOf(err) != model.ErrDatabaseNewer {
		t.Errorf("%v", err)
	}
	alone(t, path, "opsbot.db", "opsbot.db.lock", "opsbot.db.v9.bak")
}

// TestWhatIsNotRestored: none of it changes the database.
func TestWhatIsNotRestored(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	path := fullCopy(t)
	before, err := os.ReadFile(path)
	ok(t, err)
	ok(t, os.WriteFile(at("text"), []byte("my notes"), 0o600))
	ok(t, os.WriteFile(at("empty.db"), nil, 0o600))
	ok(t, os.WriteFile(at("cut.db"), before[:len(before)/2], 0o600))
	odd := slices.Clone(before)
	for i := 3 * 4096; i < len(odd)-4096; i++ {
		odd[i] ^= 0x5a
	}
	ok(t, os.WriteFile(at("odd.db"), odd, 0o600))
	other := fullCopy(t)
	open(t, store.Options{Path: other})
	for from, want := range map[string]model.ErrorCode{
		at("none"): model.ErrNoDatabase, at("text"): model.ErrNoDatabase, at("empty.db"): model.ErrNoDatabase, dir: model.ErrNoDatabase,
		at("cut.db"): model.ErrBackupDamaged, at("odd.db"): model.ErrBackupDamaged, path: model.ErrBackupItself, other: model.ErrBackupItself,
	} {
		if _, err := store.NewRestore(t.Context(), store.RestoreOptions{From: from, Path: path, Now: now}); model.CodeOf(err) != want {
			t.Errorf("%s: %v", from, err)
		}
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the database was changed: %v", err)
	}
	alone(t, path, "full.db", "full.db.lock")
}

// TestADamagedDatabaseIsReplaced: its file and its journal are kept as they are, and the restored one is whole.
func TestADamagedDatabaseIsReplaced(t *testing.T) {
	path := fullCopy(t)
	to := filepath.Join(t.TempDir(), "b.db")
	backup(t, path, to)
	ok(t, os.WriteFile(path, bytes.Repeat([]byte("x"), 9000), 0o600))
	ok(t, os.WriteFile(path+"-wal", bytes.Repeat([]byte("y"), 9000), 0o600))
	r := prepared(t, to, path)
	kept, err := r.Put(t.Context())
	ok(t, err)
	ok(t, r.Close())
	for suffix, want := range map[string]string{"": "x", "-wal": "y"} {
		if body, err := os.ReadFile(kept + suffix); err != nil || string(body) != strings.Repeat(want, 9000) {
			t.Errorf("%s: %d bytes, %v", suffix, len(body), err)
		}
	}
	db := open(t, store.Options{Path: path})
	if m := must[model.Memory](t)(db.Load(t.Context())); m.LastIncident != 1003 {
		t.Errorf("incidents go on behind %d", m.LastIncident)
	}
}

// TestServersHaveToolsOfTheirOwn: the commands name the database, and no password.
func TestServersHaveToolsOfTheirOwn(t *testing.T) {
	const dsn = "postgres://opsbot:geheim@db1.example.com:5433/ops%20bot?sslmode=disable"
	dump, err := store.DumpCommand(dsn, "/b/it's.dump")
	ok(t, err)
	undump, err := store.UndumpCommand(dsn, "/b/x.dump")
	ok(t, err)
	const at = ` --host=db1.example.com --port=5433 --username=opsbot --dbname='ops bot'`
	if dump != `pg_dump --format=custom --file='/b/it'\''s.dump'`+at {
		t.Error(dump)
	}
	if !strings.HasPrefix(undump, `pg_restore --clean --if-exists --single-transaction`+at+" /b/x.dump && psql"+at) {
		t.Error(undump)
	}
	if strings.Contains(dump+undump, "geheim") {
		t.Error("there is a password in them")
	}
	if _, err := store.DumpCommand("nonsense", "x"); model.CodeOf(err) != model.ErrDatabaseDSN {
		t.Error(err)
	}
	// What the command writes is taken for a restore.
	path := fullCopy(t)
	edit(t, path, `INSERT INTO setting (name, value) VALUES ('store.restored', '{}')`)
	db := open(t, store.Options{Path: path})
	if is, due, err := db.Restored(t.Context()); !due || err != nil || !is.At.Equal(now()) {
		t.Errorf("%+v %v %v", is, due, err)
	}
	if _, err := json.Marshal(must[model.Memory](t)(db.Load(t.Context()))); err != nil {
		t.Error(err)
	}
}
