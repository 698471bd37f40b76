package checks

import (
	"context"
	"net"
	"testing"
	"time"

	"opsbot"
)

// unroutable is an address that our own side refuses to dial.
const unroutable = "255.255.255.255"

// TestConnectBlamesTheTargetFirst is about a name with several addresses: one that only we cannot reach must not hide
// that the server refuses on another, or the check would be unknown for ever and never down.
func TestConnectBlamesTheTargetFirst(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(closed.Addr().String())
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	for _, c := range []struct {
		addrs []string
		want  opsbot.ReasonCode
	}{
		{[]string{"127.0.0.1", unroutable}, opsbot.ReasonRefused},
		{[]string{unroutable, "127.0.0.1"}, opsbot.ReasonRefused},
		{[]string{unroutable}, opsbot.ReasonLocal},
	} {
		if _, failed := newProbe(ctx).connect(ctx, c.addrs, port); failed == nil || failed.reason.Code != c.want {
			t.Errorf("%v: got %+v, want %s", c.addrs, failed, c.want)
		}
	}
}

// TestConnectLeavesTimeForTheNextAddress has a first address that swallows everything.
func TestConnectLeavesTimeForTheNextAddress(t *testing.T) {
	open, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = open.Close() }()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	_, port, _ := net.SplitHostPort(open.Addr().String())
	conn, failed := newProbe(ctx).connect(ctx, []string{"192.0.2.1", "127.0.0.1"}, port)
	if failed != nil {
		t.Fatalf("got %+v", failed)
	}
	_ = conn.Close()
}
