package store

import (
	"context"
	"database/sql"
	"net/url"
	"os"

	"opsbot/model"
)

// PairedIn returns the paired chats of a database without opening it as its owner: it may be in use, and is not changed or created.
func PairedIn(ctx context.Context, path string) (chats []model.Chat, err error) {
	if _, err := os.Stat(path); err != nil {
		return nil, err
	}
	q := url.Values{"mode": {"ro"}, "_pragma": {"query_only(1)"}}
	if _, err := os.Stat(path + "-wal"); err != nil { // nobody uses it: to read it as usual would create files beside it
		q.Set("immutable", "1")
	}
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: q.Encode()}
	db, err := sql.Open("sqlite", u.String())
	if err != nil {
		return nil, err
	}
	defer func() { _ = db.Close() }() // nothing was written
	return bodies[model.Chat](ctx, db, `SELECT body FROM paired_chat ORDER BY at, id`)
}
