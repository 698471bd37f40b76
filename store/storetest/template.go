package storetest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"opsbot/store"
)

// template is an empty database with its schema, made once: all migrations take ten times as long as to open what they made.
var template = sync.OnceValues(func() (_ []byte, err error) {
	dir, err := os.MkdirTemp("", "opsbot-template")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "opsbot.db")
	db, err := store.Open(context.Background(), store.Options{Path: path, Now: func() time.Time { return Start }})
	if err != nil {
		return nil, err
	}
	if err := db.Close(); err != nil {
		return nil, fmt.Errorf("close the template: %w", err)
	}
	content, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) { // the tests run on a server, whose template has the schema (build tag storepostgres)
		return nil, nil
	}
	return content, err
})

// Empty returns the path of an empty SQLite database of the newest schema, in a folder that the test's end removes. Nobody has it
// open. It is for tests of what lies above the store: those of the store begin with no file.
func Empty(tb testing.TB) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "opsbot.db")
	content, err := template()
	if err == nil && len(content) > 0 {
		err = os.WriteFile(path, content, 0o600)
	}
	if err != nil {
		tb.Fatal(err)
	}
	return path
}
