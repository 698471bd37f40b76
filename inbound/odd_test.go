package inbound_test

import (
	"strings"
	"testing"
	"time"

	"opsbot/inbound"
	"opsbot/inbound/payload"
	"opsbot/model"
)

// oneProblem makes a Ledger of a source of which an object has one problem at a time; client nil: it cannot be polled.
func oneProblem(client inbound.Client) func(*inbound.LedgerOptions) {
	return func(o *inbound.LedgerOptions) { o.OneProblem, o.Client = true, client }
}

// episodeOf is an event about an object that began some seconds before the start of the test.
func episodeOf(object string, secondsAgo int) model.Event {
	opened := start.Add(-time.Duration(secondsAgo) * time.Second)
	e := event(object + "@" + opened.Format(time.RFC3339))
	e.Object, e.OpenedAt = object, opened
	return e
}

// endedAt is an event that ended some seconds after the start of the test.
func endedAt(e model.Event, seconds int) model.Event {
	e.EndedAt = start.Add(time.Duration(seconds) * time.Second)
	return e
}

// TestSeveralStartTimesAreOneEvent: what a pair, or a rebooted monitor, reports of one alert with different start times is one event,
// which any of their ends closes.
func TestSeveralStartTimesAreOneEvent(t *testing.T) {
	first, second, unknown := episodeOf("fp", 60), episodeOf("fp", 30), event("fp")
	unknown.Object, unknown.OpenedAt = "fp", time.Time{}
	for name, c := range map[string]struct{ other, over model.Event }{
		"the earlier one ends": {second, first}, "the later one ends": {second, second}, "the first is without a time": {unknown, first},
		"the end is without a time": {second, unknown},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, oneProblem(nil))
			b.receive(first)
			b.receive(c.other)
			b.receive(c.other, first)
			if n := b.ledger.Open(); n != 1 || len(b.disk.known()) != 1 {
				t.Fatalf("%d are open, %d stored", n, len(b.disk.known()))
			}
			b.receive(endedAt(c.over, 0))
			if n := b.ledger.Open(); n != 0 {
				t.Errorf("%d are open after the end", n)
			}
			if e := b.ended(first.ID, model.EndUnconfirmed); !e.OpenedAt.Equal(first.OpenedAt) {
				t.Errorf("%+v", e)
			}
		})
	}
}

func TestEndOfAnEarlierEpisodeEndsNothing(t *testing.T) {
	b := newBench(t, oneProblem(nil))
	now := episodeOf("fp", 60)
	b.receive(now)
	b.receive(endedAt(episodeOf("fp", 900), -600))
	b.active(now.ID)
	if b.ledger.Open() != 1 {
		t.Errorf("%d are open", b.ledger.Open())
	}
}

func TestAlertThatFiresAgainIsANewEpisode(t *testing.T) {
	for name, client := range map[string]inbound.Client{"polled": polled{}, "a hook only": nil} {
		b := newBench(t, oneProblem(client))
		first, again := episodeOf("fp", 60), episodeOf("fp", 10)
		b.receive(first, endedAt(first, -30))
		b.receive(again)
		b.ended(first.ID, model.EndUnconfirmed)
		b.active(again.ID)
		if b.ledger.Open() != 1 {
			t.Errorf("%s: %d are open", name, b.ledger.Open())
		}
	}
}

// TestLateMemberReopensNothing: the other member of a pair still reports as active, since a time of its own, what has ended.
func TestLateMemberReopensNothing(t *testing.T) {
	for name, client := range map[string]inbound.Client{"polled": polled{}, "a hook only": nil} {
		b := newBench(t, oneProblem(client))
		first, late := episodeOf("fp", 60), episodeOf("fp", 30)
		b.receive(first)
		b.receive(endedAt(first, 0))
		woken := b.woken
		b.receive(late, first)
		if b.ledger.Open() != 0 || client != nil && b.woken == woken {
			t.Errorf("%s: %d are open, %d polls", name, b.ledger.Open(), b.woken-woken)
		}
		if client == nil { // long after, it is not late any more
			b.now = b.now.Add(5 * time.Minute)
			b.receive(late)
			b.active(first.ID)
		}
	}
}

func TestPollOfAnAlertWithAnotherStartTime(t *testing.T) {
	b := newBench(t, oneProblem(polled{}))
	first, other := episodeOf("fp", 60), episodeOf("fp", 30)
	b.receive(first)
	for range 3 {
		b.poll(snapshot(other))
	}
	if e := b.active(first.ID); !e.OpenedAt.Equal(first.OpenedAt) || b.ledger.Open() != 1 || b.disk.count() != 1 {
		t.Errorf("%d are open, stored %d times: %+v", b.ledger.Open(), b.disk.count(), e)
	}
	b.poll(snapshot())
	b.poll(snapshot())
	b.ended(first.ID, model.EndConfirmed)
}

// TestGhostsOfBeforeEndTogether: events of one alert that were stored as several end as one.
func TestGhostsOfBeforeEndTogether(t *testing.T) {
	known := []model.Event{episodeOf("fp", 90), episodeOf("fp", 60), episodeOf("fp", 30), episodeOf("other", 30)}
	b := newBench(t, func(o *inbound.LedgerOptions) { oneProblem(nil)(o); o.Known = known })
	b.receive(endedAt(known[1], 0))
	if n := b.ledger.Open(); n != 1 {
		t.Errorf("%d are open", n)
	}
}

// TestObjectsWithSeveralProblems: what holds for alerts does not hold for hosts, which are the objects of other sources.
func TestObjectsWithSeveralProblems(t *testing.T) {
	b := newBench(t, nil)
	b.receive(episodeOf("host", 60), episodeOf("host", 30))
	if n := b.ledger.Open(); n != 2 {
		t.Errorf("%d are open", n)
	}
}

// TestTimesInTheFuture: an event began no later than when it was received, and ended no later; a clock that is off by seconds is
// nothing to report.
func TestTimesInTheFuture(t *testing.T) {
	for ahead, said := range map[time.Duration]int{20 * time.Second: 0, 2 * time.Hour: 2} {
		var odd []payload.Oddity
		b := newBench(t, func(o *inbound.LedgerOptions) {
			o.Client, o.Odd = nil, func(one payload.Oddity) { odd = append(odd, one) }
		})
		e := event("a")
		e.OpenedAt = start.Add(ahead)
		b.receive(e)
		began := b.active("a").OpenedAt
		if !began.Equal(b.now) {
			t.Errorf("it began at %v, received at %v", began, b.now)
		}
		e.EndedAt = start.Add(ahead + time.Hour)
		b.receive(e)
		if e := b.ended("a", model.EndUnconfirmed); !e.EndedAt.Equal(b.now) || !e.OpenedAt.Equal(began) {
			t.Errorf("%+v", e)
		}
		if said > 0 && len(odd) < said || said == 0 && len(odd) > 1 { // the end is an hour ahead in both
			t.Errorf("%v ahead: %v", ahead, odd)
		}
	}
}

// TestOdditiesAreSaidOnce: in the log once, in the status for a day.
func TestOdditiesAreSaidOnce(t *testing.T) {
	now := start
	var log []string
	w := inbound.NewWatcher(inbound.WatcherOptions{
		Name: "src", Kind: model.SourceGeneric, Sink: newDisk(), Now: func() time.Time { return now },
		Log: func(err error) { log = append(log, err.Error()) },
	})
	for i := range 1000 {
		w.NoteOdd([]payload.Oddity{
			{Field: "since", Fault: payload.Unreadable, Count: 1},
			{Field: strings.Repeat("x", i), Fault: payload.Missing, Count: 1},
			{Field: "it is empty", Fault: payload.Skipped, Count: 2},
			{Field: "the start time", Fault: payload.Future, Count: 1},
		})
	}
	said := w.State().Missing
	if len(said) != 3 || said[0].Args["count"] != "2000" || said[1].Code != model.ReasonSourceOdd || len(said[1].Args["fields"]) > 1000 ||
		said[2].Code != model.ReasonSourceFuture {
		t.Errorf("%+v", said)
	}
	if all := strings.Join(log, "\n"); len(log) > 100 || strings.Count(all, "since cannot be read") != 1 {
		t.Errorf("%d lines: %.500s", len(log), all)
	}
	if now = now.Add(25 * time.Hour); len(w.State().Missing) != 0 {
		t.Errorf("a day later: %+v", w.State().Missing)
	}
}
