//go:build integration

package store_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"opsbot/store"
	"opsbot/store/storetest"
	"opsbot/test/postgres"
)

// startPostgres starts a server for a test.
func startPostgres(t *testing.T) *postgres.Server {
	t.Helper()
	s, err := postgres.Start(t.Context())
	ok(t, err)
	t.Cleanup(func() { ok(t, s.Stop()) })
	return s
}

var databases atomic.Int64

func TestIntegrationPostgres(t *testing.T) {
	server := startPostgres(t)
	places := map[string]string{}
	storetest.Run(t, func(t *testing.T, place string) *store.DB {
		t.Helper()
		key := t.Name() + "/" + place
		if places[key] == "" {
			dsn, err := server.Create(t.Context(), fmt.Sprintf("suite%d", databases.Add(1)))
			ok(t, err)
			places[key] = dsn
		}
		return open(t, store.Options{DSN: places[key]})
	})
}
