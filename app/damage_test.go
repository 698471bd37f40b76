package app_test

import (
	"context"
	"database/sql"
	"os"
	"strings"
	"testing"

	"github.com/sirupsen/logrus"

	"opsbot/app"
	"opsbot/model"
	"opsbot/sandbox"
	"opsbot/sandbox/fleet"
	"opsbot/texts"
)

// overwrite damages the root page of a table or an index of a stopped product.
func (p *product) overwrite(name string) {
	p.t.Helper()
	p.damaged = true
	var page, size int64
	p.raw(func(db *sql.DB) {
		p.exec(db, `PRAGMA wal_checkpoint(TRUNCATE)`)
		if err := db.QueryRowContext(context.Background(), `SELECT rootpage, page_size FROM sqlite_master, pragma_page_size WHERE name = $1`, name).Scan(&page, &size); err != nil {
			p.t.Fatal(err)
		}
	})
	f, err := os.OpenFile(p.database(), os.O_RDWR, 0)
	if err != nil {
		p.t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte(strings.Repeat("\xde\xad\xbe\xef", 256)), (page-1)*size); err != nil {
		p.t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		p.t.Fatal(err)
	}
}

// TestDamageInThePastStopsNoAlert damages pages of tables that no alert needs, all at once: the product starts, goes on with what is open,
// and sends new alerts; what fails is said with its place.
func TestDamageInThePastStopsNoAlert(t *testing.T) {
	inAFile(t)
	t.Parallel()
	p := newWorld(t).start()
	p.settled()
	p.set("web1", fleet.Killed)
	card := p.message(sandbox.OpsChat, 0, "web1", "refuses connections")
	p.stop()
	for _, name := range []string{
		"transition", "history_pack", "history_pack_by_group", "history_check", "history_gap", "audit", "baseline", "report", "dead_letter", "set_aside",
		"dns_answer", "schedule_slot", "heartbeat", "fallback_copy_by_incident",
	} {
		p.overwrite(name)
	}
	p.start()
	p.set("web1", fleet.OK)
	if end := p.message(sandbox.OpsChat, card.ID, "web1", "works again"); end.ReplyTo != card.ID {
		t.Errorf("the end answers message %d, the card is %d", end.ReplyTo, card.ID)
	}
	p.set("web2", fleet.Killed)
	p.message(sandbox.OpsChat, card.ID, "web2", "refuses connections")
	p.answered("/status", "the database has been failing since", "the file is damaged", "reading")
}

// TestDamageOfTheStateIsSaidAtTheStart damages a table that a start needs: it says which file, what goes on and what does not, and how to put
// back the copy.
func TestDamageOfTheStateIsSaidAtTheStart(t *testing.T) {
	inAFile(t)
	t.Parallel()
	p := newWorld(t).start()
	p.settled()
	p.set("web1", fleet.Killed)
	p.message(sandbox.OpsChat, 0, "web1", "refuses connections")
	p.stop()
	p.overwrite("incident")
	path := p.database()
	if err := os.WriteFile(path+".v12.bak", []byte("copy"), 0o600); err != nil {
		t.Fatal(err)
	}
	log := logrus.New()
	log.SetOutput(p.out)
	_, err := app.New(t.Context(), app.Options{ConfigPath: p.config, Version: "test", Stdout: p.out, Log: log})
	if model.CodeOf(err) != model.ErrDatabaseBackup {
		t.Fatalf("%v", err)
	}
	catalog, loadErr := texts.Load()
	if loadErr != nil {
		t.Fatal(loadErr)
	}
	what, hint := catalog.For(texts.English).Error(err)
	said := what + " " + hint
	for _, want := range []string{path, "is damaged", "cp -p " + path + ".v12.bak " + path, "What is down is notified again", "history since that copy are lost"} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is not in:\n%s", want, said)
		}
	}
}

// TestADeletedDatabaseIsSaid deletes the file of a running product: alerts are sent, the status says what to do, and after a restart nothing
// is lost.
func TestADeletedDatabaseIsSaid(t *testing.T) {
	inAFile(t)
	t.Parallel()
	p := newWorld(t).start()
	p.settled()
	path := p.database()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	p.damaged = true // and not where it is looked for
	p.set("web1", fleet.Killed)
	card := p.message(sandbox.OpsChat, 0, "web1", "refuses connections")
	p.message(sandbox.OpsChat, card.ID-1, "database file was deleted", path)
	p.answered("/status", "was deleted", "its copy, opsbot.db.saved")
	p.stop()
	p.start()
	p.set("web1", fleet.OK)
	if end := p.message(sandbox.OpsChat, card.ID, "web1", "works again"); end.ReplyTo != card.ID {
		t.Errorf("the end answers message %d, the card is %d", end.ReplyTo, card.ID)
	}
	p.message(sandbox.OpsChat, card.ID, "was missing at the start", path+".saved")
}
