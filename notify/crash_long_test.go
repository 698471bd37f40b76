//go:build integration

package notify_test

import (
	"testing"
	"time"

	"opsbot/sandbox/botapi"
)

// TestIntegrationKill is TestKill for minutes: 200 kills, every kind of fault, and Telegram unreachable for 20 minutes of
// the fast clock.
func TestIntegrationKill(t *testing.T) {
	faults := append(
		shortFaults(),
		botapi.Fault{Kind: botapi.FaultFloodMissing, Chat: int64(chatMoved)}, botapi.Fault{Kind: botapi.FaultFlood, RetryAfter: 2},
		botapi.Fault{Kind: botapi.FaultEndless}, botapi.Fault{Kind: botapi.FaultGzipBomb},
	)
	trial(t, crashPlan{
		kills: 200, life: 700 * time.Millisecond, faults: faults, pace: 300 * time.Millisecond, away: 20 * time.Second, least: 3000,
	})
}
