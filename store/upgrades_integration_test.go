//go:build integration

package store_test

import (
	"fmt"
	"testing"

	"opsbot/store"
)

// TestIntegrationADatabaseOfEachOlderVersionGoesOn upgrades a database of each older schema on a server.
func TestIntegrationADatabaseOfEachOlderVersionGoesOn(t *testing.T) {
	server := startPostgres(t)
	upgradesOfAll(t, func(t *testing.T, version int64, _ string) at {
		dsn, err := server.Create(t.Context(), fmt.Sprintf("older%d", databases.Add(1)))
		ok(t, err)
		o := store.Options{DSN: dsn, Now: now}
		ok(t, store.SchemaAt(t.Context(), o, version))
		return at{o: o, driver: "pgx"}
	})
}
