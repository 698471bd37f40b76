package history_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"opsbot/history"
	"opsbot/model"
)

// TestNothingIsLostOrCountedTwice records results in any order, with restarts and writes in between: every second has
// exactly its results. A restart after a write loses nothing; one without loses what was not written.
func TestNothingIsLostOrCountedTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		inv := service(3, model.MinUp{Count: 1})
		s := &shelf{}
		end := start.Add(2 * time.Hour)
		b := open(t, s, inv, func() time.Time { return end })
		type cell struct{ check, second int }
		want, unwritten := map[cell]model.Counts{}, []cell{}
		statuses := map[cell][]model.Status{}
		for range rapid.IntRange(1, 120).Draw(t, "steps") {
			switch rapid.IntRange(0, 19).Draw(t, "what") {
			case 0:
				if err := b.Flush(context.Background()); err != nil {
					t.Fatal(err)
				}
				unwritten = unwritten[:0]
			case 1: // killed
				for _, c := range unwritten {
					all := statuses[c]
					want[c] = minus(want[c], all[len(all)-1])
					statuses[c] = all[:len(all)-1]
				}
				unwritten = unwritten[:0]
				b = open(t, s, inv, func() time.Time { return end })
			default:
				c := cell{rapid.IntRange(0, 2).Draw(t, "check"), rapid.IntRange(3000, 4200).Draw(t, "second")}
				status := rapid.SampledFrom([]model.Status{model.StatusOK, model.StatusFail, model.StatusUnknown}).Draw(t, "status")
				took := time.Duration(rapid.IntRange(0, int(time.Minute)).Draw(t, "took"))
				b.Record([]model.Result{result(inv.Checks()[c.check].ID, status, start.Add(time.Duration(c.second)*time.Second), took)})
				want[c] = plus(want[c], status)
				statuses[c] = append(statuses[c], status)
				unwritten = append(unwritten, c)
			}
		}
		for i, check := range inv.Checks() {
			got, err := b.Series(context.Background(), []model.CheckID{check.ID}, model.Span{From: start.Add(3000 * time.Second), To: start.Add(4201 * time.Second)}, time.Second)
			if err != nil {
				t.Fatal(err)
			}
			for k, p := range got.Points {
				if w := want[cell{i, 3000 + k}]; p.Counts != w {
					t.Fatalf("check %d, second %d: %+v, want %+v", i, 3000+k, p.Counts, w)
				}
			}
		}
	})
}

func plus(c model.Counts, s model.Status) model.Counts {
	switch s {
	case model.StatusOK:
		c.OK++
	case model.StatusFail:
		c.Failed++
	default:
		c.Unknown++
	}
	return c
}

func minus(c model.Counts, s model.Status) model.Counts {
	one := plus(model.Counts{}, s)
	return model.Counts{OK: c.OK - one.OK, Failed: c.Failed - one.Failed, Unknown: c.Unknown - one.Unknown}
}

// TestPercentilesAreWithinTheirError merges results in arbitrary parts: the percentiles are those of all, within 4.5%.
func TestPercentilesAreWithinTheirError(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		exponents := rapid.SliceOfN(rapid.Float64Range(math.Log(2e4), math.Log(3.6e12)), 1, 300).Draw(t, "took") // 20 µs to an hour
		parts := rapid.IntRange(1, 5).Draw(t, "parts")
		sums := make([]history.Sum, parts)
		var exact []time.Duration
		for i, e := range exponents {
			took := time.Duration(math.Exp(e))
			exact = append(exact, took)
			sums[i%parts].Add(model.StatusOK, took)
			sums[i%parts].Add(model.StatusFail, time.Nanosecond) // does not count
		}
		var all history.Sum
		for i := range sums {
			all.Merge(&sums[i])
		}
		slices.Sort(exact)
		got := all.Latency()
		for percent, d := range map[int]time.Duration{50: got.P50, 95: got.P95, 99: got.P99, 100: got.Max} {
			want := exact[(len(exact)*percent+99)/100-1]
			if off := math.Abs(float64(d)/float64(want) - 1); off > 0.045 {
				t.Fatalf("p%d is %v, exactly %v: off by %.1f%%", percent, d, want, 100*off)
			}
		}
		if all.OK != len(exact) || all.Failed != len(exact) {
			t.Fatalf("counts %+v", all.Counts)
		}
	})
}

func TestHoursOutliveTheirResults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inv := service(2, model.MinUp{Count: 1})
		s := &shelf{}
		b := open(t, s, inv, time.Now)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- b.Run(ctx) }()
		<-time.After(time.Until(time.Now().Truncate(time.Hour).Add(time.Hour))) // by the bubble's clock
		from := time.Now()
		for range 150 {
			for i, c := range inv.Checks() {
				b.Record([]model.Result{result(c.ID, model.StatusOK, time.Now(), time.Duration(i+1)*100*time.Millisecond)})
			}
			<-time.After(time.Minute) // by the bubble's clock
		}
		stop()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		span := model.Span{From: from.Add(30 * time.Minute), To: from.Add(150 * time.Minute)}
		if got := past(t, b, inv, span); got.OK != 240 || got.Endpoints[0].OK != 120 || !near(got.Endpoints[1].P50, 200*time.Millisecond) || !near(got.P50, 100*time.Millisecond) {
			t.Errorf("with all results: %+v", got)
		}
		hours, err := b.Series(t.Context(), []model.CheckID{inv.Checks()[0].ID}, model.Span{From: from, To: from.Add(2 * time.Hour)}, time.Hour)
		if err != nil || len(hours.Points) != 2 || hours.Points[0].OK != 60 || hours.Points[1].OK != 60 {
			t.Errorf("by the hour: %+v %v", hours, err)
		}
		s.packs = slices.DeleteFunc(s.packs, func(p model.Pack) bool { return p.Kind == model.PackRounds })
		b = open(t, s, inv, time.Now)
		if got := past(t, b, inv, model.Span{From: from, To: from.Add(2 * time.Hour)}); got.OK != 240 || !near(got.Endpoints[1].P95, 200*time.Millisecond) {
			t.Errorf("with hours alone: %+v", got)
		}
	})
}

// An hour that had ended when opsbot was killed is summed up by the next start.
func TestHoursAreSummedUpAfterAKill(t *testing.T) {
	inv := service(1, model.MinUp{Count: 1})
	s := &shelf{}
	now := start.Add(30 * time.Minute)
	b := open(t, s, inv, func() time.Time { return now })
	b.Record([]model.Result{result(inv.Checks()[0].ID, model.StatusOK, now, time.Millisecond)})
	if err := b.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	now = start.Add(20 * time.Hour)
	b = open(t, s, inv, func() time.Time { return now })
	for range 2 {
		if err := b.RollUp(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	s.packs = slices.DeleteFunc(s.packs, func(p model.Pack) bool { return p.Kind == model.PackRounds })
	if got := past(t, b, inv, model.Span{From: start, To: now}); len(s.packs) != 1 || got.OK != 1 {
		t.Errorf("%d packs, %d results", len(s.packs), got.OK)
	}
}

func near(got, want time.Duration) bool { return math.Abs(float64(got)/float64(want)-1) < 0.045 }

func TestAStoreThatRefuses(t *testing.T) {
	inv := service(1, model.MinUp{Count: 1})
	s := &shelf{}
	b := open(t, s, inv, func() time.Time { return start.Add(time.Hour) })
	id := inv.Checks()[0].ID
	s.refuse = errors.New("the disk is full")
	for i := range 3 {
		b.Record([]model.Result{result(id, model.StatusOK, start.Add(time.Duration(i)*time.Minute), time.Millisecond)})
		if err := b.Flush(t.Context()); !errors.Is(err, s.refuse) {
			t.Fatalf("got %v", err)
		}
	}
	span := model.Span{From: start, To: start.Add(time.Hour)}
	if got := past(t, b, inv, span); got.OK != 3 {
		t.Errorf("while it refuses: %+v", got.Counts)
	}
	s.refuse = nil
	if err := b.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := past(t, open(t, s, inv, func() time.Time { return start.Add(time.Hour) }), inv, span); got.OK != 3 {
		t.Errorf("after that, and a restart: %+v", got.Counts)
	}
}

// FuzzPack reads damaged bodies: it returns an error, or some results, quickly.
func FuzzPack(f *testing.F) {
	f.Add([]byte{1, 60, 0, 3, 1, 5, 9}, []byte{1, 0, 0, 4, 0, 0, 3, 2})
	f.Add([]byte{1, 0, 0, 8, 249, 255, 255, 3, 7, 255, 255, 3}, []byte{1})
	f.Add([]byte{2}, []byte{})
	inv := service(1, model.MinUp{Count: 1})
	f.Fuzz(func(t *testing.T, rounds, hours []byte) {
		hour := model.Span{From: start, To: start.Add(time.Hour)}
		s := &shelf{packs: []model.Pack{
			{Kind: model.PackRounds, Span: hour, Body: rounds},
			{Kind: model.PackHours, Span: model.Span{From: hour.To, To: hour.To.Add(time.Hour)}, Body: hours},
		}}
		b := open(t, s, inv, func() time.Time { return start.Add(3 * time.Hour) })
		_, _ = b.ServicePasts(t.Context(), inv, keysOf(inv), model.Span{From: start, To: start.Add(2 * time.Hour)})
	})
}
