package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"opsbot/model"
	"opsbot/schedule"
)

// The limits of the schedule.
const (
	mostSchedule = 1.0              // percent of a core
	fullestTenth = 0.15             // share of the starts of a slot in the fullest tenth of its splay; an even one has 0.1
	slotSplay    = 20 * time.Second // a slot begins every minute: its starts are over before the next
)

// measureSchedule runs the schedule alone: what it starts is over at once.
func measureSchedule(ctx context.Context, w *world) ([]row, error) {
	f, err := child(ctx, "schedule", w.script(manyChecks, 1))
	if err != nil {
		return nil, err
	}
	what := fmt.Sprintf("schedule, %d checks on %d expressions: ", manyChecks, len(expressions()))
	return []row{
		{what: what + "of a core, a round after a start included", limit: mostSchedule, measured: 100 * f.CPU.Seconds() / f.Wall.Seconds(), unit: " %", note: fmt.Sprintf("%d starts in %.0f s", f.Checks, f.Wall.Seconds())},
		{what: what + "the last start of a slot, to its splay", limit: 1, measured: f.Latest, unit: " x"},
		{what: what + "the fullest tenth of the splay has of the starts", limit: fullestTenth, measured: f.Fullest, unit: ""},
	}, nil
}

// expression is a slot every so many minutes, from a minute of the hour on.
type expression struct{ from, every int }

func (e expression) text() model.Schedule {
	return model.Schedule(fmt.Sprintf("%d-59/%d * * * *", e.from, e.every))
}

// last is the last slot.
func (e expression) last(now time.Time) time.Time {
	at := now.UTC().Truncate(time.Minute)
	for at.Minute() < e.from || (at.Minute()-e.from)%e.every != 0 {
		at = at.Add(-time.Minute)
	}
	return at
}

// expressions are fifty. At each minute some have a slot.
func expressions() (all []expression) {
	for _, every := range []int{2, 3, 4, 5, 6, 10, 12, 15, 20, 30} {
		for from := range 5 {
			all = append(all, expression{from, every})
		}
	}
	return all
}

// starts are when a schedule started what.
type starts struct {
	mu  sync.Mutex
	at  map[model.CheckID][]time.Time
	all int
}

func (s *starts) start(_ context.Context, ids []model.CheckID, done func(model.CheckID)) {
	now := time.Now()
	s.mu.Lock()
	s.all += len(ids)
	for _, id := range ids {
		s.at[id] = append(s.at[id], now)
	}
	s.mu.Unlock()
	for _, id := range ids {
		done(id)
	}
}

// stored are the slots of an earlier run: the frequent expressions have missed none, the others one. These begin with a round of theirs.
type stored struct{}

func (stored) Slots(context.Context) (map[string]time.Time, error) {
	all := map[string]time.Time{}
	for _, e := range expressions() {
		at := e.last(time.Now())
		if e.every > 5 {
			at = at.Add(-model.Day)
		}
		all[string(e.text())] = at
	}
	return all, nil
}

func (stored) SaveSlots(context.Context, map[string]time.Time) error { return nil }

// playSchedule runs until the slots that begin at a full minute have been started, after the first round.
func playSchedule(ctx context.Context, s script) (figures, error) {
	seen := &starts{at: map[model.CheckID][]time.Time{}}
	var failed error
	sched := schedule.New(schedule.Options{
		Zone: time.UTC, Tick: tick, Splay: slotSplay, Slots: stored{}, Start: seen.start, Fault: func(err error) { failed = err },
	})
	var entries []schedule.Entry
	all := expressions()
	for i := range s.N {
		entries = append(entries, schedule.Entry{ID: model.CheckID(fmt.Sprint("check", i)), Expression: all[i%len(all)].text(), Takes: time.Minute})
	}
	if err := sched.Set(entries); err != nil {
		return figures{}, err
	}
	slot := time.Now().Truncate(time.Minute).Add(time.Minute)
	if time.Until(slot) < slotSplay {
		slot = slot.Add(time.Minute)
	}
	ctx, stop := context.WithDeadline(ctx, slot.Add(slotSplay+time.Second))
	defer stop()
	end := watch(os.Getpid())
	if err := errors.Join(sched.Run(ctx), failed); err != nil {
		return figures{}, err
	}
	f, err := end(seen.all)
	f.Latest, f.Fullest = seen.spread(slot)
	return f, err
}

// spread is the last start of a slot, and the share of the fullest tenth of its splay, both as parts of one.
func (s *starts) spread(slot time.Time) (latest, fullest float64) {
	var tenths [10]int
	n := 0
	for _, at := range s.at {
		last := at[len(at)-1].Sub(slot)
		if last < 0 {
			continue // its expression has no slot then
		}
		part := last.Seconds() / slotSplay.Seconds()
		latest = max(latest, part)
		tenths[min(int(part*10), 9)]++
		n++
	}
	if n == 0 {
		return 0, 1 // nothing was spread
	}
	return latest, float64(slices.Max(tenths[:])) / float64(n)
}
