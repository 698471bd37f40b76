package history

import (
	"context"
	"time"

	"opsbot/model"
)

// LeastStep is the shortest step of a Series: results are stored to the second.
const LeastStep = time.Second

// mostPoints bounds a Series; a step that would give more points is lengthened.
const mostPoints = 2000

// Series returns the history of all checks together, step by step; the last step is shorter if the span ends in it. Where single results
// are no longer kept, the sum of an hour is in the step in which the hour begins.
func (b *Recorder) Series(ctx context.Context, checks []model.CheckID, span model.Span, step time.Duration) (model.Series, error) {
	step = max(step, LeastStep, span.Length()/mostPoints).Round(time.Second)
	s := model.Series{Span: span, Step: step}
	n := int((span.To.UnixMilli() - span.From.UnixMilli() + step.Milliseconds() - 1) / step.Milliseconds())
	if n <= 0 || len(checks) == 0 {
		return s, nil
	}
	s.Points = make([]model.SeriesPoint, n)
	a, err := b.around(ctx, span)
	if err != nil {
		return s, err
	}
	if err := b.seriesTimes(ctx, checks, a, &s); err != nil {
		return s, err
	}
	sums := stepTaker{sums: make([]Sum, n), from: span.From.UnixMilli(), step: step.Milliseconds()}
	if err := b.read(ctx, checks, a.span, &sums); err != nil {
		return s, err
	}
	for i := range s.Points {
		s.Points[i].Counts, s.Points[i].Latency = sums.sums[i].Counts, sums.sums[i].Latency()
	}
	return s, nil
}

// seriesTimes fills in how long the checks were in each state, on average.
func (b *Recorder) seriesTimes(ctx context.Context, ids []model.CheckID, a *around, s *model.Series) error {
	checks := make([]*model.Check, len(ids))
	for i, id := range ids {
		checks[i] = b.checkOf(id)
	}
	tracks, err := b.tracks(ctx, checks, a)
	if err != nil {
		return err
	}
	all := make([]times, len(s.Points))
	step := s.Step.Milliseconds()
	for i := range tracks {
		var down outage
		walk(a.ms, a.gaps, tracks[i:i+1], func(part stretch, one []view) {
			if down.begins(one[0]) {
				all[(part.from-a.ms.from)/step].outages++
			}
			for at := part.from; at < part.to; {
				point := (at - a.ms.from) / step
				end := min(part.to, a.ms.from+(point+1)*step)
				all[point].add(one[0], end-at)
				at = end
			}
		})
	}
	for i := range all {
		p := &s.Points[i]
		p.Up, p.Down, p.Unknown, p.Unmeasured, p.Excused = all[i].durations()
		p.Outages = all[i].outages
		for _, d := range []*time.Duration{&p.Up, &p.Down, &p.Unknown, &p.Unmeasured, &p.Excused} {
			*d /= time.Duration(len(ids))
		}
	}
	return nil
}

// checkOf returns the check of the inventory, whose labels maintenance may select, or what the id alone says.
func (b *Recorder) checkOf(id model.CheckID) *model.Check {
	if c, known := b.o.Inventory().Check(id); known {
		return c
	}
	return &model.Check{ID: id}
}

// stepTaker sums the results of all checks by step.
type stepTaker struct {
	sums       []Sum
	from, step int64 // milliseconds
}

func (t *stepTaker) at(second int64) int {
	return int(min(max(second*1000-t.from, 0)/t.step, int64(len(t.sums)-1)))
}

func (t *stepTaker) one(_ int, r seen) { t.sums[t.at(r.at)].add(model.Status(r.status), r.class) }

func (t *stepTaker) hour(_ int, at int64, s *Sum) { t.sums[t.at(at)].Merge(s) }

func (t *stepTaker) whole(at int64) bool { return t.at(at) == t.at(at+hourLength-1) }
