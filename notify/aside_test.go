package notify_test

import (
	"slices"
	"testing"
	"time"

	"opsbot/model"
)

func report(to model.Destination, title string) model.Notification {
	return model.Notification{
		Kind: model.NotifyReport, To: to, Severity: model.SeverityCritical, Created: time.Now(),
		Snapshot: model.Snapshot{Report: &model.Report{Title: title, Parts: &model.ReportParts{HTML: title}}},
	}
}

// TestAnAlertWaitsForNoReport: neither for one being sent, nor for one that is never accepted, nor for many.
func TestAnAlertWaitsForNoReport(t *testing.T) {
	b := newBench(t)
	for range 60 { // more than are read at once
		b.put(report(chat(1), "r"))
	}
	b.run(0)
	r := b.next()
	for i := range 3 {
		b.put(newNotification(model.NotifyOpened, model.IncidentID(i+1), 1))
		d := b.next() // while the report hangs
		if d.Kind != model.NotifyOpened || int(d.Incident) != i+1 {
			t.Fatalf("%s #%d", d.Kind, d.Incident)
		}
		d.take(i + 1)
		r.refuse(model.SendAmbiguous)
		again := b.next()
		if again.ID != r.ID || !again.Repeat { // reports keep their order
			t.Fatalf("%s %d after report %d, repeat %t", again.Kind, again.ID, r.ID, again.Repeat)
		}
		r = again
	}
	r.take(9)
	for range 59 {
		next := b.next()
		if next.ID <= r.ID {
			t.Errorf("report %d after %d", next.ID, r.ID)
		}
		r = next
		r.take(9)
	}
	b.drained()
}

// TestReportsHaveFewPlaces: reports for many chats leave slots of a channel to alerts.
func TestReportsHaveFewPlaces(t *testing.T) {
	b := newBench(t)
	for i := range 9 {
		b.put(report(chat(model.ChatID(100+i)), "r"))
	}
	b.run(4)
	var reports []*delivery
	for range 4 {
		reports = append(reports, b.next())
	}
	b.put(newNotification(model.NotifyOpened, 1, 1)) // not critical
	d := b.next()
	if d.Kind != model.NotifyOpened {
		t.Fatalf("%s", d.Kind)
	}
	d.take(1)
	for _, r := range reports {
		r.take(1)
	}
}

// TestAReportSaysNothingOfItsChat: a report that is too large for a slow line does not make its chat a failing one.
func TestAReportSaysNothingOfItsChat(t *testing.T) {
	inFallbackWorld(t, func(w *fallbackCopies) {
		w.chat.set(model.SendAmbiguous)
		w.put(report(chat(1), "r"))
		w.pass(3 * time.Minute)
		if failing, err := w.db.Outages(w.t.Context()); err != nil || len(failing) > 0 {
			t.Errorf("%v, %v", failing, err)
		}
	})
}

// TestReportsAreNoBacklog: many reports neither hide a backlog nor become part of its digest.
func TestReportsAreNoBacklog(t *testing.T) {
	b := newBench(t)
	b.digests, b.backlogAge = map[string]bool{"telegram": true}, -time.Hour
	for range 510 { // more than are read for a digest
		b.put(report(chat(1), "r"))
	}
	for i := range 25 {
		b.put(newNotification(model.NotifyOpened, model.IncidentID(i+1), 1))
	}
	b.run(0)
	var kinds []model.NotificationKind
	for range 3 {
		d := b.next()
		kinds = append(kinds, d.Kind)
		if d.Kind != model.NotifyReport {
			d.take(1)
		}
	}
	slices.Sort(kinds)
	if want := []model.NotificationKind{model.NotifyDigest, model.NotifyOpened, model.NotifyReport}; !slices.Equal(kinds, want) {
		t.Errorf("%q", kinds)
	}
}
