package notify_test

import (
	"context"
	"testing"
	"time"

	"opsbot/model"
)

// newPage is a page of an escalation.
func newPage(of model.EscalationID, page int, to model.ChatID) model.Notification {
	n := newNotification(model.NotifyPage, 1, to)
	n.Severity = model.SeverityCritical
	n.Snapshot.Page = &model.PageInfo{Escalation: of, Page: page, Person: "anna", Way: model.WayDM}
	return n
}

// paging is a bench that hears what became of pages.
func paging(t *testing.T) (*bench, chan model.PageResult) {
	t.Helper()
	b := newBench(t)
	results := make(chan model.PageResult, 100)
	b.paged = func(_ context.Context, all ...model.PageResult) {
		for _, r := range all {
			results <- r
		}
	}
	return b, results
}

func receives(t *testing.T, results chan model.PageResult, want model.PageResult) {
	t.Helper()
	select {
	case got := <-results:
		if got != want {
			t.Errorf("results %+v, want %+v", got, want)
		}
	case <-time.After(20 * time.Second):
		t.Fatalf("nothing is received, want %+v", want)
	}
}

func TestWhatBecameOfAPage(t *testing.T) {
	b, results := paging(t)
	b.put(newPage(3, 1, 1))
	b.run(0)
	b.next().refuse(model.SendNotSent)
	receives(t, results, model.PageResult{Escalation: 3, Page: 1, Why: "not_sent", Retried: true})
	b.next().take(12)
	receives(t, results, model.PageResult{Escalation: 3, Page: 1, Sent: true, Message: 12})
	b.drained()
}

// A page that is refused for good is gone: it is no dead letter that could be sent after the answer, and nobody is told but whoever pages.
func TestARefusedPageIsGone(t *testing.T) {
	for _, why := range []model.SendFailure{model.SendDenied, model.SendBad, model.SendChatDead, model.SendGone} {
		t.Run(string(why), func(t *testing.T) {
			b, results := paging(t)
			b.put(newPage(3, 1, 1))
			b.run(0)
			b.next().refuse(why)
			if why != model.SendDenied {
				receives(t, results, model.PageResult{Escalation: 3, Page: 1, Why: string(why), Retried: true})
			}
			receives(t, results, model.PageResult{Escalation: 3, Page: 1, Why: string(why)})
			b.drained()
			if dead, err := b.db.DeadLetters(t.Context(), 10); err != nil || len(dead) > 0 {
				t.Errorf("dead letters: %+v, %v", dead, err)
			}
			if all, err := b.db.Outages(t.Context()); err != nil || len(all) > 0 {
				t.Errorf("outages: %+v, %v", all, err)
			}
		})
	}
}

// A page waits for nothing: not for alerts of the same chat that hang, nor for another page.
func TestAPageWaitsForNothing(t *testing.T) {
	b, _ := paging(t)
	b.put(newNotification(model.NotifyOpened, 1, 1), newPage(3, 1, 1), newPage(3, 2, 1))
	b.run(0)
	begun := map[int]bool{}
	for range 3 {
		d := b.next() // none of them answers
		page := 0
		if d.Snapshot.Page != nil {
			page = d.Snapshot.Page.Page
		}
		begun[page] = true
	}
	if len(begun) != 3 {
		t.Errorf("begun were %v", begun)
	}
}

// A page to a chat that denies us is not tried, and somebody knows at once.
func TestAPageToAChatThatDeniesUs(t *testing.T) {
	b, results := paging(t)
	b.put(newNotification(model.NotifyOpened, 1, 1))
	b.run(0)
	b.next().refuse(model.SendDenied)
	b.next().take(1) // the notice elsewhere: the denial is known
	b.put(newPage(3, 1, 1))
	receives(t, results, model.PageResult{Escalation: 3, Page: 1, Why: "denied", Retried: true})
}

// What is taken back is not begun, whatever was read before.
func TestAPageThatWasTakenBack(t *testing.T) {
	b, results := paging(t)
	b.put(newPage(3, 1, 1), newPage(3, 2, 2), newPage(4, 1, 3))
	if _, err := b.db.Commit(t.Context(), model.Change{Stopped: []string{model.PageQueue(3, 1), model.PageQueue(3, 2)}}); err != nil {
		t.Fatal(err)
	}
	b.run(0)
	if d := b.next(); d.To.Chat != 3 {
		t.Errorf("begun: %+v", d.Snapshot.Page)
	} else {
		d.take(5)
	}
	receives(t, results, model.PageResult{Escalation: 4, Page: 1, Sent: true, Message: 5})
	b.drained()
}

// What says how a page went on edits it, and is dropped when that message is gone: nobody is told.
func TestHowAPageWentOn(t *testing.T) {
	b, _ := paging(t)
	over := newPage(3, 1, 1)
	over.Kind, over.Snapshot.Page.Message = model.NotifyPageOver, 12
	b.put(over)
	b.run(0)
	b.next().refuse(model.SendGone)
	b.drained()
	if dead, err := b.db.DeadLetters(t.Context(), 10); err != nil || len(dead) > 0 {
		t.Errorf("dead letters: %+v, %v", dead, err)
	}
}
