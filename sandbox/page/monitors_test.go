package page_test

import (
	"net/http"
	"strings"
	"testing"

	"opsbot/sandbox"
	"opsbot/sandbox/fleet"
)

// TestStreamSendsOfStorms: a monitor's switch, what it breaks, and the monitor's notes afterwards.
func TestStreamSendsOfStorms(t *testing.T) {
	s, _ := world(t)
	next := listen(t, s, sandbox.Admin)
	if seen := next("world", ""); !strings.Contains(seen, `"name":"icinga","kind":"monitor"`) || strings.Contains(seen, `"what"`) {
		t.Errorf("at first: %s", seen)
	}
	status, text := send(t, s, "targets", object{"name": "icinga", "mode": "storm"})
	wants(t, status, text, http.StatusNoContent)
	next("world", `"icinga":[{"what":"reports","hosts":["web1","web2","db9"]}]`)
	if mode := modeOf(s, "web2"); mode != fleet.Killed {
		t.Errorf("web2 is %s in the storm", mode)
	}
	status, text = send(t, s, "heal", object{})
	wants(t, status, text, http.StatusNoContent)
	if seen := next("world", `"notes":{"icinga":null`); strings.Contains(seen, `"mode":"killed"`) {
		t.Errorf("healed: %s", seen)
	}
}

func modeOf(s *sandbox.Sandbox, name string) fleet.Mode {
	for _, target := range s.Fleet.State() {
		if target.Name == name {
			return target.Mode
		}
	}
	return ""
}
