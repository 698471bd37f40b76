package alerts_test

import (
	"slices"
	"testing"

	"opsbot/alerts"
)

// The order of judging is the rule that others are built on: a change of it is a change of this list.
func TestOrderOfJudging(t *testing.T) {
	want := []string{
		"verify", "judge hosts", "judge services", "reconcile", "attach to event groups", "attach to storms", "route", "escalate",
		"leave unknown destinations", "resolve", "update", "leave notified", "inhibit", "collect at first start", "mute", "collect", "active hours", "notify",
		"end first start", "end for limited chats", "forget escalations", "dismiss",
	}
	if got := alerts.Stages(); !slices.Equal(got, want) {
		t.Errorf("judged in the order\n%q\nwant\n%q", got, want)
	}
}
