package app

import (
	"context"
	"slices"
	"testing"
	"time"

	"opsbot/model"
)

// A host that comes back ends each of its events, and each wants the host looked at: that is one look.
func TestWhatIsAskedForOftenIsCheckedOnce(t *testing.T) {
	r := newCheckVerifications()
	ran := make(chan []model.CheckID, 100)
	r.run = func(_ context.Context, ids []model.CheckID) { ran <- ids }
	for range 3 * waveSize {
		r.VerifyChecks([]model.CheckID{"a", "b"})
	}
	ctx, cancel := context.WithCancel(t.Context())
	over := make(chan error, 1)
	go func() { over <- r.keep(ctx) }()
	select {
	case ids := <-ran:
		if !slices.Equal(ids, []model.CheckID{"a", "b"}) {
			t.Errorf("%d were run", len(ids))
		}
	case <-time.After(10 * time.Second):
		t.Error("nothing is run")
	}
	cancel()
	if err := <-over; err != nil || len(ran) != 0 {
		t.Errorf("%v, %d waves more", err, len(ran))
	}
}
