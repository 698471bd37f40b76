package app_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"

	"opsbot/sandbox"
)

// While the database takes no writes, who asks how things are is answered, and who wants to change something is told that nothing
// was changed; when it takes them again, commands work again.
func TestCommandsWhileTheDatabaseTakesNothing(t *testing.T) {
	inAFile(t)
	t.Parallel()
	p := newWorld(t).start()
	p.settled()
	release := lockDatabase(t, filepath.Join(p.dir, "opsbot.db"))
	p.message(sandbox.Admin, p.say(sandbox.Admin, sandbox.Admin, "/status"), "30 checks")
	p.message(sandbox.Admin, p.say(sandbox.Admin, sandbox.Admin, "/mute 1h clientA"), "Nothing was changed: the database rejects writes")
	release()
	p.answered("/mute 1h clientA", "Muted until")
	p.answered("/mutes", "clientA")
}

// lockDatabase keeps everybody else from writing until release.
func lockDatabase(t *testing.T, path string) (release func()) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() }) // it only held a lock
	db.SetMaxOpenConns(1)
	ctx := context.WithoutCancel(t.Context())
	if _, err := db.ExecContext(ctx, "PRAGMA busy_timeout = 10000; BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	return func() {
		if _, err := db.ExecContext(ctx, "ROLLBACK"); err != nil {
			t.Error(err)
		}
	}
}
