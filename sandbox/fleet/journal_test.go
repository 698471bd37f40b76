package fleet_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"opsbot/sandbox/fleet"
)

// TestHostsWriteLogs: requests, failures, and events of the server.
func TestHostsWriteLogs(t *testing.T) {
	dir := t.TempDir()
	f := fleet.New(fleet.Options{Slow: slow, Free: true, Logs: dir})
	if err := f.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	page := pages(t, f, "web1")[0]
	get := func(most time.Duration) {
		ctx, cancel := context.WithTimeout(t.Context(), most)
		defer cancel()
		_, _, _ = ask(ctx, page)
	}
	get(10 * time.Second)
	set(t, f, "web1", fleet.Sick)
	get(10 * time.Second)
	set(t, f, "web1", fleet.Hung)
	get(100 * time.Millisecond)
	set(t, f, "web1", fleet.Killed) // waits for requests in progress
	set(t, f, "web1", fleet.OK)
	said := func(name string, words ...string) {
		t.Helper()
		data, err := os.ReadFile(filepath.Join(dir, "web1", name))
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range words {
			if !strings.Contains(string(data), word) {
				t.Errorf("%s has no %q:\n%s", name, word, data)
			}
		}
	}
	said("access.log", `HTTP/1.1" 200 `, `HTTP/1.1" 503 `, `HTTP/1.1" 499 0 `)
	said("error.log", "[error] 712#712: *", "connect() failed (111: Connection refused)", "upstream timed out (110: Connection timed out)", "SIGTERM", "start worker processes")
}
