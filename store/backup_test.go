package store

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestTheBackupIsItsOwnersAlone: it holds the same secrets as the database.
func TestTheBackupIsItsOwnersAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "opsbot.db")
	db, err := Open(t.Context(), Options{Path: path, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if err := db.SetSetting(t.Context(), "button_key", "secret"); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second replaces the first
		if err := db.engine.backup(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
	}
	info, err := os.Stat(path + ".v1.bak")
	if err != nil || info.Mode().Perm() != 0o600 || info.Size() == 0 {
		t.Fatalf("%v %v", info, err)
	}
	back, err := Open(t.Context(), Options{Path: path + ".v1.bak", Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = back.Close() }()
	if key, err := back.Setting(t.Context(), "button_key"); err != nil || key != "secret" {
		t.Errorf("%q %v", key, err)
	}
}
