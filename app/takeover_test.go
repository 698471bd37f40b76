package app

import (
	"context"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sirupsen/logrus"
)

// noDNS is a Resolver that answers nothing, and counts who asks.
type noDNS struct{ asked atomic.Int64 }

func (d *noDNS) LookupNetIP(ctx context.Context, _, _ string) ([]netip.Addr, error) {
	d.asked.Add(1)
	<-ctx.Done()
	return nil, ctx.Err()
}

// TestATakeoverDoesNotWaitForDNS: whoever takes over has the answers of the leader before, and asks as soon as it leads; the first leader of
// all waits, as one that is alone does.
func TestATakeoverDoesNotWaitForDNS(t *testing.T) {
	dir := t.TempDir()
	config := filepath.Join(dir, "opsbot.toml")
	text := `
[store]
path = "opsbot.db"
[control]
socket = "opsbot.sock"
[[services]]
name = "store"
port = 80
path = "/"
[webtest]
schedule = "@every 1h"
[[clients]]
name = "acme"
domains = ["shop.example.com"]
services = ["store"]
`
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	log := logrus.New()
	log.SetOutput(io.Discard)
	for epoch, waits := range map[int64]bool{0: true, 1: true, 2: false, 7: false} {
		names := &noDNS{}
		c, err := newCore(t.Context(), Options{ConfigPath: config, Stdout: io.Discard, Log: log, Now: time.Now, Resolver: names})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		if waits {
			cancel() // it has waited long enough
		}
		b := &base{core: c, epoch: epoch}
		b.lookUp(ctx)
		if asked := b.answers.asked.Load(); asked != waits {
			t.Errorf("epoch %d: DNS was asked: %v, want %v", epoch, asked, waits)
		}
		if !waits && names.asked.Load() != 0 {
			t.Errorf("epoch %d: it waits for DNS", epoch)
		}
		ended := make(chan error, 1)
		go func() { ended <- b.keepInventory(ctx) }()
		for !waits && names.asked.Load() == 0 {
			select {
			case err := <-ended:
				t.Fatalf("epoch %d: it ends without asking: %v", epoch, err)
			case <-time.After(time.Millisecond):
			}
		}
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("epoch %d: %v", epoch, err)
		}
	}
}
