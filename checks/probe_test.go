package checks

import (
	"context"
	"net"
	"syscall"
	"testing"
	"time"

	"opsbot/model"
)

// unroutable is an address that our own side refuses to dial.
const unroutable = "255.255.255.255"

// TestConnectBlamesTheTargetFirst: one address that only we cannot reach must not hide that the server refuses on
// another, or the check would be unknown for ever and never down.
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
		want  model.ReasonCode
	}{
		{[]string{"127.0.0.1", unroutable}, model.ReasonRefused},
		{[]string{unroutable, "127.0.0.1"}, model.ReasonRefused},
		{[]string{unroutable}, model.ReasonLocal},
	} {
		if _, failed := newProbe(ctx, nil).connect(ctx, c.addrs, port); failed == nil || failed.reason.Code != c.want {
			t.Errorf("%v: got %+v, want %s", c.addrs, failed, c.want)
		}
	}
}

// TestConnectLeavesTimeForTheNextAddress: the first address drops all packets.
func TestConnectLeavesTimeForTheNextAddress(t *testing.T) {
	open, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = open.Close() }()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	_, port, _ := net.SplitHostPort(open.Addr().String())
	conn, failed := newProbe(ctx, nil).connect(ctx, []string{"192.0.2.1", "127.0.0.1"}, port)
	if failed != nil {
		t.Fatalf("got %+v", failed)
	}
	_ = conn.Close()
}

// TestADiskThatHangsHoldsNothingUp: a network file system is unreachable: the check ends in time, makes no second call
// beside the first, and works again when the file system does.
func TestADiskThatHangsHoldsNothingUp(t *testing.T) {
	asked, back := make(chan struct{}, 10), make(chan struct{})
	d := &diskCheck{paths: []string{"/mnt/away"}, used: 90, statfs: func(string, *syscall.Statfs_t) error {
		asked <- struct{}{}
		<-back
		return nil
	}}
	for range 3 {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		if r := d.Check(ctx); r.Status != model.StatusUnknown || r.Reason.Args["path"] != "/mnt/away" {
			t.Errorf("got %+v", r)
		}
		cancel()
	}
	<-asked // on a busy machine it may be asked after all checks have given up
	if n := len(asked); n != 0 {
		t.Errorf("%d more questions wait for the kernel", n)
	}
	close(back)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for d.Check(ctx).Status != model.StatusOK {
		if ctx.Err() != nil {
			t.Fatal("it does not work again")
		}
	}
}
