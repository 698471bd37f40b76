package notify_test

import (
	"slices"
	"testing"
	"time"

	"opsbot/model"
)

// pile creates n incidents before an outage of ten minutes, the first half of which are over by now.
func (b *bench) pile(n int) (open, over []model.IncidentID) {
	b.t.Helper()
	began := time.Now().Add(-10 * time.Minute)
	var all []model.Notification
	for i := range n {
		id := model.IncidentID(100 + i)
		t := newNotification(model.NotifyOpened, id, 1)
		t.Created, t.Severity = began, model.Severity(i%3) //nolint:gosec // 0 to 2
		t.Snapshot.Incident.Severity = t.Severity
		all = append(all, t)
		if i < n/2 {
			end := newNotification(model.NotifyResolved, id, 1)
			end.Snapshot.Incident.ClosedAt = time.Now()
			all, over = append(all, end), append(over, id)
			continue
		}
		open = append(open, id)
	}
	b.put(all...)
	return open, over
}

func idsOf(all []model.Incident) []model.IncidentID {
	var ids []model.IncidentID
	for i := range all {
		ids = append(ids, all[i].ID)
	}
	slices.Sort(ids)
	return ids
}

// A backlog arrives as its first message and one digest of the rest, once the chat is back.
func TestABacklogBecomesADigest(t *testing.T) {
	b := newBench(t)
	b.digests = map[string]bool{"telegram": true}
	sent := newNotification(model.NotifyOpened, 1, 1) // was sent before: its card is still edited
	b.put(sent)
	b.run(0)
	b.next().take(5)
	b.drained()
	b.stop()
	open, over := b.pile(30)
	end, edit := newNotification(model.NotifyResolved, 1, 1), newNotification(model.NotifyUpdated, 1, 1)
	notice := newNotification(model.NotifyNotice, 0, 1)
	b.put(edit, end, notice)
	b.run(0)
	first := b.next()
	first.refuse(model.SendNotSent) // still unreachable: nothing is coalesced
	if d := b.next(); d.ID != first.ID {
		t.Fatalf("then came %s", d.Kind)
	} else {
		d.take(6)
	}
	if d := b.next(); d.Kind != model.NotifyUpdated || d.card.Message != 5 {
		t.Errorf("%s of #%d was sent by itself, as message %d", d.Kind, d.Incident, d.card.Message)
	} else {
		d.take(0)
	}
	digest := b.next()
	if digest.Kind != model.NotifyDigest || !digest.Snapshot.Backlog || digest.Severity != model.SeverityCritical || digest.Silent || time.Since(digest.Created) < 9*time.Minute {
		t.Fatalf("%+v", digest.Notification)
	}
	if got := idsOf(digest.Snapshot.Open); !slices.Equal(got, open) {
		t.Errorf("stand %v, want %v", got, open)
	}
	if got, want := idsOf(digest.Snapshot.Gone), append([]model.IncidentID{1}, over...); !slices.Equal(got, want) {
		t.Errorf("ended meanwhile %v, want %v", got, want)
	}
	if digest.Snapshot.Open[0].Severity != model.SeverityCritical {
		t.Error("the worst does not come first")
	}
	digest.take(8)
	if d := b.next(); d.Kind != model.NotifyNotice {
		t.Errorf("then came %s", d.Kind)
	} else {
		d.take(9)
	}
	b.drained()
	if s := b.d.Stats(); s.Coalesced != uint64(len(open)+2*len(over)) {
		t.Errorf("%+v", s)
	}
}

// Few messages, recent ones, and those of channels for programs come one by one.
func TestWhatIsNoBacklog(t *testing.T) {
	for name, c := range map[string]struct {
		n       int
		age     time.Duration
		digests map[string]bool
	}{
		"few":           {10, 0, map[string]bool{"telegram": true}},
		"young":         {30, time.Hour, map[string]bool{"telegram": true}},
		"for a program": {30, 0, nil},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.digests, b.backlogAge = c.digests, c.age
			open, over := b.pile(c.n)
			b.run(0)
			for range len(open) + 2*len(over) {
				if d := b.next(); d.Kind == model.NotifyDigest {
					t.Fatal("a digest")
				} else {
					d.take(1)
				}
			}
			b.drained()
		})
	}
}
