//go:build integration

package notify_test

import (
	"testing"
	"time"

	"opsbot/sandbox/botapi"
)

// TestIntegrationKill is TestKill for minutes: 300 kills, every kind of fault, Telegram unreachable for 20 minutes of the fast clock,
// and more outages in which hundreds of messages pile up for each chat.
func TestIntegrationKill(t *testing.T) {
	faults := append(
		shortFaults(),
		botapi.Fault{Kind: botapi.FaultFloodMissing, Chat: int64(chatMoved)}, botapi.Fault{Kind: botapi.FaultFlood, RetryAfter: 2},
		botapi.Fault{Kind: botapi.FaultEndless}, botapi.Fault{Kind: botapi.FaultGzipBomb},
	)
	trial(t, crashPlan{
		kills: 300, life: 700 * time.Millisecond, faults: faults, pace: 300 * time.Millisecond, away: 20 * time.Second,
		fills: []int{600, 600, 1200, 60, 700, 900}, least: 2500,
	})
}

// TestIntegrationKillWhileOthersJoin is TestKillWhileOthersJoin for minutes: 300 kills.
func TestIntegrationKillWhileOthersJoin(t *testing.T) { trial(t, joinsPlan(300)) }
