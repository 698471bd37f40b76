package store

import (
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// fenced is how the server begins to quote what it was asked to make a number of when the epoch is not ours.
const fenced = "fenced: another opsbot leads"

// fence is the statement that ends a write transaction of a leader that is none any more: it is part of each. It holds the epoch until the
// commit, so that a takeover waits for what has begun, and nothing begins behind it.
func (s *postgresServer) fence() []statement {
	if s.epoch == 0 {
		return nil
	}
	return []statement{{`SELECT CASE WHEN epoch = $1 THEN 1 ELSE CAST('` + fenced + ` since epoch ' || epoch AS bigint) END FROM opsbot_fence WHERE id = 1 FOR SHARE`, []any{s.epoch}}}
}

// Words are what an error of the database says to people, without codes, addresses or names of users.
func Words(err error) string { return inWords(err, true) }

// IsMistake reports whether an error is one that no waiting mends: a wrong user, password, name of a database or mode of a pooler.
func IsMistake(err error) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (strings.HasPrefix(e.Code, "28") || e.Code == "3D000" || e.Code == "42501" || ofStatements(e))
}

func isFenced(e *pgconn.PgError) bool {
	return e.Code == "22P02" && strings.Contains(e.Message, fenced)
}

// Fenced reports whether a write was refused since another opsbot leads.
func Fenced(err error) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && isFenced(e)
}
