package store_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/store"
)

// TestPairedIn: whoever checks a configuration reads the paired chats, of a database in use and of one that is not, and changes nothing.
func TestPairedIn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "opsbot.db")
	if _, err := store.PairedIn(t.Context(), path); err == nil {
		t.Error("a database that is not there is read")
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("it was created")
	}
	db, err := store.Open(t.Context(), store.Options{Path: path, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.PairChat(t.Context(), model.Chat{ID: -100, Name: "ops"}); err != nil {
		t.Fatal(err)
	}
	read := func(when string) {
		t.Helper()
		before, _ := filepath.Glob(path + "*")
		chats, err := store.PairedIn(t.Context(), path)
		if err != nil || len(chats) != 1 || chats[0].ID != -100 {
			t.Errorf("%s: %+v, %v", when, chats, err)
		}
		if after, _ := filepath.Glob(path + "*"); len(after) != len(before) {
			t.Errorf("%s: %q became %q", when, before, after)
		}
	}
	read("in use")
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	read("not in use")
	if err := os.WriteFile(path, []byte("no database"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := store.PairedIn(t.Context(), path); err == nil {
		t.Error("a file that is no database is read")
	}
}
