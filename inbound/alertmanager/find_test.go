package alertmanager_test

import (
	"net/http"
	"testing"

	"opsbot/inbound"
	"opsbot/model"
)

func TestFindGivesWhatIsOpenWithAMark(t *testing.T) {
	am := newServer(t)
	am.set("/api/v2/silences", `[
		{"id": "a", "comment": "update, mute #3, opsbot-1f", "status": {"state": "active"}},
		{"id": "b", "comment": "update, mute #3, opsbot-1f", "status": {"state": "expired"}},
		{"id": "c", "comment": "update, mute #3, opsbot-1f", "status": {"state": "pending"}},
		{"id": "d", "comment": "opsbot-1f is what it was", "status": {"state": "active"}},
		{"id": "e", "comment": "by hand", "status": {"state": "active"}}
	]`)
	c := client(t, []string{dead(t), am.url}, nil)
	for mark, want := range map[string]string{"opsbot-1f": "a,c", "opsbot-20": "", "": ""} {
		if got, err := c.Find(t.Context(), mark); err != nil || got != want {
			t.Errorf("with %q: %q, %v; want %q", mark, got, err, want)
		}
	}
	am.refuse("/api/v2/silences", http.StatusBadGateway, "")
	if _, err := c.Find(t.Context(), "opsbot-1f"); err == nil || inbound.AsFault(err).Reason.Code != model.ReasonSourceAway {
		t.Errorf("away: %v", err)
	}
}
