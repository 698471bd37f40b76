package store_test

import (
	"context"
	"database/sql"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"opsbot/model"
	"opsbot/store"
)

// foreign are files that are not opsbot's, by how they are made.
var foreign = map[string]struct {
	make func(t *testing.T, path string)
	want string
}{
	"text":       {written("this is a letter to grandmother"), "not a SQLite database"},
	"short":      {written("SQLite format 3\x00"), "not a SQLite database"},
	"zeros":      {written(strings.Repeat("\x00", 8192)), "not a SQLite database"},
	"encrypted":  {written(strings.Repeat("\xa7\x13\x5c", 4096)), "not a SQLite database"},
	"tables":     {script(`CREATE TABLE users (id integer); INSERT INTO users VALUES (1)`), "with the tables users"},
	"with id":    {script(`PRAGMA application_id = 252006674; CREATE TABLE users (id integer)`), "application_id 252006674"},
	"id alone":   {script(`PRAGMA application_id = 1; CREATE TABLE x (y); DROP TABLE x`), "application_id 1"},
	"one of our": {script(`CREATE TABLE incident (id integer); CREATE TABLE setting (name text)`), "with the tables incident, setting"},
	"by goose":   {script(`CREATE TABLE goose_db_version (id integer); CREATE TABLE orders (id integer)`), "with the tables goose_db_version, orders"},
	"WAL":        {script(`PRAGMA journal_mode = WAL; CREATE TABLE users (id integer); INSERT INTO users VALUES (1)`), "with the tables users"},
	"WAL in use": {inUse(`PRAGMA journal_mode = WAL; CREATE TABLE users (id integer); INSERT INTO users VALUES (1)`), "with the tables users"},
	"new in WAL": {inUse(`PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE users (id integer)`), "with the tables users"},
	"other page": {script(`PRAGMA page_size = 65536; CREATE TABLE users (id integer)`), "with the tables users"},
	"in UTF-16":  {script(`PRAGMA encoding = 'UTF-16'; CREATE TABLE users (id integer)`), "with the tables users"},
	"many":       {script(`CREATE TABLE a(x); CREATE TABLE b(x); CREATE TABLE c(x); CREATE TABLE d(x); CREATE TABLE e(x); CREATE TABLE f(x)`), "a, b, c, d, e, …"},
}

func written(text string) func(t *testing.T, path string) {
	return func(t *testing.T, path string) {
		t.Helper()
		ok(t, os.WriteFile(path, []byte(text), 0o644))
	}
}

func script(query string) func(t *testing.T, path string) {
	return func(t *testing.T, path string) {
		t.Helper()
		edit(t, path, query)
	}
}

// inUse leaves the database open, as another program would.
func inUse(query string) func(t *testing.T, path string) {
	return func(t *testing.T, path string) {
		t.Helper()
		db, err := sql.Open("sqlite", path)
		ok(t, err)
		db.SetMaxOpenConns(1)
		t.Cleanup(func() { _ = db.Close() }) // nothing is left to be lost
		_, err = db.ExecContext(context.Background(), query)
		ok(t, err)
	}
}

// files are the contents of a folder by name.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	entries, err := os.ReadDir(dir)
	ok(t, err)
	for _, e := range entries {
		body, err := os.ReadFile(filepath.Join(dir, e.Name()))
		ok(t, err)
		all[e.Name()] = string(body)
	}
	return all
}

// TestAForeignFileIsNeverTouched opens files that are not opsbot's: each is refused with its name and why, and neither it nor its folder
// has changed by a byte.
func TestAForeignFileIsNeverTouched(t *testing.T) {
	for name, c := range foreign {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "their data.db")
			c.make(t, path)
			before := files(t, dir)
			_, err := store.Open(t.Context(), store.Options{Path: path, Now: now})
			if model.CodeOf(err) != model.ErrDatabaseForeign || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("%v, want %q", err, c.want)
			}
			after := files(t, dir)
			for name := range after {
				if after[name] != before[name] {
					t.Errorf("%s has changed", name)
				}
			}
			if len(after) != len(before) {
				t.Errorf("%d files, there were %d", len(after), len(before))
			}
		})
	}
}

// TestNewAndOwnFilesAreSigned opens what is opsbot's, or nobody's: afterwards its header says so.
func TestNewAndOwnFilesAreSigned(t *testing.T) {
	earlier := func(t *testing.T, path string) {
		t.Helper()
		ok(t, open(t, store.Options{Path: path}).Close())
		edit(t, path, `PRAGMA application_id = 0`)
	}
	for name, make := range map[string]func(t *testing.T, path string){
		"missing":     func(*testing.T, string) {},
		"empty":       written(""),
		"no tables":   script(`CREATE TABLE x (y); DROP TABLE x`),
		"version 9":   func(t *testing.T, path string) { t.Helper(); fill(t, path, "testdata/v9.sql") },
		"earlier":     earlier,
		"interrupted": script(`CREATE TABLE goose_db_version (id INTEGER PRIMARY KEY AUTOINCREMENT, version_id INTEGER NOT NULL, is_applied INTEGER NOT NULL, tstamp TIMESTAMP DEFAULT (datetime('now'))); INSERT INTO goose_db_version (version_id, is_applied) VALUES (0, 1)`),
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "opsbot.db")
			make(t, path)
			ok(t, open(t, store.Options{Path: path}).Close())
			header, err := os.ReadFile(path)
			ok(t, err)
			if id := binary.BigEndian.Uint32(header[68:]); id != store.ApplicationID {
				t.Errorf("application_id is %#x", id)
			}
			ok(t, open(t, store.Options{Path: path}).Close())
		})
	}
}

// TestAnOwnFileThatWasKilledIsKnown has a database whose tables are in its journal alone, as kill -9 leaves a young one.
func TestAnOwnFileThatWasKilledIsKnown(t *testing.T) {
	dir, to := t.TempDir(), t.TempDir()
	db := open(t, store.Options{Path: filepath.Join(dir, "opsbot.db")})
	ok(t, db.SetSetting(t.Context(), "x", "1"))
	for _, name := range []string{"opsbot.db", "opsbot.db-wal"} { // the index of the journal is made anew
		body, err := os.ReadFile(filepath.Join(dir, name))
		ok(t, err)
		ok(t, os.WriteFile(filepath.Join(to, name), body, 0o600))
	}
	db = open(t, store.Options{Path: filepath.Join(to, "opsbot.db")})
	if got := must[string](t)(db.Setting(t.Context(), "x")); got != "1" {
		t.Errorf("got %q", got)
	}
}
