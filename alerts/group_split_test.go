package alerts_test

import (
	"strings"
	"testing"
	"time"
)

// TestPartsMoveWithTheirGroup: hosts of two clients are reported at once, and become a group each when the first card is due. What opsbot
// found on them goes along: none of it is notified by itself.
func TestPartsMoveWithTheirGroup(t *testing.T) {
	w := &truth{world: newWorld(t, "a/web@h1", "a/web@h2", "b/web@h5", "b/web@h6", "b/web@h7", "b/web@h8", "b/web@s1"), broken: map[string]bool{}}
	for _, id := range []string{"a/web@h1", "a/web@h2", "b/web@h5", "b/web@h6", "b/web@h7", "b/web@h8"} {
		w.broken[id] = true
	}
	for _, h := range []string{"h1", "h2", "h5", "h6", "h7", "h8"} {
		w.receive(w.event(h))
	}
	for range 60 {
		var asked []string
		for _, id := range w.toVerify {
			asked = append(asked, string(id))
		}
		w.run(asked...)
		w.wait(time.Second)
	}
	groups := 0
	for _, line := range w.said() {
		if strings.HasPrefix(line, "1 opened event_group:") {
			groups++
		} else if !strings.HasPrefix(line, "1 updated") {
			t.Errorf("beside the groups: %q", line)
		}
	}
	if groups != 2 {
		t.Errorf("%d groups, want one for each client", groups)
	}
}
