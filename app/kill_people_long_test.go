//go:build integration

package app_test

import "testing"

// TestIntegrationKillWhilePeopleAsk is TestKillWhilePeopleAsk for minutes: 300 kills.
func TestIntegrationKillWhilePeopleAsk(t *testing.T) { peopleTrial(t, 300) }
