package setup

import (
	"context"
	"os"
	"strings"
	"time"

	"opsbot/model"
	"opsbot/store"
)

// Saved is a database in a file of its own.
type Saved = store.Saved

// Restore is a database that is ready to be restored.
type Restore = store.Restore

// CountStore returns the schema version and the rows of a file of SQLite; see store.Count.
func CountStore(ctx context.Context, path string) (Saved, error) { return store.Count(ctx, path) }

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

// StorePlace is where a database is: on a server, else in a file of SQLite.
type StorePlace struct {
	File string
	dsn  model.Secret
}

// place is where opsbot keeps its state. A file that is named needs no configuration.
func (r StoreRequest) place() (StorePlace, error) {
	if r.Database != "" {
		return StorePlace{File: r.Database}, nil
	}
	l, err := Load(r.Config, r.Getenv)
	if err != nil {
		return StorePlace{}, err
	}
	return StorePlace{File: l.Config.Store.Path, dsn: l.Config.Store.DSN}, nil
}

// StoreRequest names a database: by a configuration, or by its file.
type StoreRequest struct {
	Config   string
	Database string // "": that of the configuration
	Getenv   func(string) string
}

// BackupStore copies the database to a file; see store.Backup. Of a database on a server the error has the command that does.
func BackupStore(ctx context.Context, r StoreRequest, to string, keep int) (Saved, []string, error) {
	at, err := r.place()
	if err != nil {
		return Saved{}, nil, err
	}
	if !at.dsn.IsZero() {
		return Saved{}, nil, onServer(model.ErrBackupServer, store.DumpCommand, at, to)
	}
	return store.Backup(ctx, store.BackupOptions{Path: at.File, To: to, Keep: keep, Now: time.Now})
}

// RestoreStore prepares to put a backup in the place of the database; see store.NewRestore.
func RestoreStore(ctx context.Context, r StoreRequest, from, by string) (*Restore, StorePlace, error) {
	at, err := r.place()
	if err != nil {
		return nil, at, err
	}
	if !at.dsn.IsZero() {
		return nil, at, onServer(model.ErrRestoreServer, store.UndumpCommand, at, from)
	}
	ready, err := store.NewRestore(ctx, store.RestoreOptions{From: from, Path: at.File, By: by, Now: time.Now})
	return ready, at, err
}

// onServer is the error of what the server's own tools do, with their command.
func onServer(code model.ErrorCode, command func(dsn, file string) (string, error), at StorePlace, file string) error {
	line, err := command(at.dsn.Reveal(), file)
	if err != nil {
		return err
	}
	return &model.Error{Code: code, Args: map[string]string{"command": line}}
}
