package history_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"opsbot/model"
)

const oracleSeconds = 120

// world is a random past in whole seconds.
type world struct {
	inv   *model.Inventory
	minUp model.MinUp
	store *shelf
}

func drawWorld(t *rapid.T) world {
	hosts := rapid.IntRange(1, 4).Draw(t, "hosts")
	w := world{minUp: model.MinUp{Count: rapid.IntRange(1, hosts).Draw(t, "min_up")}, store: &shelf{}}
	w.inv = service(hosts, w.minUp)
	second := func(what string) time.Time {
		return start.Add(time.Duration(rapid.IntRange(-20, oracleSeconds+20).Draw(t, what)) * time.Second)
	}
	for _, c := range w.inv.Checks() {
		at := second("first")
		for range rapid.IntRange(0, 6).Draw(t, "transitions") {
			tr := model.Transition{Check: c.ID, At: at, Gone: rapid.IntRange(0, 5).Draw(t, "gone") == 0}
			tr.Phase = rapid.SampledFrom([]model.CheckPhase{model.PhaseOK, model.PhaseFailing, model.PhaseDown, model.PhaseDown}).Draw(t, "phase")
			tr.Status = rapid.SampledFrom([]model.Status{model.StatusOK, model.StatusFail, model.StatusUnknown}).Draw(t, "status")
			w.store.transitions = append(w.store.transitions, tr)
			at = at.Add(time.Duration(rapid.IntRange(1, 40).Draw(t, "pause")) * time.Second)
		}
	}
	for range rapid.IntRange(0, 2).Draw(t, "gaps") {
		from := second("gap")
		w.store.gaps = append(w.store.gaps, model.Span{From: from, To: from.Add(time.Duration(rapid.IntRange(0, 30).Draw(t, "away")) * time.Second)})
	}
	for i := range rapid.IntRange(0, 4).Draw(t, "mutes") {
		m := model.Mute{ID: model.MuteID(i + 1), From: second("mute")}
		m.Until = m.From.Add(time.Duration(rapid.IntRange(1, 60).Draw(t, "muted")) * time.Second)
		if rapid.Bool().Draw(t, "lifted") {
			m.EndedAt = m.From.Add(time.Duration(rapid.IntRange(-5, 70).Draw(t, "held")) * time.Second)
		}
		switch rapid.IntRange(0, 2).Draw(t, "kind") {
		case 0:
			m.Planned = true
		case 1:
			m.Window = "night"
		}
		if rapid.Bool().Draw(t, "one host") {
			m.Selector.Hosts = []string{fmt.Sprintf("web%d", rapid.IntRange(0, hosts-1).Draw(t, "host"))}
		}
		w.store.mutes = append(w.store.mutes, m)
	}
	return w
}

// at is the state of a check in one second according to the contract, and whether it is excused.
func (w *world) at(c *model.Check, t, now time.Time) (is string, excused bool) {
	is = "unmeasured"
	for _, tr := range w.store.transitions {
		if tr.Check != c.ID || tr.At.After(t) {
			continue
		}
		switch {
		case tr.Gone:
			is = "unmeasured"
		case tr.Phase == model.PhaseDown:
			is = "down"
		case tr.Status == model.StatusUnknown:
			is = "unknown"
		default:
			is = "up"
		}
	}
	for _, g := range w.store.gaps {
		if g.Has(t) {
			is = "unmeasured"
		}
	}
	if !t.Before(now) {
		is = "unmeasured"
	}
	for i := range w.store.mutes {
		m := &w.store.mutes[i]
		inForce := !t.Before(m.From) && t.Before(m.Until) && (m.EndedAt.IsZero() || t.Before(m.EndedAt))
		if (m.Planned || m.Window != "") && inForce && m.Selector.Matches(c) {
			excused = true
		}
	}
	return is, excused
}

// expected reports whether a check without results in a second is about to have its first.
func (w *world) expected(c *model.Check, t, now time.Time) bool {
	for _, g := range w.store.gaps {
		if g.Has(t) {
			return false
		}
	}
	if !t.Before(now) {
		return false
	}
	next := model.Transition{Gone: true}
	for _, tr := range w.store.transitions { // in order
		if tr.Check == c.ID && tr.At.After(t) {
			next = tr
			break
		}
	}
	return !next.Gone && next.At.Before(start.Add(oracleSeconds*time.Second))
}

// service is the state of a service in one second according to the contract.
func (w *world) service(t, now time.Time) string {
	var up, unknown, all, planned, upOrPlanned, hoped int
	for _, c := range w.inv.Checks() {
		is, excused := w.at(c, t, now)
		if is == "unmeasured" {
			if w.expected(c, t, now) {
				hoped++
			}
			continue
		}
		all++
		if is == "up" {
			up++
		}
		if is == "unknown" {
			unknown++
		}
		if excused {
			planned++
		}
		if is == "up" || excused {
			upOrPlanned++
		}
	}
	need := w.minUp.Need(all)
	switch {
	case all == 0, up < need && hoped > 0 && up+hoped >= w.minUp.Need(all+hoped):
		return "unmeasured"
	case planned == all:
		return "excused"
	case up >= need:
		return "up"
	case upOrPlanned >= need:
		return "excused"
	case up+unknown < need:
		return "down"
	default:
		return "unknown"
	}
}

// TestTheTimesAreAllOfTheSpan compares the parts of a past with a count of every second.
func TestTheTimesAreAllOfTheSpan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		now := start.Add(time.Duration(rapid.IntRange(oracleSeconds/2, oracleSeconds+10).Draw(t, "now")) * time.Second)
		w.store.alive = now
		b := open(t, w.store, w.inv, func() time.Time { return now })
		span := model.Span{From: start, To: start.Add(oracleSeconds * time.Second)}
		got := past(t, b, w.inv, span)
		if sum := got.Up + got.Down + got.Unknown + got.Unmeasured + got.Excused; sum != span.Length() {
			t.Fatalf("the parts are %v of %v", sum, span.Length())
		}
		want := map[string]time.Duration{}
		for i := range oracleSeconds {
			want[w.service(start.Add(time.Duration(i)*time.Second), now)] += time.Second
		}
		compare(t, "service", want, got.Up, got.Down, got.Unknown, got.Unmeasured, got.Excused)
		outages, is := 0, ""
		for i := range oracleSeconds {
			next := w.service(start.Add(time.Duration(i)*time.Second), now)
			if next == "unmeasured" || next == "excused" {
				continue
			}
			if next == "down" && is != "down" {
				outages++
			}
			is = next
		}
		if got.Outages != outages {
			t.Fatalf("%d outages, want %d", got.Outages, outages)
		}
		for _, e := range got.Endpoints {
			c, _ := w.inv.Check(e.Check)
			want := map[string]time.Duration{}
			for i := range oracleSeconds {
				is, excused := w.at(c, start.Add(time.Duration(i)*time.Second), now)
				if excused && is != "unmeasured" {
					is = "excused"
				}
				want[is] += time.Second
			}
			compare(t, string(e.Check), want, e.Up, e.Down, e.Unknown, e.Unmeasured, e.Excused)
			w.compareSeries(t, b, c, span, want)
		}
	})
}

type seriesReader interface {
	Series(ctx context.Context, checks []model.CheckID, span model.Span, step time.Duration) (model.Series, error)
}

// compareSeries compares the steps of a series with the whole.
func (w *world) compareSeries(t *rapid.T, b seriesReader, c *model.Check, span model.Span, want map[string]time.Duration) {
	step := rapid.SampledFrom([]time.Duration{time.Second, 5 * time.Second, 40 * time.Second, oracleSeconds * time.Second}).Draw(t, "step")
	s, err := b.Series(context.Background(), []model.CheckID{c.ID}, span, step)
	if err != nil {
		t.Fatal(err)
	}
	var all model.SeriesPoint
	for i, p := range s.Points {
		if sum := p.Up + p.Down + p.Unknown + p.Unmeasured + p.Excused; sum != step {
			t.Fatalf("step %d is %v of %v", i, sum, step)
		}
		all.Up += p.Up
		all.Down += p.Down
		all.Unknown += p.Unknown
		all.Unmeasured += p.Unmeasured
		all.Excused += p.Excused
	}
	compare(t, "series of "+string(c.ID), want, all.Up, all.Down, all.Unknown, all.Unmeasured, all.Excused)
}

func compare(t *rapid.T, what string, want map[string]time.Duration, up, down, unknown, unmeasured, excused time.Duration) {
	for name, got := range map[string]time.Duration{"up": up, "down": down, "unknown": unknown, "unmeasured": unmeasured, "excused": excused} {
		if got != want[name] {
			t.Fatalf("%s: %v %s, want %v", what, got, name, want[name])
		}
	}
}

func TestTheTimeSinceTheLastMarkIsAGap(t *testing.T) {
	inv := service(1, model.MinUp{Count: 1})
	id := inv.Checks()[0].ID
	s := &shelf{alive: start.Add(time.Hour), transitions: []model.Transition{{Check: id, At: start, Status: model.StatusOK}}}
	now := start.Add(3 * time.Hour)
	b := open(t, s, inv, func() time.Time { return now })
	got := past(t, b, inv, model.Span{From: start.Add(-time.Hour), To: start.Add(4 * time.Hour)})
	if got.Up != time.Hour || got.Unmeasured != 4*time.Hour || got.Down != 0 {
		t.Errorf("up %v, unmeasured %v: before the first result, while it was off and in the future nothing is known", got.Up, got.Unmeasured)
	}
	now = now.Add(-2 * time.Hour) // the clock was set back
	b = open(t, s, inv, func() time.Time { return now })
	if past(t, b, inv, model.Span{From: start, To: now}).Up != time.Hour || len(s.gaps) != 1 {
		t.Errorf("a clock that was set back made a gap: %v", s.gaps)
	}
}

// A database that refuses writes causes no gap; a suspended process does, whether that could be stored at once or not.
func TestMarksThatAreRefused(t *testing.T) {
	inv := service(1, model.MinUp{Count: 1})
	s := &shelf{alive: start}
	now := start
	b := open(t, s, inv, func() time.Time { return now })
	tick := func(d time.Duration, refuse error) {
		now = now.Add(d)
		s.refuse = refuse
		if err := b.Live(t.Context()); !errors.Is(err, refuse) {
			t.Fatal(err)
		}
	}
	full := errors.New("the disk is full")
	for range 30 {
		tick(time.Minute, full)
	}
	tick(time.Minute, nil)
	if len(s.gaps) != 0 || !s.alive.Equal(now) {
		t.Errorf("a database that refused made gaps: %v", s.gaps)
	}
	tick(time.Hour, full)
	tick(time.Minute, full)
	tick(time.Minute, nil)
	if len(s.gaps) != 1 || s.gaps[0].Length() != time.Hour {
		t.Errorf("an hour of suspension is %v", s.gaps)
	}
}

// A first result of one endpoint does not make the service down; an endpoint that joins later says nothing about the time
// before.
func TestAServiceBegins(t *testing.T) {
	inv := service(2, model.MinUp{Count: 2})
	s := &shelf{alive: start.Add(-time.Hour)}
	for i, at := range []time.Duration{0, 20 * time.Second} {
		s.transitions = append(s.transitions, model.Transition{Check: inv.Checks()[i].ID, At: start.Add(at), Status: model.StatusOK})
	}
	s.alive = start.Add(time.Hour)
	b := open(t, s, inv, func() time.Time { return start.Add(time.Hour) })
	if got := past(t, b, inv, model.Span{From: start, To: start.Add(time.Minute)}); got.Down != 0 || got.Unmeasured != 20*time.Second || got.Outages != 0 {
		t.Errorf("at its beginning: %+v", got)
	}
	s.transitions[1].At = start.Add(40 * time.Minute)
	if got := past(t, b, inv, model.Span{From: start, To: start.Add(time.Hour)}); got.Down != 25*time.Minute || got.Unmeasured != 15*time.Minute {
		t.Errorf("with one that joined late: %+v", got)
	}
}

// A number that was stored, though the store's answer was lost, stays valid.
func TestNumbersOfALostAnswer(t *testing.T) {
	inv := service(2, model.MinUp{Count: 1})
	s := &shelf{alive: start}
	b := open(t, s, service(1, model.MinUp{Count: 1}), func() time.Time { return start })
	want := len(s.numbers)
	s.refuse = errors.New("no answer")
	if err := b.Number(t.Context(), inv); err == nil {
		t.Error("the missing answer is not reported")
	}
	s.refuse = nil
	if err := b.Number(t.Context(), inv); err != nil {
		t.Fatal(err)
	}
	if got := s.numbers[inv.Checks()[1].ID]; got != want+1 {
		t.Errorf("the number became %d, it was %d", got, want+1)
	}
}

func TestWhatLeftTheInventoryCounts(t *testing.T) {
	inv := service(1, model.MinUp{Count: 1})
	old := model.EndpointCheckID("clientA", "reports", "old7")
	s := &shelf{alive: start.Add(3 * time.Hour), numbers: map[model.CheckID]int{old: 1, "clientA/reports@older": 2}, transitions: []model.Transition{
		{Check: old, At: start, Status: model.StatusOK},
		{Check: old, At: start.Add(time.Hour), Gone: true},
		{Check: inv.Checks()[0].ID, At: start.Add(time.Hour), Status: model.StatusFail, Phase: model.PhaseDown},
	}}
	b := open(t, s, inv, func() time.Time { return start.Add(3 * time.Hour) })
	got := past(t, b, inv, model.Span{From: start, To: start.Add(2 * time.Hour)})
	if got.Up != time.Hour || got.Down != time.Hour || len(got.Endpoints) != 2 || got.Endpoints[0].Host != "old7" {
		t.Errorf("got %+v", got)
	}
	if got := b.Removed(inv, "clientA"); len(got) != 0 {
		t.Errorf("removed: %v", got)
	}
	s.numbers["clientA/store@old7"], s.numbers["clientAB/store@old7"], s.numbers["main-db"] = 3, 4, 5
	b = open(t, s, inv, func() time.Time { return start.Add(3 * time.Hour) })
	if got := b.Removed(inv, "clientA"); len(got) != 1 || got[0] != (model.ServiceKey{Client: "clientA", Service: "store"}) {
		t.Errorf("removed: %v", got)
	}
}
