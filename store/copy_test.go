package store_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"opsbot/model"
	"opsbot/store"
)

// TestCopy copies a database with rows in every table: what is stored is the same, and neither a bot that runs nor rows that are there
// are overrun.
func TestCopy(t *testing.T) {
	from := store.Options{Path: full(t), Now: now}
	to := store.Options{Path: filepath.Join(t.TempDir(), "to.db"), Now: now}
	running := open(t, store.Options{Path: from.Path})
	if _, err := store.Copy(t.Context(), from, to); err == nil || !strings.Contains(err.Error(), "another opsbot is using it") {
		t.Errorf("while a bot runs on it: %v", err)
	}
	ok(t, running.Close())
	copied := must[[]store.CopiedTable](t)(store.Copy(t.Context(), from, to))
	for _, table := range copied {
		if want, got := dump(t, from.Path, table.Name), dump(t, to.Path, table.Name); !slices.Equal(want, got) || int64(len(want)) != table.Rows || table.Rows < 2 {
			t.Errorf("%s:\nwas %v\nis  %v", table.Name, want, got)
		}
	}
	if len(copied) != len(store.Tables())-1 { // but marks of transactions
		t.Errorf("%v", copied)
	}
	if _, err := store.Copy(t.Context(), from, to); model.CodeOf(err) != model.ErrDatabaseFilled {
		t.Errorf("into one that is not empty: %v", err)
	}
}

// TestCopyOfNothing: a name that was mistyped is refused, and nothing is made at either place.
func TestCopyOfNothing(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	ok(t, os.WriteFile(at("notes.txt"), []byte("mine"), 0o600))
	ok(t, os.WriteFile(at("empty.db"), nil, 0o600))
	for _, name := range []string{"none.db", "notes.txt", "empty.db", "", "notes.txt/x.db"} {
		copied, err := store.Copy(t.Context(), store.Options{Path: at(name), Now: now}, store.Options{Path: at("to.db"), Now: now})
		if model.CodeOf(err) != model.ErrNoDatabase || copied != nil {
			t.Errorf("%q: %v, %v", name, copied, err)
		}
	}
	left := must[[]os.DirEntry](t)(os.ReadDir(dir))
	if len(left) != 2 {
		t.Errorf("it has made %v", left)
	}
}

// dump returns the rows of a table as text, sorted.
func dump(t *testing.T, path, table string) []string {
	t.Helper()
	columns := texts(t, path, `SELECT group_concat('quote(' || name || ')', '||'',''||') FROM pragma_table_info($1)`, table)
	all := texts(t, path, `SELECT `+columns[0]+` FROM `+table)
	slices.Sort(all)
	return all
}
