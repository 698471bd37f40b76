//go:build integration

package deploy_test

import (
	"os/exec"
	"testing"
)

// TestIntegrationPromtool checks the rules, and has each alert fire.
func TestIntegrationPromtool(t *testing.T) {
	for _, args := range [][]string{{"check", "rules", "prometheus/opsbot.rules.yml"}, {"test", "rules", "prometheus/opsbot.rules.test.yml"}} {
		if out, err := exec.CommandContext(t.Context(), "promtool", args...).CombinedOutput(); err != nil {
			t.Errorf("promtool %v: %v\n%s", args, err, out)
		}
	}
}
