package app_test

import (
	"os"
	"testing"
)

// onServer reports whether the databases of these tests are on a server of PostgreSQL: test/postgres/run.
func onServer() bool { return os.Getenv("OPSBOT_TEST_STORE") == "postgres" }

// inAFile skips a test of what only a database in a file has.
func inAFile(t *testing.T) {
	t.Helper()
	if onServer() {
		t.Skip("it is about the file of the database")
	}
}
