// Package ports finds ports for programs under test that listen themselves. Only tests may import it.
package ports

import (
	"net"
	"os"
	"strconv"
	"sync/atomic"
	"testing"
)

// The ports that are given: above those of services, below those that Linux takes for outgoing connections by default
// (ip_local_port_range): between the look and the program's start nobody comes to one by chance. Each process has a part of them, and gives each
// once: a server that is down for a while has its port when it comes back.
const (
	lowest = 10_000
	parts  = 40
	each   = 550 // parts * each ends below 32,768
	tries  = 100
)

var given atomic.Int64

func next() int {
	return lowest + os.Getpid()%parts*each + int(given.Add(1))%each
}

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
		address := net.JoinHostPort("127.0.0.1", strconv.Itoa(next()))
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
