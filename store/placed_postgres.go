//go:build storepostgres

package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// placed opens a database of the server in place of a file, by the name of the file: the same path is the same database, in other
// processes too. test/postgres/run starts the server, and says how its superuser and its user connect, with NAME for the database. What
// is about the file itself stays one: a file that is there, and one with a bound.
func placed(ctx context.Context, o Options) (Options, error) {
	boss, user := os.Getenv("OPSBOT_TEST_POSTGRES_BOSS"), os.Getenv("OPSBOT_TEST_POSTGRES")
	if o.DSN != "" || o.MaxPages > 0 || boss == "" || user == "" {
		return o, nil
	}
	path, err := filepath.Abs(o.Path)
	if err != nil {
		return o, err
	}
	if info, err := os.Stat(path); err == nil && info.Size() > 0 {
		return o, nil
	}
	if _, err := os.Stat(filepath.Dir(path)); err != nil { // a folder that is not there, as of a file
		return o, nil
	}
	sum := sha256.Sum256([]byte(path))
	name := "t" + hex.EncodeToString(sum[:12])
	conn, err := pgx.Connect(ctx, boss)
	if err != nil {
		return o, err
	}
	defer func() { _ = conn.Close(ctx) }()
	_, err = conn.Exec(ctx, "CREATE DATABASE "+name+" TEMPLATE "+os.Getenv("OPSBOT_TEST_POSTGRES_TEMPLATE")+" OWNER opsbot")
	var refused *pgconn.PgError
	if err != nil && !(errors.As(err, &refused) && refused.Code == "42P04") { // duplicate_database
		return o, err
	}
	o.DSN = strings.ReplaceAll(user, "NAME", name)
	return o, nil
}
