package inbound_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"opsbot/inbound"
	"opsbot/model"
)

// world is a source with problems that come and go, its undelivered hints, and a Ledger on a disk that fails.
type world struct {
	t        *rapid.T
	now      time.Time
	disk     *disk
	ledger   *inbound.Ledger
	boot     int
	serial   int
	truth    map[string]model.Event // active events
	mail     []model.Event          // hints in transit: they arrive late, twice, in any order, or not at all
	received map[string]bool        // ids of accepted hints
	kept     *inbound.Snapshot      // an answer in transit
	keptAt   time.Time
}

// TestLedgerAgreesWithItsSource gives a Ledger hints and answers in any order, with repeats, losses, failures of the disk and
// restarts of both sides, and then two undisturbed answers: the Ledger and the disk must have what is active, and no accepted
// event may be missing.
func TestLedgerAgreesWithItsSource(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &world{t: t, now: start, disk: newDisk(), truth: map[string]model.Event{}, received: map[string]bool{}}
		w.restart()
		t.Repeat(map[string]func(*rapid.T){
			"open":    func(*rapid.T) { w.open() },
			"change":  func(*rapid.T) { w.change() },
			"close":   func(*rapid.T) { w.close() },
			"by hand": func(*rapid.T) { w.closeByHand() },
			"deliver": func(*rapid.T) { w.deliver() },
			"ask":     func(*rapid.T) { w.ask() },
			"answer":  func(*rapid.T) { w.answer() },
			"disk":    func(*rapid.T) { w.disk.fail(rapid.SampledFrom([]error{nil, errDisk}).Draw(t, "error")) },
			"reboot":  func(*rapid.T) { w.boot++ },
			"restart": func(*rapid.T) { w.restart() },
			"":        func(*rapid.T) { w.agree() },
		})
		w.disk.fail(nil)
		w.deliverAll()
		for range 4 { // one more than Absences, and one for a reboot that no answer has shown
			w.ask()
			w.answer()
		}
		w.settled()
	})
}

func (w *world) tick() time.Time {
	w.now = w.now.Add(time.Second)
	return w.now
}

func (w *world) restart() {
	w.kept = nil
	w.ledger = inbound.NewLedger(inbound.LedgerOptions{
		Source: "src", Client: polled{}, Sink: w.disk, Wake: func() {}, Known: w.disk.known(), Now: func() time.Time { return w.now },
	})
}

func (w *world) open() {
	w.serial++
	e := event(fmt.Sprint("e", w.serial))
	e.OpenedAt = w.tick()
	w.truth[e.ID] = e
	w.mail = append(w.mail, e)
}

func (w *world) one() (model.Event, bool) {
	ids := make([]string, 0, len(w.truth))
	for id := range w.truth {
		ids = append(ids, id)
	}
	if len(ids) == 0 {
		return model.Event{}, false
	}
	slices.Sort(ids)
	return w.truth[rapid.SampledFrom(ids).Draw(w.t, "event")], true
}

func (w *world) change() {
	if e, ok := w.one(); ok {
		e.Acked = rapid.Bool().Draw(w.t, "acked")
		e.Severity = rapid.SampledFrom([]model.Severity{model.SeverityWarning, model.SeverityCritical}).Draw(w.t, "severity")
		w.truth[e.ID] = e
		w.mail = append(w.mail, e)
	}
}

func (w *world) close() {
	if e, ok := w.one(); ok {
		delete(w.truth, e.ID)
		e.EndedAt = w.tick()
		w.mail = append(w.mail, e)
	}
}

// closeByHand closes here what may well be active there.
func (w *world) closeByHand() {
	var ids []string
	for _, e := range w.ledger.Events() {
		if e.Active() {
			ids = append(ids, e.ID)
		}
	}
	if len(ids) == 0 {
		return
	}
	slices.Sort(ids)
	w.tick()
	id := rapid.SampledFrom(ids).Draw(w.t, "closed")
	if known, err := w.ledger.Close(context.Background(), id, "Anna", w.disk.Events); !known {
		w.t.Fatalf("%s is active and not known: %v", id, err)
	}
}

// deliver delivers some hints, and keeps them if they are refused; some are lost, some are repeated.
func (w *world) deliver() {
	if len(w.mail) == 0 {
		return
	}
	i := rapid.IntRange(0, len(w.mail)-1).Draw(w.t, "from")
	batch := slices.Clone(w.mail[i:min(len(w.mail), i+rapid.IntRange(1, 4).Draw(w.t, "many"))])
	if rapid.Bool().Draw(w.t, "turned") {
		slices.Reverse(batch)
	}
	w.tick()
	fate := rapid.SampledFrom([]string{"once", "again", "lost"}).Draw(w.t, "fate")
	if fate == "lost" {
		w.mail = slices.Delete(w.mail, i, i+len(batch))
		return
	}
	if w.ledger.Receive(context.Background(), batch...) != nil {
		return
	}
	for _, e := range batch {
		w.received[e.ID] = true
	}
	if fate == "once" {
		w.mail = slices.Delete(w.mail, i, i+len(batch))
	}
}

func (w *world) deliverAll() {
	w.tick()
	if err := w.ledger.Receive(context.Background(), w.mail...); err != nil {
		w.t.Fatal(err)
	}
	for _, e := range w.mail {
		w.received[e.ID] = true
	}
	w.mail = nil
}

func (w *world) ask() {
	snap := inbound.Snapshot{Boot: fmt.Sprint(w.boot), Absences: 2}
	for _, e := range w.truth {
		snap.Events = append(snap.Events, e)
	}
	w.kept, w.keptAt = &snap, w.tick()
}

func (w *world) answer() {
	if w.kept == nil {
		return
	}
	w.tick()
	// If it fails, the next answer repeats it.
	_ = w.ledger.Reconcile(context.Background(), *w.kept, w.keptAt)
	w.kept = nil
}

// agree holds at all times: the Ledger has what the disk has, and accepted events are there.
func (w *world) agree() {
	known := w.ledger.Events()
	if len(known) != len(w.disk.events) {
		w.t.Fatalf("the ledger has %d events, the disk %d", len(known), len(w.disk.events))
	}
	for _, e := range known {
		stored := w.disk.get(e.ID)
		if e.End != stored.End || !e.EndedAt.Equal(stored.EndedAt) || e.Acked != stored.Acked || e.Severity != stored.Severity {
			w.t.Fatalf("the ledger has %+v, the disk %+v", e, stored)
		}
	}
	for id := range w.received {
		if w.disk.get(id).ID == "" {
			w.t.Fatalf("%s was taken, and is gone", id)
		}
	}
}

// settled holds after an undisturbed poll.
func (w *world) settled() {
	w.agree()
	for _, e := range w.ledger.Events() {
		truth, active := w.truth[e.ID]
		switch {
		case active != e.Active():
			w.t.Fatalf("active at the source: %v; here: %+v", active, e)
		case !active && e.End != model.EndConfirmed && e.End != model.EndClosed:
			w.t.Fatalf("its end is not confirmed: %+v", e)
		case active && (e.Acked != truth.Acked || e.Severity != truth.Severity):
			w.t.Fatalf("the source has %+v, the ledger %+v", truth, e)
		}
	}
	if w.ledger.Open() != len(w.truth) {
		w.t.Fatalf("%d stand at the source, %d here", len(w.truth), w.ledger.Open())
	}
}
