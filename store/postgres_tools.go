package store

import (
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"opsbot/model"
)

// DumpCommand is the command that backs up a database on a server. It has no password in it: pg_dump asks, or reads ~/.pgpass.
func DumpCommand(dsn, file string) (string, error) {
	at, err := toolFlags(dsn)
	return "pg_dump --format=custom --file=" + quoted(file) + at, err
}

// UndumpCommand is the command that restores what DumpCommand's has written, and has the next start know of it: what a database from
// takeRestored does.
func UndumpCommand(dsn, file string) (string, error) {
	at, err := toolFlags(dsn)
	return "pg_restore --clean --if-exists --single-transaction" + at + " " + quoted(file) + " && psql" + at +
		` --command="INSERT INTO setting (name, value) VALUES ('` + restoredSetting + `', '{}')"`, err
}

// toolFlags say to PostgreSQL's tools where a database is.
func toolFlags(dsn string) (string, error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return "", &model.Error{Code: model.ErrDatabaseDSN, Err: errDSN}
	}
	flags := " --host=" + quoted(config.Host) + " --port=" + strconv.Itoa(int(config.Port))
	if config.User != "" {
		flags += " --username=" + quoted(config.User)
	}
	return flags + " --dbname=" + quoted(config.Database), nil
}

// quoted is a word for a shell.
func quoted(word string) string {
	safe := strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:@%+,-") == ""
	if word != "" && safe {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
