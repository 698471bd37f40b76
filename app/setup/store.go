package setup

import (
	"context"
	"os"
	"strings"
	"time"

	"opsbot/model"
	"opsbot/store"
)

// CopiedTable is a table that was copied, with how many rows both sides have.
type CopiedTable = store.CopiedTable

// CopyStore copies a database to an empty one. Each is a connection string, @FILE with one in it, or the path of a file of SQLite.
func CopyStore(ctx context.Context, from, to string) ([]CopiedTable, error) {
	source, err := storeAt(from)
	if err != nil {
		return nil, err
	}
	target, err := storeAt(to)
	if err != nil {
		return nil, err
	}
	return store.Copy(ctx, source, target)
}

func storeAt(word string) (store.Options, error) {
	o := store.Options{Now: time.Now}
	if path, ok := strings.CutPrefix(word, "@"); ok {
		text, err := os.ReadFile(path) //nolint:gosec // the user names it
		if err != nil {
			return o, &model.Error{Code: model.ErrUnreadable, Args: map[string]string{"path": path, "what": err.Error()}, Err: err}
		}
		o.DSN = strings.TrimSpace(string(text))
		return o, nil
	}
	if strings.Contains(word, "://") || strings.Contains(word, "=") {
		o.DSN = word
	} else {
		o.Path = word
	}
	return o, nil
}
