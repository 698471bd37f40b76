package notify_test

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"opsbot/model"
	"opsbot/notify"
	"opsbot/store"
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
		t.Errorf("open %v, want %v", got, open)
	}
	if got := idsOf(digest.Snapshot.Resolved); !slices.Equal(got, []model.IncidentID{1, first.Incident}) { // both were delivered as open
		t.Errorf("resolved %v", got)
	}
	if got := idsOf(digest.Snapshot.Gone); !slices.Equal(got, over[1:]) {
		t.Errorf("ended meanwhile %v, want %v", got, over[1:])
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

// deliver lets the next messages arrive, each of which must be as described: "opened1".
func (b *bench) deliver(want ...string) (last *delivery) {
	b.t.Helper()
	for i, text := range want {
		last = b.next()
		if got := fmt.Sprint(last.Kind, last.Incident); got != text {
			b.t.Fatalf("then came %s, want %s", got, text)
		}
		last.take(1000 + i)
	}
	return last
}

// listed compares the incidents of a digest.
func listed(t *testing.T, d *delivery, resolved, open, gone []model.IncidentID) {
	t.Helper()
	s := &d.Snapshot
	for what, of := range map[string]struct {
		got  []model.Incident
		want []model.IncidentID
	}{"resolved": {s.Resolved, resolved}, "open": {s.Open, open}, "came and went": {s.Gone, gone}} {
		if got := idsOf(of.got); !slices.Equal(got, of.want) {
			t.Errorf("%s: %v, want %v", what, got, of.want)
		}
		for i := range of.got {
			if in := &of.got[i]; in.Open() != (what == "open") {
				t.Errorf("#%d is %s, and closed at %s", in.ID, what, in.ClosedAt)
			}
		}
	}
}

// One digest covers an outage, whatever waits: also when the ends lie beyond any number of rows that are read at once.
func TestOneDigestCoversEveryBacklog(t *testing.T) {
	for _, n := range []int{30, 60, 270} {
		t.Run(strconv.Itoa(n), func(t *testing.T) {
			b := newBench(t)
			b.digests = map[string]bool{"telegram": true}
			b.put(newNotification(model.NotifyOpened, 1, 1), newNotification(model.NotifyOpened, 2, 1))
			b.run(0)
			b.deliver("opened1", "opened2")
			b.drained()
			b.stop()
			var opened, ends []model.Notification
			var gone, open []model.IncidentID
			for i := range n {
				id := model.IncidentID(100 + i)
				x := newNotification(model.NotifyOpened, id, 1)
				x.Created = time.Now().Add(-10 * time.Minute)
				opened = append(opened, x)
				if i%2 == 0 {
					open = append(open, id)
					continue
				}
				ends, gone = append(ends, over(model.NotifyUpdated, id), over(model.NotifyResolved, id)), append(gone, id)
			}
			b.put(opened...)
			b.put(ends...)
			b.put(over(model.NotifyUpdated, 1), over(model.NotifyResolved, 1))
			b.run(0)
			b.deliver("opened100")
			digest := b.next()
			if digest.Kind != model.NotifyDigest {
				for digest.Kind == model.NotifyUpdated { // cards that were sent are edited
					digest.take(0)
					digest = b.next()
				}
			}
			listed(t, digest, []model.IncidentID{1}, open[1:], gone)
			digest.take(8)
			b.drained()
			b.put(over(model.NotifyUpdated, open[1]), over(model.NotifyResolved, open[1])) // each is notified of by itself later
			b.deliver("resolved" + strconv.Itoa(int(open[1])))
			b.drained()
		})
	}
}

func over(kind model.NotificationKind, id model.IncidentID) model.Notification {
	x := newNotification(kind, id, 1)
	x.Snapshot.Incident.ClosedAt = time.Now()
	return x
}

// What piles up is noticed behind any number of edits.
func TestABacklogBehindEdits(t *testing.T) {
	b := newBench(t)
	b.digests = map[string]bool{"telegram": true}
	var edits []model.Notification
	for i := range 60 {
		edits = append(edits, newNotification(model.NotifyUpdated, model.IncidentID(900+i), 1))
	}
	b.put(newNotification(model.NotifyOpened, 1, 1))
	b.put(edits...)
	open, gone := b.pile(40)
	b.run(0)
	b.deliver("opened1")
	digest := b.deliver("digest0")
	listed(t, digest, nil, open, gone)
	b.drained()
}

// The digest lists what is open by the word of the alerts.Manager, as it is now, if the destination knows of it; what is stored
// decides on what is over.
func TestADigestAsksWhatIsOpen(t *testing.T) {
	b := newBench(t)
	b.digests = map[string]bool{"telegram": true}
	b.put(newNotification(model.NotifyOpened, 1, 1), newNotification(model.NotifyOpened, 2, 1), newNotification(model.NotifyOpened, 3, 1))
	b.run(0)
	b.deliver("opened1", "opened2", "opened3")
	b.drained()
	b.stop()
	open, gone := b.pile(40)
	child := newNotification(model.NotifyOpened, 500, 1)
	child.Snapshot.Incident.Parent = open[1]
	b.put(child, over(model.NotifyUpdated, 2), over(model.NotifyResolved, 2))
	b.open = func(to model.Destination) (all []model.Incident) {
		if to != chat(1) {
			t.Errorf("asked for %s", to)
		}
		for _, id := range []model.IncidentID{1, 2, gone[1], open[0], open[1], 4711} { // 2 and gone[1] as before their end, 4711 not yet stored
			all = append(all, model.Incident{ID: id, Comment: "now", OpenedAt: time.Now()})
		}
		return all
	}
	b.run(0)
	b.deliver("opened" + strconv.Itoa(int(gone[0])))
	digest := b.next()
	for digest.Kind == model.NotifyUpdated {
		digest.take(0)
		digest = b.next()
	}
	listed(t, digest, []model.IncidentID{2, gone[0]}, append(append([]model.IncidentID{1}, open...), 500), gone[1:]) // 500 may leave its parent
	for i := range digest.Snapshot.Open {
		if in := &digest.Snapshot.Open[i]; (in.Comment == "now") != (in.ID == 1 || in.ID == open[0] || in.ID == open[1]) {
			t.Errorf("#%d reads %q", in.ID, in.Comment)
		}
	}
	digest.take(8)
	b.drained()
}

// An incident of which a message was tried is left to its own messages; an end that waits for active hours comes then, and once.
func TestWhatADigestLeavesOut(t *testing.T) {
	b := newBench(t)
	b.digests = map[string]bool{"telegram": true}
	b.put(newNotification(model.NotifyOpened, 1, 1))
	b.run(0)
	b.deliver("opened1")
	b.drained()
	b.stop()
	tried := newNotification(model.NotifyRaised, 900, 1)
	b.put(newNotification(model.NotifyOpened, 5, 1), tried)
	if there, err := b.db.Begin(t.Context(), 3, model.NotifyRaised); err != nil || !there {
		t.Fatal(there, err)
	}
	open, gone := b.pile(40)
	deferred := func(id model.IncidentID) model.Notification {
		x := over(model.NotifyResolved, id)
		x.NotBefore = time.Now().Add(time.Hour)
		return x
	}
	b.put(newNotification(model.NotifyReminder, 1, 1), over(model.NotifyUpdated, 1), deferred(1), newNotification(model.NotifyOpened, 2, 1), over(model.NotifyUpdated, 2), deferred(2))
	b.put(over(model.NotifyUpdated, 900), over(model.NotifyResolved, 900))
	b.run(0)
	b.deliver("opened5")
	if d := b.deliver("raised900"); !d.Repeat || d.Snapshot.Incident.Open() {
		t.Errorf("%+v", d.Notification)
	}
	b.deliver("updated1")
	listed(t, b.deliver("digest0"), nil, open, append([]model.IncidentID{2}, gone...))
	b.left(2)
	for _, id := range []model.IncidentID{2, 1} { // the hours begin
		b.put(over(model.NotifyResolved, id))
	}
	b.deliver("resolved1")
	b.left(2)
}

// Where a beginning was sent in place of a destination, its end is sent too, although a digest replaces it, wherever it waits.
func TestADigestSendsTheEndsElsewhere(t *testing.T) {
	b := newBench(t)
	b.digests = map[string]bool{"telegram": true}
	b.fallback = func(model.Destination) notify.Fallback {
		return notify.Fallback{Name: "ops", To: []model.Destination{chat(7)}, After: time.Hour}
	}
	open, gone := b.pile(520)
	rows, err := b.db.Waiting(t.Context(), 2000)
	if err != nil {
		t.Fatal(err)
	}
	last := gone[len(gone)-1]
	for _, row := range rows {
		if row.Kind == model.NotifyOpened && (row.Incident == last || row.Incident == open[5]) {
			elsewhere := row
			elsewhere.To, elsewhere.Snapshot.FallbackFor = chat(7), &model.FallbackFor{To: chat(1), Name: "ops"}
			if n, err := b.db.AddFallbackCopies(t.Context(), row, []model.Notification{elsewhere}); n != 1 || err != nil {
				t.Fatal(n, err)
			}
		}
	}
	b.run(0)
	var fallback, own []string
	for range 5 {
		d := b.next()
		text := fmt.Sprint(d.Kind, d.Incident)
		if d.To == chat(7) {
			fallback = append(fallback, text)
			if ended := d.Snapshot.FallbackFor.Ended; ended != (d.Kind == model.NotifyResolved) {
				t.Errorf("%s: ended %t", text, ended)
			}
		} else {
			own = append(own, text)
		}
		d.take(1)
	}
	b.drained()
	if want := []string{"opened" + strconv.Itoa(int(last)), "opened" + strconv.Itoa(int(open[5])), "resolved" + strconv.Itoa(int(last))}; !slices.Equal(fallback, want) {
		t.Errorf("the fallback received %q, want %q", fallback, want)
	}
	if want := []string{"opened" + strconv.Itoa(int(gone[0])), "digest0"}; !slices.Equal(own, want) {
		t.Errorf("the destination received %q, want %q", own, want)
	}
}

// What waited when a backup was made becomes a digest as after any long outage, although each message may have been sent since; few come one by
// one, each marked as a possible repeat.
func TestARestoredBacklogBecomesADigest(t *testing.T) {
	for name, c := range map[string]struct{ n, messages int }{"many": {30, 2}, "few": {6, 9}} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.digests = map[string]bool{"telegram": true}
			b.pile(c.n)
			if err := errors.Join(b.db.SetSetting(t.Context(), "store.restored", "{}"), b.db.Close()); err != nil {
				t.Fatal(err)
			}
			again, err := store.Open(t.Context(), store.Options{Path: b.path, Now: time.Now})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = again.Close() })
			b.db, b.store = again, again
			b.run(0)
			for i := range c.messages {
				d := b.next()
				digest := d.Kind == model.NotifyDigest
				if digest != (c.n > 20 && i == 1) || !digest && !d.Repeat {
					t.Errorf("message %d: %s, a repeat: %v", i, d.Kind, d.Repeat)
				}
				d.take(1 + i)
			}
			b.drained()
		})
	}
}
