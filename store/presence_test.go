package store_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

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

// TestAFileThatComesBackLosesNothing moves the open file away and back, with and without a look between, writes in each place, and has the
// process end in good order or without a word.
func TestAFileThatComesBackLosesNothing(t *testing.T) {
	for _, c := range []struct {
		name                 string
		seenAway, back, seen bool // the looks: while it is away, whether it is moved back before the end, and the look after that
	}{
		{"not seen", false, true, false},
		{"seen away", true, true, false},
		{"seen away and back", true, true, true},
		{"seen back only", false, true, true},
		{"moved back after the end", true, false, false},
	} {
		for _, killed := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, killed %t", c.name, killed), func(t *testing.T) {
				dir := t.TempDir()
				path := filepath.Join(dir, "opsbot.db")
				db := open(t, store.Options{Path: path})
				ok(t, db.SetSetting(t.Context(), "before", "1"))
				ok(t, os.Rename(path, path+".away"))
				if c.seenAway && !db.Look(t.Context()).Gone {
					t.Fatal("the look does not see that it is gone")
				}
				ok(t, db.SetSetting(t.Context(), "away", "2"))
				if c.back {
					ok(t, os.Rename(path+".away", path))
				}
				if c.seen {
					if p := db.Look(t.Context()); p.Lost() {
						t.Errorf("it is back: %+v", p)
					}
					if _, err := os.Stat(path + ".saved"); !errors.Is(err, fs.ErrNotExist) {
						t.Errorf("the copy is still there: %v", err)
					}
				}
				ok(t, db.SetSetting(t.Context(), "after", "3"))
				if killed {
					leftByAKill(t, dir, db)
				} else {
					ok(t, db.Close())
				}
				if !c.back {
					_ = os.Remove(path + ".saved")
					ok(t, os.Rename(path+".away", path))
				}
				db = open(t, store.Options{Path: path})
				for name, want := range map[string]string{"before": "1", "away": "2", "after": "3"} {
					if got := must[string](t)(db.Setting(t.Context(), name)); got != want {
						t.Errorf("%s is %q", name, got)
					}
				}
			})
		}
	}
}

// leftByAKill closes the database, and leaves its folder as a kill at this moment would: the same files, with the same content and times.
func leftByAKill(t *testing.T, dir string, db *store.DB) {
	t.Helper()
	type left struct {
		body []byte
		at   time.Time
	}
	was := map[string]left{}
	for _, e := range must[[]os.DirEntry](t)(os.ReadDir(dir)) {
		path := filepath.Join(dir, e.Name())
		was[path] = left{must[[]byte](t)(os.ReadFile(path)), must[os.FileInfo](t)(os.Stat(path)).ModTime()}
	}
	_ = db.Close() // of a file that is away it may say so
	for _, e := range must[[]os.DirEntry](t)(os.ReadDir(dir)) {
		if path := filepath.Join(dir, e.Name()); was[path].body == nil {
			ok(t, os.Remove(path))
		}
	}
	for path, f := range was {
		ok(t, os.WriteFile(path, f.body, 0o600))
		ok(t, os.Chtimes(path, f.at, f.at))
	}
}

// TestAJournalOfAnotherFileIsNotUsed has another file come to the number of a deleted one, whose journal is still there.
func TestAJournalOfAnotherFileIsNotUsed(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "opsbot.db")
	db := open(t, store.Options{Path: path})
	ok(t, db.SetSetting(t.Context(), "name", "of a backup"))
	ok(t, db.Close())
	backup := must[[]byte](t)(os.ReadFile(path))
	db = open(t, store.Options{Path: path})
	ok(t, db.SetSetting(t.Context(), "name", "newer"))
	ok(t, os.Rename(path, path+".away"))
	if p := db.Look(t.Context()); !p.Gone {
		t.Fatalf("%+v", p)
	}
	leftByAKill(t, dir, db)
	ok(t, os.Rename(path+".away", path))
	ok(t, os.WriteFile(path, backup, 0o600)) // the same number, as a file system may give it again
	ok(t, os.Chtimes(path, time.Time{}, time.Now().Add(time.Minute)))
	db = open(t, store.Options{Path: path})
	if got := must[string](t)(db.Setting(t.Context(), "name")); got != "of a backup" {
		t.Errorf("it reads %q", got)
	}
}
