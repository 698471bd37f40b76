package notify_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"opsbot/model"
	"opsbot/notify"
)

// handClock is time that passes when a test says so.
type handClock struct {
	mu  sync.Mutex
	now time.Duration
}

func (c *handClock) elapsed() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *handClock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now += d
}

// limited is a bench with a limit of pages, and its clock.
func limited(t *testing.T, n int) (*bench, chan model.PageResult, *handClock) {
	t.Helper()
	b, results := paging(t)
	clock := &handClock{now: time.Hour}
	b.limit, b.elapsed = model.Rate{N: n, Per: time.Minute}, clock.elapsed
	return b, results, clock
}

// pageAbout is the first page of an escalation, which is one of the incident of the same number.
func pageAbout(id int, to model.ChatID) model.Notification {
	n := newPage(model.EscalationID(id), 1, to)
	n.Incident = model.IncidentID(id)
	n.Snapshot.Incident = &model.Incident{ID: n.Incident, Kind: model.IncidentPage, OpenedAt: time.Now()}
	return n
}

// about are the incidents that a message of a page is of.
func (d *delivery) about() (all []int) {
	if d.Snapshot.Page.Several == 0 {
		return []int{int(d.Incident)}
	}
	for i := range d.Snapshot.Open {
		all = append(all, int(d.Snapshot.Open[i].ID))
	}
	slices.Sort(all)
	return all
}

// received are the results that come next, by escalation.
func received(t *testing.T, results chan model.PageResult, n int) map[model.EscalationID]model.PageResult {
	t.Helper()
	all := map[model.EscalationID]model.PageResult{}
	for range n {
		select {
		case r := <-results:
			all[r.Escalation] = r
		case <-time.After(20 * time.Second):
			t.Fatalf("%d results, want %d", len(all), n)
		}
	}
	return all
}

// TestManyPagesAreOneMessage: what is over the limit of a person goes out as one message, which counts as the answer to each.
func TestManyPagesAreOneMessage(t *testing.T) {
	b, results, clock := limited(t, 3)
	for id := range 9 {
		b.put(pageAbout(id+1, 1))
	}
	b.put(pageAbout(20, 2)) // somebody else waits for none of it
	b.run(0)
	var got []string
	for range 4 {
		d := b.next()
		got = append(got, fmt.Sprint(d.To.Chat, d.about()))
		if d.Snapshot.Page.Several > 0 && (d.Snapshot.Page.Several != 7 || d.Incident != 0 || d.Snapshot.Incident != nil || d.Severity != model.SeverityCritical) {
			t.Errorf("the message of many is %+v", d.Notification)
		}
		d.take(70 + int(d.To.Chat))
	}
	slices.Sort(got)
	if want := []string{"1 [1]", "1 [2]", "1 [3 4 5 6 7 8 9]", "2 [20]"}; !slices.Equal(got, want) {
		t.Errorf("sent %q, want %q", got, want)
	}
	for id, r := range received(t, results, 10) {
		want := model.PageResult{Escalation: id, Page: 1, Sent: true, Message: 71}
		switch {
		case id == 20:
			want.Message = 72
		case id >= 3:
			want.Several = 7
		}
		if r != want {
			t.Errorf("of %d: %+v", id, r)
		}
	}
	b.drained()

	b.put(pageAbout(30, 1), pageAbout(31, 1), pageAbout(32, 2)) // there is no more room for the first
	if d := b.next(); !slices.Equal(d.about(), []int{32}) {
		t.Errorf("sent %v while the limit is reached", d.about())
	} else {
		d.take(1)
	}
	received(t, results, 1)
	clock.pass(time.Minute)
	b.d.Notify()
	for range 2 {
		b.next().take(1)
	}
	for id, r := range received(t, results, 2) {
		if r.Several != 0 || !r.Sent {
			t.Errorf("of %d, after a minute: %+v", id, r)
		}
	}
	b.drained()
}

// TestWhatIsAnsweredIsNoPartOfTheMessage: whatever was read before. Of one that is left it is an ordinary page.
func TestWhatIsAnsweredIsNoPartOfTheMessage(t *testing.T) {
	b, results, clock := limited(t, 1)
	b.put(pageAbout(1, 1))
	b.run(0)
	b.next().take(1)
	received(t, results, 1)
	twice := pageAbout(6, 1)
	twice.Incident, twice.Snapshot.Incident = 5, pageAbout(5, 1).Snapshot.Incident // by another policy
	b.put(pageAbout(2, 1), pageAbout(3, 1), pageAbout(4, 1), pageAbout(5, 1), twice)
	if _, err := b.db.Commit(t.Context(), model.Change{Stopped: []string{model.PageQueue(2, 1), model.PageQueue(4, 1)}}); err != nil {
		t.Fatal(err)
	}
	clock.pass(time.Minute)
	b.d.Notify()
	d := b.next()
	if !slices.Equal(d.about(), []int{3, 5}) {
		t.Errorf("sent %v", d.about())
	}
	d.take(2)
	received(t, results, 3)
	b.put(pageAbout(7, 1), pageAbout(8, 1))
	if _, err := b.db.Commit(t.Context(), model.Change{Stopped: []string{model.PageQueue(7, 1)}}); err != nil {
		t.Fatal(err)
	}
	clock.pass(time.Minute)
	b.d.Notify()
	if d = b.next(); d.Incident != 8 || d.Snapshot.Page.Several != 0 || d.Snapshot.Incident == nil {
		t.Errorf("the one that is left is %+v", d.Notification)
	}
	d.take(3)
	b.drained()
}

// TestAFailedMessageOfMany: each page of it has failed, none is lost, and it is not one of those that count.
func TestAFailedMessageOfMany(t *testing.T) {
	for _, why := range []model.SendFailure{model.SendNotSent, model.SendAmbiguous, model.SendDenied, model.SendBad} {
		t.Run(string(why), func(t *testing.T) {
			b, results, _ := limited(t, 1)
			b.elapsed = nil // it waits before it tries again
			b.put(pageAbout(1, 1), pageAbout(2, 1), pageAbout(3, 1))
			b.run(0)
			b.next().refuse(why)
			failures := 3
			if why == model.SendBad {
				failures = 6 // first that it failed, then that it is gone
			}
			for id, r := range received(t, results, failures) {
				if r.Sent || r.Why != string(why) {
					t.Errorf("of %d: %+v", id, r)
				}
			}
			if why == model.SendNotSent || why == model.SendAmbiguous {
				d := b.next()
				if !slices.Equal(d.about(), []int{1, 2, 3}) || d.Repeat != (why == model.SendAmbiguous) {
					t.Errorf("tried again are %v, repeat %t", d.about(), d.Repeat)
				}
				d.take(4)
				received(t, results, 3)
			}
			b.drained()
			if dead, err := b.db.DeadLetters(t.Context(), 10); err != nil || len(dead) > 0 {
				t.Errorf("dead letters: %+v, %v", dead, err)
			}
		})
	}
}

// TestAMessageOfManyAfterAKill: what a dispatcher had in its hands is sent by the next one, as one message, marked. All of it waits equally
// long, though the end of the first may have come between any two pages.
func TestAMessageOfManyAfterAKill(t *testing.T) {
	b, results, _ := limited(t, 1)
	b.elapsed, b.pauses = nil, [2]time.Duration{40 * time.Millisecond, 40 * time.Millisecond}
	b.put(pageAbout(1, 1), pageAbout(2, 1), pageAbout(3, 1))
	b.run(0)
	b.next() // it never answers
	b.stop()
	rows, err := b.db.Due(t.Context(), time.Now(), 10)
	if err != nil {
		t.Fatal(err)
	}
	for i := range rows {
		if !rows[i].RetryAt.Equal(rows[0].RetryAt) || rows[i].RetryAt.IsZero() || !rows[i].Repeat {
			t.Errorf("%+v is tried again by itself", rows[i])
		}
	}
	if _, err := b.db.Commit(t.Context(), model.Change{Stopped: []string{model.PageQueue(2, 1)}}); err != nil {
		t.Fatal(err)
	}
	b.run(0)
	d := b.next()
	if !slices.Equal(d.about(), []int{1, 3}) || !d.Repeat {
		t.Errorf("sent %v, repeat %t", d.about(), d.Repeat)
	}
	d.take(4)
	b.drained()
	for len(results) > 0 {
		<-results
	}
}

// TestOneEditOfAMessageOfMany: of edits that wait for the same message the last says it all.
func TestOneEditOfAMessageOfMany(t *testing.T) {
	b, _ := paging(t)
	edit := func(id, message int) model.Notification {
		n := pageAbout(id, 1)
		n.Kind, n.Snapshot.Page.Message, n.Snapshot.Page.Several = model.NotifyPageOver, message, 3
		return n
	}
	b.put(edit(1, 12), edit(2, 12), edit(4, 13), edit(3, 12))
	b.run(0)
	var got []model.IncidentID
	for range 2 {
		d := b.next()
		got = append(got, d.Incident)
		d.take(0)
	}
	if !slices.Equal(got, []model.IncidentID{4, 3}) {
		t.Errorf("edits of %v", got)
	}
	b.drained()
}

// TestTheLimitHolds: whatever comes when, and fails, no more messages than the limit are accepted within its time, and whoever waits as long as
// is said has room then.
func TestTheLimitHolds(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		limit := model.Rate{N: rapid.IntRange(1, 4).Draw(r, "limit"), Per: time.Minute}
		x := notify.NewPageRoom(limit)
		waiting, now := 0, time.Duration(0)
		var sent []time.Duration
		r.Repeat(map[string]func(*rapid.T){
			"a page": func(*rapid.T) { waiting++ },
			"time": func(r *rapid.T) {
				now += time.Duration(rapid.IntRange(1, 40).Draw(r, "seconds")) * time.Second
			},
			"send": func(r *rapid.T) {
				free, wait := x.Room(now, waiting)
				if free == 0 {
					if wait <= 0 || wait > limit.Per {
						r.Fatalf("no room, and it waits %s", wait)
					}
					now += wait
					if free, _ = x.Room(now, waiting); free == 0 && waiting > 0 {
						r.Fatal("after its wait there is no room")
					}
				}
				for range min(free, waiting) {
					x.Take(now)
					waiting--
					if rapid.IntRange(0, 3).Draw(r, "fails") == 0 {
						x.GiveBack(now)
						waiting++
						break
					}
					sent = append(sent, now)
				}
			},
			"": func(r *rapid.T) {
				for i := range sent {
					if j := i + limit.N; j < len(sent) && sent[j]-sent[i] < limit.Per {
						r.Fatalf("%d messages within %s", limit.N+1, sent[j]-sent[i])
					}
				}
			},
		})
	})
}
