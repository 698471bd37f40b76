package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/store"
	"opsbot/store/storetest"
)

func now() time.Time { return storetest.Start }

func open(t *testing.T, o store.Options) *store.DB {
	t.Helper()
	o.Now = now
	db, err := store.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() }) // some tests close it themselves
	return db
}

func TestSQLite(t *testing.T) {
	storetest.Run(t, func() storetest.Opener {
		return func(t *testing.T, place string) *store.DB {
			t.Helper()
			dir := filepath.Join(os.TempDir(), strings.ReplaceAll(t.Name(), "/", "-")+fmt.Sprint(os.Getpid()))
			if err := os.MkdirAll(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = os.RemoveAll(dir) })
			return open(t, store.Options{Path: filepath.Join(dir, place+".db")})
		}
	}())
}

func TestTheFileIsItsOwnersAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "opsbot.db")
	open(t, store.Options{Path: path})
	for _, name := range []string{path, path + "-wal", path + "-shm", path + ".lock"} {
		info, err := os.Stat(name)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", filepath.Base(name), info, err)
		}
	}
}

func TestFullDisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "opsbot.db")
	if err := open(t, store.Options{Path: path}).Close(); err != nil {
		t.Fatal(err)
	}
	db := open(t, store.Options{Path: path, MaxPages: 60})
	var err error
	for i := 0; err == nil && i < 10_000; i++ {
		_, err = db.Commit(t.Context(), model.Change{Checks: map[model.CheckID]model.CheckState{
			model.CheckID(fmt.Sprint(i)): {Reason: model.NewReason("x", "said", strings.Repeat("y", 500))},
		}})
	}
	if model.CodeOf(err) != model.ErrStore || !strings.Contains(err.Error(), "the disk is full") {
		t.Fatalf("got %v", err)
	}
	if _, err := db.Load(t.Context()); err != nil {
		t.Errorf("a full disk must not stop reading: %v", err)
	}
}

func TestOpenRefusesWithWords(t *testing.T) {
	dir := t.TempDir()
	garbage := filepath.Join(dir, "garbage.db")
	words := []byte(strings.Repeat("this is a letter to grandmother. ", 100))
	if err := os.WriteFile(garbage, words, 0o600); err != nil {
		t.Fatal(err)
	}
	newer := filepath.Join(dir, "newer.db")
	if err := open(t, store.Options{Path: newer}).Close(); err != nil {
		t.Fatal(err)
	}
	pretend(t, newer, 9000)
	used := filepath.Join(dir, "used.db")
	open(t, store.Options{Path: used})

	cases := []struct {
		path string
		code model.ErrorCode
		want string
	}{
		{filepath.Join(dir, "nowhere", "opsbot.db"), model.ErrDatabase, "no such file or directory"},
		{garbage, model.ErrDatabaseForeign, "it is not a SQLite database"},
		{newer, model.ErrDatabaseNewer, `has="9000"`},
		{used, model.ErrDatabase, "another opsbot is using it"},
	}
	for _, c := range cases {
		_, err := store.Open(t.Context(), store.Options{Path: c.path, Now: now})
		if model.CodeOf(err) != c.code || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), c.path) {
			t.Errorf("%s: %v, want %s with %q", c.path, err, c.code, c.want)
		}
	}
	if got, err := os.ReadFile(garbage); err != nil || string(got) != string(words) {
		t.Error("a file that is not ours was written to")
	}
}

// pretend sets the schema version stored in the database.
func pretend(t *testing.T, path string, version int) {
	t.Helper()
	raw, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	query := `INSERT INTO goose_db_version (version_id, is_applied) VALUES ($1, 1)`
	if version == 0 {
		query = `DELETE FROM goose_db_version WHERE version_id > $1`
	}
	if _, err := raw.ExecContext(context.Background(), query, version); err != nil {
		t.Fatal(err)
	}
}

func TestCommitKeepsToItsContext(t *testing.T) {
	db := open(t, store.Options{Path: filepath.Join(t.TempDir(), "opsbot.db")})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := db.Commit(ctx, model.Change{Forget: []model.CheckID{"x"}}); model.CodeOf(err) == model.ErrStore {
		t.Errorf("our own stop is reported as an error of the database: %v", err)
	}
}

func BenchmarkCommit20000(b *testing.B) {
	db, err := store.Open(b.Context(), store.Options{Path: filepath.Join(b.TempDir(), "opsbot.db"), Now: now})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	states := map[model.CheckID]model.CheckState{}
	for i := range 20_000 {
		states[model.CheckID(fmt.Sprintf("client%d/reports@web%d", i/12, i))] = model.CheckState{
			Phase: model.PhaseDown, Since: now(), Status: model.StatusFail, Reason: model.NewReason(model.ReasonRefused, "addr", "10.0.0.1:80"),
		}
	}
	for b.Loop() {
		if _, err := db.Commit(b.Context(), model.Change{Checks: states}); err != nil {
			b.Fatal(err)
		}
	}
}

// Whoever writes an audit entry, it is noted once it is stored, and never before.
func TestEachAuditEntryIsNoted(t *testing.T) {
	var noted []string
	db := open(t, store.Options{
		Path: filepath.Join(t.TempDir(), "opsbot.db"), Now: now, Audited: func(e model.AuditEntry) { noted = append(noted, e.Action) },
	})
	entry := func(action string) model.AuditEntry { return model.AuditEntry{At: now(), Action: action, Result: "ok"} }
	later := now().Add(time.Hour)
	for action, do := range map[string]func(e model.AuditEntry) error{
		"audit":   func(e model.AuditEntry) error { return db.Audit(t.Context(), e) },
		"pair":    func(e model.AuditEntry) error { return db.Pair(t.Context(), model.User{ID: 1}, model.Chat{ID: 1}, e) },
		"let in":  func(e model.AuditEntry) error { return db.LetIn(t.Context(), model.Chat{ID: -1}, e) },
		"invite":  func(e model.AuditEntry) error { return db.Invite(t.Context(), "x", model.Invitation{Ends: later}, e) },
		"put out": func(e model.AuditEntry) error { return db.PutOut(t.Context(), 1, e) },
		"commit": func(e model.AuditEntry) error {
			_, err := db.Commit(t.Context(), model.Change{Audit: []model.AuditEntry{e}})
			return err
		},
		"revive":  func(e model.AuditEntry) error { _, err := db.Revive(t.Context(), nil, e); return err },
		"discard": func(e model.AuditEntry) error { _, err := db.Discard(t.Context(), nil, e); return err },
		"drop":    func(e model.AuditEntry) error { _, err := db.DropAside(t.Context(), nil, e); return err },
	} {
		noted = nil
		bad := entry(action)
		bad.At = time.Date(99999, 1, 1, 0, 0, 0, 0, time.UTC) // a year that JSON does not support
		if err := do(bad); err == nil || len(noted) > 0 {
			t.Errorf("%s that was not stored: %v, noted %q", action, err, noted)
		}
		if err := do(entry(action)); err != nil || len(noted) != 1 || noted[0] != action {
			t.Errorf("%s: %v, noted %q", action, err, noted)
		}
	}
	if err := db.Join(t.Context(), "x", model.User{ID: 2}, entry("join")); err != nil || noted[len(noted)-1] != "join" {
		t.Errorf("join: %v, noted %q", err, noted)
	}
}
