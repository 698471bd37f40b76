//go:build integration

package app_test

import (
	"testing"
	"time"
)

// TestIntegrationKillWhilePeopleAsk is TestKillWhilePeopleAsk for minutes: 300 kills.
func TestIntegrationKillWhilePeopleAsk(t *testing.T) {
	t.Parallel()
	peopleTrial(t, peoplePlan{kills: 300, life: 3 * time.Second})
}
