package store

import (
	"errors"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// postgresWords words the errors of a PostgreSQL server that a person can fix, without its codes; false if the error is none of its.
// The codes: https://www.postgresql.org/docs/current/errcodes-appendix.html
func postgresWords(err error) (string, bool) {
	var old *errTooOld
	if errors.As(err, &old) {
		return "the version of the database server is too old", true
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return serverWords(e), true
	}
	var refused *pgconn.ConnectError
	var network *net.OpError
	switch {
	case err == nil:
		return "", false
	case strings.Contains(err.Error(), "read only connection"): // of pgconn, whose error has no type
		return "the server is a read-only replica", true
	case errors.As(err, &refused), errors.As(err, &network):
		return "the database server cannot be reached", true
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF), pgconn.Timeout(err), strings.HasSuffix(err.Error(), "conn closed"):
		return "the connection to the database server was lost", true
	default:
		return "", false
	}
}

// ofStatements reports whether a pooler gives each statement another connection.
func ofStatements(e *pgconn.PgError) bool {
	return strings.Contains(e.Message, "statement pooling mode")
}

func serverWords(e *pgconn.PgError) string {
	if isFenced(e) {
		return "another opsbot leads"
	}
	class := e.Code[:min(len(e.Code), 2)]
	switch {
	case ofStatements(e):
		return "the pooler has no transactions since its pool mode is statement"
	case class == "28":
		return "the database server refuses the user or the password"
	case e.Code == "3D000":
		return "the server has no such database"
	case e.Code == "42501":
		return "the user may not do this in the database"
	case e.Code == "53300":
		return "the database server has no connection left"
	case e.Code == "53100":
		return "the disk of the database server is full"
	case class == "53":
		return "the database server has no memory left"
	case e.Code == "25006":
		return "the server is a read-only replica"
	case e.Code == "57P03", e.Code == "57P01", e.Code == "57P02":
		return "the database server is starting or stopping"
	case e.Code == "57014", e.Code == "55P03", e.Code == "25P03":
		return "the database server took too long"
	case class == "08":
		return "the connection to the database server was lost"
	case class == "58", class == "XX":
		return "the database server reports damage or a failing disk: " + e.Message
	default:
		return e.Message
	}
}
