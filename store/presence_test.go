package store_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"opsbot/model"
	"opsbot/store"
)

// TestADeletedFileIsNoticedAndNothingIsLost deletes the file of an open database, alone and with its journal: it works on, and the next
// start has all that was committed, before and after.
func TestADeletedFileIsNoticedAndNothingIsLost(t *testing.T) {
	for name, suffixes := range map[string][]string{"alone": {""}, "with its journal": {"", "-wal", "-shm"}} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "opsbot.db")
			db := open(t, store.Options{Path: path})
			ok(t, db.SetSetting(t.Context(), "before", "1"))
			if p := db.Look(t.Context()); p.Lost() {
				t.Fatalf("%+v", p)
			}
			for _, suffix := range suffixes {
				ok(t, os.Remove(path+suffix))
			}
			p := db.Look(t.Context())
			if !p.Gone || p.Failed != nil || p.Since.IsZero() {
				t.Fatalf("%+v", p)
			}
			works := must[[]int64](t)(db.Commit(t.Context(), model.Change{Notifications: []model.Notification{{Kind: model.NotifyDigest, To: first, Created: now()}}}))
			if due := must[[]model.Notification](t)(db.Due(t.Context(), now(), 9)); len(due) != 1 || due[0].ID != works[0] {
				t.Errorf("due: %+v", due)
			}
			if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("a file was made in its place: %v", err)
			}
			info, err := os.Stat(p.Copy)
			ok(t, err)
			if info.Mode().Perm() != 0o600 {
				t.Errorf("the copy is %v", info.Mode())
			}
			ok(t, db.SetSetting(t.Context(), "after", "2"))
			ok(t, db.Close())

			db = open(t, store.Options{Path: path})
			if db.FromCopy() == "" {
				t.Error("it does not say that it is a copy")
			}
			for name, want := range map[string]string{"before": "1", "after": "2"} {
				if got := must[string](t)(db.Setting(t.Context(), name)); got != want {
					t.Errorf("%s is %q", name, got)
				}
			}
			if due := must[[]model.Notification](t)(db.Due(t.Context(), now(), 9)); len(due) != 1 {
				t.Errorf("due: %+v", due)
			}
			if p := db.Look(t.Context()); p.Lost() {
				t.Errorf("%+v", p)
			}
		})
	}
}

// TestAKillAfterTheDeletionLosesWhatCameAfterTheCopy has the process end without a word: the copy of the moment of the deletion is used,
// and the journal of the deleted file is not.
func TestAKillAfterTheDeletionLosesWhatCameAfterTheCopy(t *testing.T) {
	path := filepath.Join(t.TempDir(), "opsbot.db")
	db := open(t, store.Options{Path: path})
	ok(t, db.SetSetting(t.Context(), "before", "1"))
	ok(t, os.Remove(path))
	if p := db.Look(t.Context()); !p.Gone || p.Failed != nil {
		t.Fatalf("%+v", p)
	}
	ok(t, db.SetSetting(t.Context(), "after", "2"))
	dir := filepath.Join(t.TempDir(), "after")
	ok(t, os.CopyFS(dir, os.DirFS(filepath.Dir(path)))) // as a kill leaves it
	db = open(t, store.Options{Path: filepath.Join(dir, "opsbot.db")})
	if got := must[string](t)(db.Setting(t.Context(), "before")); got != "1" {
		t.Errorf("before is %q", got)
	}
	if got := must[string](t)(db.Setting(t.Context(), "after")); got != "" {
		t.Errorf("after is %q, from the journal of a deleted file", got)
	}
}

// TestAReplacedFileIsNoticedAndLeftAlone puts another database in the place of the open one.
func TestAReplacedFileIsNoticedAndLeftAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "opsbot.db")
	other := filepath.Join(t.TempDir(), "other.db")
	db := open(t, store.Options{Path: other})
	ok(t, db.SetSetting(t.Context(), "name", "other"))
	ok(t, db.Close())
	db = open(t, store.Options{Path: path})
	ok(t, db.SetSetting(t.Context(), "name", "own"))
	ok(t, os.Rename(other, path))
	body, err := os.ReadFile(path)
	ok(t, err)
	if p := db.Look(t.Context()); !p.Replaced || p.Gone {
		t.Fatalf("%+v", p)
	}
	if got := must[string](t)(db.Setting(t.Context(), "name")); got != "own" {
		t.Errorf("it reads %q", got)
	}
	ok(t, db.Close())
	after, err := os.ReadFile(path)
	ok(t, err)
	if string(after) != string(body) {
		t.Error("the other file was written to")
	}
	db = open(t, store.Options{Path: path})
	if got := must[string](t)(db.Setting(t.Context(), "name")); got != "other" {
		t.Errorf("after a restart it reads %q", got)
	}
}
