package ops

import (
	"context"
	"slices"
	"strings"
	"time"

	"opsbot/impact"
	"opsbot/model"
)

// How a baseline is measured. Five ok results are the fewest for an exact rank test at one in a hundred; three failures in a
// row are enough, since each may last a whole timeout.
const (
	goodRounds = 5
	failRounds = 3
	roundPause = time.Second // between rounds: a short problem must not affect all of them
)

// Baselines stores baselines.
type Baselines interface {
	// KeepBaseline stores one under a name, replacing the previous one.
	KeepBaseline(ctx context.Context, name string, b *model.Baseline) error
	// Baseline returns the one of that name; nil if there is none.
	Baseline(ctx context.Context, name string) (*model.Baseline, error)
}

// RoundsRequest asks for several rounds of a web test.
type RoundsRequest struct {
	Words    []string // a selector; none is an error
	Progress func(RoundsProgress)
}

// RoundsProgress is the progress of the rounds. Progress functions are called from one goroutine and must return soon.
type RoundsProgress struct {
	Round, Rounds int  // from 1
	Done, Total   int  // endpoints of this round
	Failed        int  // of those that are done
	Waiting       bool // nothing yet: for a measurement before that is running
}

// Compared is what changed since a baseline.
type Compared struct {
	Words  string
	Before model.Baseline
	Now    model.Baseline
	model.Comparison
	Cause *model.Cause // what new failures have in common; nil if there are too few to tell
}

// Before measures endpoints in several rounds, for a comparison after an update, and replaces the stored baseline of the same
// words.
func (k *Actions) Before(ctx context.Context, who model.Actor, req RoundsRequest) (*model.Baseline, error) {
	p, err := k.pickTests(ctx, who, req.Words)
	if err != nil {
		return nil, err
	}
	defer k.befores.begin(p.name())()
	b, err := k.measure(ctx, who, p, req)
	if err != nil {
		return nil, err
	}
	if err := k.d.Baselines.KeepBaseline(ctx, p.name(), b); err != nil {
		return nil, k.noted(ctx, k.entry(who, "webtest.before", p.sel.String()), unchanged(err))
	}
	return b, k.noted(ctx, k.entry(who, "webtest.before", p.sel.String()), nil)
}

// After measures the same endpoints again and returns what changed, after a running Before of the same. ErrNoBaseline if they were not
// measured before.
func (k *Actions) After(ctx context.Context, who model.Actor, req RoundsRequest) (*Compared, error) {
	p, err := k.pickTests(ctx, who, req.Words)
	if err != nil {
		return nil, err
	}
	if err := k.befores.wait(ctx, p.name(), func() {
		if req.Progress != nil {
			req.Progress(RoundsProgress{Waiting: true})
		}
	}); err != nil {
		return nil, err
	}
	before, err := k.d.Baselines.Baseline(ctx, p.name())
	if err != nil {
		return nil, err
	}
	if before == nil {
		return nil, &model.Error{Code: model.ErrNoBaseline, Args: map[string]string{"words": shorten(strings.Join(req.Words, " "))}}
	}
	now, err := k.measure(ctx, who, p, req)
	if err != nil {
		return nil, err
	}
	return k.compare(p.inv, before, now), k.noted(ctx, k.entry(who, "webtest.after", p.sel.String()), nil)
}

// HasBaseline reports whether there is a baseline for the words.
func (k *Actions) HasBaseline(ctx context.Context, who model.Actor, words []string) bool {
	sel, err := k.resolve(k.d.Inventory.Current(), words, who.Scope)
	if err != nil {
		return false
	}
	b, err := k.d.Baselines.Baseline(ctx, baselineName(sel, who.Scope))
	return err == nil && b != nil
}

func (k *Actions) compare(inv *model.Inventory, before, now *model.Baseline) *Compared {
	c := &Compared{Words: now.Words, Before: *before, Now: *now, Comparison: impact.Compare(before, now)}
	broken := map[model.CheckID]bool{}
	for i := range c.Changes {
		if one := &c.Changes[i]; one.Kind == model.ChangeBroken {
			broken[model.EndpointCheckID(one.Client, one.Service, one.Host)] = true
		}
	}
	var failed, fine []*model.Check
	for i := range now.Rows {
		if check, known := inv.Check(now.Rows[i].ID()); known && broken[check.ID] {
			failed = append(failed, check)
		} else if known && now.Rows[i].Failed == 0 {
			fine = append(fine, check)
		}
	}
	c.Cause = impact.CommonCause(failed, fine)
	return c
}

// measure runs endpoints in several rounds. Only one measures everything at a time.
func (k *Actions) measure(ctx context.Context, who model.Actor, p *testPick, req RoundsRequest) (*model.Baseline, error) {
	if p.everything {
		if err := k.alone(ctx); err != nil {
			return nil, err
		}
		defer k.shared()
	}
	m := newMeasure(p, who, k.d.Now())
	for round := 1; round <= goodRounds; round++ {
		due := m.due(round)
		if len(due) == 0 {
			break
		}
		if round > 1 {
			if err := k.d.Wait(ctx, roundPause); err != nil {
				return nil, err
			}
		}
		k.round(ctx, m, due, func(done, failed int) {
			if req.Progress != nil {
				req.Progress(RoundsProgress{Round: round, Rounds: goodRounds, Done: done, Total: len(due), Failed: failed})
			}
		})
		if ctx.Err() != nil {
			return nil, ctx.Err() // missing results would look like unknown ones
		}
	}
	return m.baseline(k.d.Now()), nil
}

// round runs endpoints once.
func (k *Actions) round(ctx context.Context, m *measure, due []*model.Check, progress func(done, failed int)) {
	done, failed := 0, 0
	k.d.Engine.RunAll(ctx, due, func(r model.Result) {
		m.add(&r)
		if done++; r.Status == model.StatusFail {
			failed++
		}
		k.recheckIfNews(r)
		progress(done, failed)
	})
}

// measure is a baseline in progress.
type measure struct {
	words string
	by    string
	begun time.Time
	all   []*model.Check
	rows  map[model.CheckID]*model.BaselineRow
	most  int // highest number of rounds of an endpoint
}

func newMeasure(p *testPick, who model.Actor, now time.Time) *measure {
	m := &measure{words: p.words, by: who.Name, begun: now, all: p.endpoints, rows: make(map[model.CheckID]*model.BaselineRow, len(p.endpoints))}
	for _, c := range p.endpoints {
		m.rows[c.ID] = &model.BaselineRow{ServiceKey: c.Endpoint.ServiceKey, Host: c.Endpoint.Host}
	}
	return m
}

// due returns the endpoints to run in a round: one without an ok result is skipped after failRounds.
func (m *measure) due(round int) []*model.Check {
	if round <= failRounds {
		return m.all
	}
	return slices.DeleteFunc(slices.Clone(m.all), func(c *model.Check) bool { return m.rows[c.ID].OK == 0 })
}

func (m *measure) add(r *model.Result) {
	row := m.rows[r.Check]
	switch r.Status {
	case model.StatusOK:
		row.OK++
		row.Took = append(row.Took, r.Took)
	case model.StatusFail:
		row.Failed++
		row.Reason = r.Reason
	default:
		row.Unknown++
		if row.Failed == 0 {
			row.Reason = r.Reason
		}
	}
	m.most = max(m.most, row.Total())
}

func (m *measure) baseline(now time.Time) *model.Baseline {
	b := &model.Baseline{Words: m.words, By: m.by, At: m.begun, Took: now.Sub(m.begun), Rounds: m.most}
	for _, c := range m.all {
		b.Rows = append(b.Rows, *m.rows[c.ID])
	}
	return b
}
