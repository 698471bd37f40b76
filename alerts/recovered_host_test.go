package alerts_test

import (
	"slices"
	"testing"
	"time"

	"opsbot/model"
)

// TestWhatARecoveredHostLeavesIsNotWaitedFor: one round of a host shows that it is back, and what is still down on it: nothing is left to verify,
// so nothing waits for the limit of a verification.
func TestWhatARecoveredHostLeavesIsNotWaitedFor(t *testing.T) {
	w := newWorld(t, "a/web@h1", "a/api@h1")
	w.fail("a/web@h1", "a/api@h1")
	w.wait(time.Minute)
	w.said()
	w.handle([]model.Result{outcome("a/web@h1", model.StatusOK, w.at), outcome("a/api@h1", model.StatusFail, w.at)})
	w.wait(0)
	if got := w.said(); !slices.Contains(got, "1 opened service:a/api critical") {
		t.Errorf("a moment after the round: %q", got)
	}
}
