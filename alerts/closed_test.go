package alerts_test

import (
	"strings"
	"testing"
	"time"

	"opsbot/alerts"
	"opsbot/model"
)

// An event whose end was lost is closed by hand: its incident is over, says who closed it, and is not said to be over at the source.
func TestAnEventClosedByHandEndsItsIncident(t *testing.T) {
	w := hosting(t)
	lost := w.event("db9")
	w.receive(lost)
	w.wait(5 * time.Second)
	w.expect("1 opened event_group:1 critical")
	w.wait(time.Hour)
	lost.EndedAt, lost.End, lost.ClosedBy = w.at, model.EndClosed, "Anna"
	if err := w.manager.CloseEvents(t.Context(), model.AuditEntry{Action: "close", Target: "icinga/db9"}, lost); err != nil {
		t.Fatal(err)
	}
	b := w.store.open[1].EventGroup
	if b.Open != 0 || b.Unsure != 0 || b.ClosedByHand != 1 || len(b.Closed) != 1 || b.Closed[0].Who != "Anna" || b.Closed[0].Names.Names[0] != "db9" || b.Ended.All != 0 {
		t.Errorf("%+v", b)
	}
	w.wait(alerts.EventGroupQuiet + time.Minute)
	if said := strings.Join(w.said(), "\n"); !strings.Contains(said, "resolved event_group:1") {
		t.Errorf("said %q", said)
	}
	if n := len(w.store.audit); n != 1 || w.store.events[lost.EventKey].ClosedBy != "Anna" {
		t.Errorf("%d audit entries, stored is %+v", n, w.store.events[lost.EventKey])
	}
	if n := len(w.manager.Events(model.Scope{})); n != 0 {
		t.Errorf("%d events are open", n)
	}
	lost.EndedAt, lost.End, lost.ClosedBy = time.Time{}, "", ""
	w.receive(lost) // the source says so again
	w.wait(5 * time.Second)
	if said := strings.Join(w.said(), "\n"); !strings.Contains(said, "opened event_group:2") {
		t.Errorf("said %q", said)
	}
}
