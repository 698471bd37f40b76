// Package ports finds ports for programs under test that listen themselves. Only tests may import it.
package ports

import (
	"math/rand/v2"
	"net"
	"strconv"
	"testing"
)

// The ports that are given: above those of services, below those that Linux takes for outgoing connections by default
// (ip_local_port_range): between the look and the program's start nobody comes to one by chance.
const (
	lowest  = 10_000
	highest = 32_000
	tries   = 100
)

// Free returns a port of 127.0.0.1 that nobody listens on.
func Free(t testing.TB) string {
	t.Helper()
	_, port, err := net.SplitHostPort(Address(t))
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// Address returns 127.0.0.1 with a port that nobody listens on.
func Address(t testing.TB) string {
	t.Helper()
	var last error
	for range tries {
		address := net.JoinHostPort("127.0.0.1", strconv.Itoa(lowest+rand.IntN(highest-lowest))) //nolint:gosec // any will do
		l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", address)
		if err != nil {
			last = err
			continue
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		return address
	}
	t.Fatalf("no free port in %d tries: %v", tries, last)
	return ""
}
