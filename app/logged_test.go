package app_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestTheLogSaysWhyAChannelTakesNothing: an address that is gone is tried again for ever, so somebody has to learn of it.
func TestTheLogSaysWhyAChannelTakesNothing(t *testing.T) {
	t.Parallel()
	h := newHook(t)
	b := newBare(t, fmt.Sprintf(`[alerts]
console = false
[[webhook]]
name = "cmdb"
url = "%s/gone"
[[routes]]
to = ["webhook:cmdb"]
`, h.URL)+refusedCheck)
	said := func() []string {
		var lines []string
		for line := range strings.Lines(b.out.String()) {
			if strings.Contains(line, "webhook:cmdb") {
				lines = append(lines, line)
			}
		}
		return lines
	}
	for deadline := time.Now().Add(patience); len(said()) == 0 && time.Now().Before(deadline); {
	}
	if lines := said(); len(lines) != 1 || !strings.Contains(lines[0], "HTTP 404") || !strings.Contains(lines[0], "level=warning") {
		t.Errorf("%q", lines)
	}
}
