//go:build integration

package notify_test

import "testing"

// TestIntegrationKilledWhilePaging is TestKilledWhilePaging with 200 kills.
func TestIntegrationKilledWhilePaging(t *testing.T) { killPages(t, 200) }
