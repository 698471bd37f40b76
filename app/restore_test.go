package app_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"opsbot/sandbox"
	"opsbot/sandbox/fleet"
	"opsbot/store"
)

// TestARestoredBackupGoesOn backs up a running product, and restores that later: it says so, an incident that the backup does not know is opened
// again under a number that no card has, and one that was over meanwhile ends.
func TestARestoredBackupGoesOn(t *testing.T) {
	inAFile(t)
	t.Parallel()
	p := newWorld(t).start()
	p.settled()
	p.set("web1", fleet.Killed)
	first := p.message(sandbox.OpsChat, 0, "web1", "refuses connections")
	p.answered("/status", "web1") // by now the card is stored
	saved := filepath.Join(t.TempDir(), "b.db")
	if _, _, err := store.Backup(t.Context(), store.BackupOptions{Path: p.database(), To: saved, Now: time.Now}); err != nil {
		t.Fatal(err)
	}
	p.set("web2", fleet.Killed)
	second := p.message(sandbox.OpsChat, first.ID, "web2", "refuses connections")
	p.set("web1", fleet.OK)
	end := p.message(sandbox.OpsChat, second.ID, "web1", "works again")
	p.stop()

	r, err := store.NewRestore(t.Context(), store.RestoreOptions{From: saved, Path: p.database(), By: "root", Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Put(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	p.start()
	p.message(sandbox.OpsChat, end.ID, "was restored from a backup")
	again := p.message(sandbox.OpsChat, end.ID, "web2", "refuses connections")
	p.message(sandbox.OpsChat, end.ID, "web1", "works again")
	if number(again.Text) == number(second.Text) || number(again.Text) == "" {
		t.Errorf("web2 has the number of a card that it was not: %s\n%s", second.Text, again.Text)
	}
	p.answered("/audit", "restore", "root")
	if _, err := os.Stat(p.database()); err != nil {
		t.Error(err)
	}
}

// number is the number of an incident in a card: "#12".
func number(card string) string {
	for word := range strings.FieldsSeq(card) {
		if strings.HasPrefix(word, "#") {
			return strings.Trim(word, ".,:·")
		}
	}
	return ""
}
