package notify_test

import (
	"strconv"
	"testing"
	"time"

	"opsbot/model"
)

// list is a message about several incidents.
func list(kind model.NotificationKind, ids ...model.IncidentID) model.Notification {
	x := model.Notification{Kind: kind, To: chat(1), Created: time.Now()}
	switch kind {
	case model.NotifyMuteEnded, model.NotifyMuteEnding:
		x.Snapshot.Mute = &model.Mute{ID: 3, Until: time.Now().Add(time.Hour)}
	case model.NotifyDaily:
		x.Snapshot.Daily = &model.Daily{}
	}
	for _, id := range ids {
		x.Snapshot.Open = append(x.Snapshot.Open, *newNotification(model.NotifyOpened, id, 1).Snapshot.Incident)
	}
	return x
}

// A list that could not be delivered for long does not call open what is over by then: it says what is so, and the ends in it are
// not notified again.
func TestAListSaysWhatIsSoWhenItIsSent(t *testing.T) {
	for _, kind := range []model.NotificationKind{model.NotifyDigest, model.NotifyMuteEnded} {
		for _, between := range []int{0, 60} {
			t.Run(string(kind)+strconv.Itoa(between), func(t *testing.T) {
				b := newBench(t)
				b.put(newNotification(model.NotifyOpened, 1, 1), newNotification(model.NotifyOpened, 2, 1))
				b.run(0)
				b.deliver("opened1", "opened2")
				b.drained()
				b.stop()
				b.put(list(kind, 1, 2, 3, 4, 5))
				var others []model.Notification
				var want []string
				for i := range between {
					others = append(others, newNotification(model.NotifyOpened, model.IncidentID(100+i), 1))
					want = append(want, "opened"+strconv.Itoa(100+i))
				}
				b.put(others...)
				worse := newNotification(model.NotifyUpdated, 5, 1)
				worse.Snapshot.Incident.Severity = model.SeverityCritical
				b.put(worse)
				for _, id := range []model.IncidentID{1, 3} {
					b.put(over(model.NotifyUpdated, id), over(model.NotifyResolved, id))
				}
				b.run(0)
				d := b.next()
				listed(t, d, []model.IncidentID{1}, []model.IncidentID{2, 4, 5}, []model.IncidentID{3})
				if first := d.Snapshot.Open[0]; first.ID != 5 || first.Severity != model.SeverityCritical {
					t.Errorf("the worst is not first: %+v", first)
				}
				d.take(7)
				b.deliver(want...)
				b.deliver("updated1")
				b.drained()
				b.put(over(model.NotifyUpdated, 4), over(model.NotifyResolved, 4))
				b.deliver("resolved4")
				b.drained()
			})
		}
	}
}

// The end of a day before may be in a list that comes before the beginning, which became part of a digest behind it.
func TestAnEndBeforeItsBeginningIsNoEnd(t *testing.T) {
	b := newBench(t)
	b.put(newNotification(model.NotifyOpened, 1, 1))
	b.run(0)
	b.deliver("opened1")
	b.drained()
	b.stop()
	first, second := list(model.NotifyDigest), list(model.NotifyDigest)
	for _, id := range []model.IncidentID{1, 2} {
		first.Snapshot.Resolved = append(first.Snapshot.Resolved, *over(model.NotifyResolved, id).Snapshot.Incident)
	}
	first.Snapshot.Gone = append(first.Snapshot.Gone, *newNotification(model.NotifyOpened, 3, 1).Snapshot.Incident) // as before its end
	second.Snapshot.Gone = append(second.Snapshot.Gone, first.Snapshot.Resolved[1], *over(model.NotifyResolved, 4).Snapshot.Incident)
	b.put(first, second)
	b.run(0)
	d := b.next()
	listed(t, d, []model.IncidentID{1}, nil, []model.IncidentID{2, 3})
	d.take(1)
	d = b.next()
	listed(t, d, nil, nil, []model.IncidentID{4})
	d.take(1)
	b.drained()
}

// An incident may be over for a limited chat before it ends, or be deleted: what waits and what is stored say it.
func TestWhatEndsAListsIncident(t *testing.T) {
	b := newBench(t)
	b.put(list(model.NotifyDigest, 1, 2, 3))
	closed := over(model.NotifyUpdated, 1)
	still := *newNotification(model.NotifyOpened, 1, 1).Snapshot.Incident
	ended := *over(model.NotifyResolved, 2).Snapshot.Incident
	if _, err := b.db.Commit(t.Context(), model.Change{Notifications: []model.Notification{closed}, Incidents: []model.Incident{still, ended}}); err != nil {
		t.Fatal(err)
	}
	b.run(0)
	d := b.next()
	listed(t, d, nil, []model.IncidentID{3}, []model.IncidentID{1, 2})
	d.take(1)
	b.drained()
}

// A message that has nothing to say any more is not sent.
func TestWhatIsOutdatedIsNotSent(t *testing.T) {
	ending := list(model.NotifyMuteEnding)
	ending.Snapshot.Mute.Until = time.Now().Add(-time.Second)
	acked := newNotification(model.NotifyUpdated, 1, 1)
	acked.Snapshot.Incident.Acks = []model.Ack{{Name: "Ann"}}
	later := newNotification(model.NotifyRaised, 1, 1)
	later.NotBefore = time.Now().Add(time.Hour)
	all := func(all ...model.Notification) []model.Notification { return all }
	for name, tt := range map[string]struct {
		waiting []model.Notification
		want    []string
		over    bool // by now
	}{
		"a mute that has ended":            {all(ending), nil, false},
		"a mute that ends":                 {all(list(model.NotifyMuteEnding)), []string{"mute_ending0"}, false},
		"two days":                         {all(list(model.NotifyDaily), newNotification(model.NotifyNotice, 0, 1), list(model.NotifyDaily)), []string{"notice0", "daily0"}, false},
		"a reminder of what is over":       {all(newNotification(model.NotifyReminder, 1, 1), over(model.NotifyUpdated, 1), over(model.NotifyResolved, 1)), []string{"updated1", "resolved1"}, false},
		"reminders":                        {all(newNotification(model.NotifyReminder, 1, 1), newNotification(model.NotifyReminder, 1, 1)), []string{"reminder1"}, false},
		"a reminder, then a rise":          {all(newNotification(model.NotifyReminder, 1, 1), newNotification(model.NotifyRaised, 1, 1)), []string{"raised1"}, false},
		"a reminder, a rise that waits":    {all(newNotification(model.NotifyReminder, 1, 1), later), []string{"reminder1"}, false},
		"a digest of what is known":        {all(over(model.NotifyUpdated, 1), over(model.NotifyResolved, 1), list(model.NotifyDigest, 1)), []string{"updated1", "resolved1"}, true},
		"the end of a mute, all is over":   {all(over(model.NotifyUpdated, 1), over(model.NotifyResolved, 1), list(model.NotifyMuteEnded, 1)), []string{"updated1", "resolved1"}, true},
		"a second end":                     {all(over(model.NotifyResolved, 1), over(model.NotifyResolved, 1)), []string{"resolved1"}, false},
		"a rise after the end, and an end": {all(over(model.NotifyResolved, 1), newNotification(model.NotifyRaised, 1, 1), over(model.NotifyResolved, 1)), []string{"resolved1"}, false},
		"a new beginning for a chat":       {all(over(model.NotifyResolved, 1), newNotification(model.NotifyOpened, 1, 1), over(model.NotifyResolved, 1)), []string{"resolved1", "opened1", "resolved1"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.put(newNotification(model.NotifyOpened, 1, 1))
			b.run(0)
			b.deliver("opened1")
			b.drained()
			b.stop()
			for _, x := range tt.waiting {
				b.put(x)
			}
			if tt.over {
				ended := *over(model.NotifyResolved, 1).Snapshot.Incident
				if _, err := b.db.Commit(t.Context(), model.Change{Incidents: []model.Incident{ended}}); err != nil {
					t.Fatal(err)
				}
			}
			b.run(0)
			b.deliver(tt.want...)
			b.put(newNotification(model.NotifyNotice, 0, 1))
			b.deliver("notice0")
		})
	}
}

// A reminder shows its incident as it is now; the edit of the card follows.
func TestAReminderShowsTheNewestState(t *testing.T) {
	b := newBench(t)
	b.put(newNotification(model.NotifyOpened, 1, 1))
	b.run(0)
	b.deliver("opened1")
	b.drained()
	b.stop()
	edit := newNotification(model.NotifyUpdated, 1, 1)
	edit.Snapshot.Incident.Acks = []model.Ack{{Name: "Ann"}}
	b.put(newNotification(model.NotifyReminder, 1, 1), edit)
	b.run(0)
	if d := b.deliver("reminder1"); len(d.Snapshot.Incident.Acks) == 0 {
		t.Error("it does not say who has it")
	}
	b.deliver("updated1")
	b.drained()
}

// The daily digest lists what is open when it is sent.
func TestADailyDigestIsOfToday(t *testing.T) {
	b := newBench(t)
	b.open = func(model.Destination) []model.Incident { return []model.Incident{{ID: 9}} }
	b.put(list(model.NotifyDaily, 1, 2))
	b.run(0)
	d := b.next()
	if got := idsOf(d.Snapshot.Open); len(got) != 1 || got[0] != 9 {
		t.Errorf("open: %v", got)
	}
	d.take(1)
	b.drained()
}

// What a rise says of who joined stays when it is sent with a later content.
func TestARiseKeepsWhoJoined(t *testing.T) {
	b := newBench(t)
	raised := newNotification(model.NotifyRaised, 1, 1)
	raised.Snapshot.Joined = &model.Joined{Checks: []model.CheckID{"new"}}
	edit := newNotification(model.NotifyUpdated, 1, 1)
	edit.Snapshot.Incident.Comment = "newest"
	b.put(raised, edit)
	b.run(0)
	if d := b.deliver("raised1"); d.Snapshot.Joined == nil || d.Snapshot.Incident.Comment != "newest" {
		t.Errorf("%+v", d.Snapshot)
	}
	b.drained()
}
