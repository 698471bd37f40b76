package ops

import (
	"context"
	"slices"
	"time"

	"opsbot/impact"
	"opsbot/model"
)

// The limits of a watch.
const (
	WatchDefault  = 30 * time.Minute
	WatchLongest  = 4 * time.Hour
	watchShortest = 2 * time.Minute  // less does not allow a baseline and something to compare with it
	watchPace     = 15 * time.Second // between the starts of two rounds, at least
	watchWindow   = goodRounds       // number of last ok results that are compared
	watchNews     = 50               // changes that are kept
	baselineFor   = model.Day        // an older one is not about the current update
)

// WatchRequest asks for a web test that is repeated for a while.
type WatchRequest struct {
	Words  []string
	For    time.Duration     // 0 is WatchDefault
	Report func(*WatchState) // called after each round, from one goroutine; it owns its argument
	// Still is called before each round: it returns the requester's current rights, and whether anybody still wants to see more.
	// With fewer rights than at the beginning less is shown.
	Still func() (now model.Actor, wanted bool)
}

// WatchState is the state of a watch.
type WatchState struct {
	Words       string
	Since       time.Time
	Until       time.Time
	Round       int
	Measuring   bool                // the baseline is of few rounds yet: what is slower cannot be told
	Against     *model.Baseline     // the baseline: of an earlier /webtest before, or of its own first rounds; nil before the first
	Stored      bool                // the former
	Began       []model.BaselineRow // what failed in the first round, by its own baseline: it was broken before
	model.Tally                     // of the last round
	model.Comparison
	News  []WatchNews // newest first
	Ended bool
}

// WatchNews is an endpoint that broke, or works again, during the watch.
type WatchNews struct {
	At    time.Time
	Works bool
	model.ServiceKey
	Host   string
	Reason model.Reason
}

// Watch repeats a web test for a while and reports after each round what changed: since the update's baseline, if there is one of
// the last day, else since its own first rounds. It returns the last state: when the time is over, or when nobody wants it any
// more, which may also end ctx.
func (k *Actions) Watch(ctx context.Context, who model.Actor, req WatchRequest) (*WatchState, error) {
	p, err := k.pickTests(ctx, who, req.Words)
	if err != nil {
		return nil, err
	}
	if req.For == 0 {
		req.For = WatchDefault
	}
	if req.For < watchShortest || req.For > WatchLongest {
		return nil, &model.Error{Code: model.ErrWatchLength, Args: map[string]string{
			"word": model.Duration(req.For).String(), "least": model.Duration(watchShortest).String(), "most": model.Duration(WatchLongest).String(),
		}}
	}
	stored, err := k.d.Baselines.Baseline(ctx, p.name())
	if err != nil {
		return nil, err
	}
	now := k.d.Now()
	w := &watch{actions: k, pick: p, who: who, req: req, last: map[model.CheckID]model.Status{}}
	w.state = WatchState{Words: p.words, Since: now, Until: now.Add(req.For), Measuring: true}
	if stored != nil && now.Sub(stored.At) < baselineFor {
		w.state.Against, w.state.Stored, w.state.Measuring = stored, true, false
	}
	if err := k.noted(ctx, k.entry(who, "webtest.watch", p.sel.String()), nil); err != nil {
		return nil, err
	}
	return w.run(ctx)
}

type watch struct {
	actions *Actions
	pick    *testPick
	who     model.Actor
	req     WatchRequest
	state   WatchState
	own     *measure   // its own first rounds
	past    []*measure // the last rounds, newest last
	last    map[model.CheckID]model.Status
}

func (w *watch) run(ctx context.Context) (*WatchState, error) {
	for {
		begun := w.actions.d.Now()
		now, wanted := w.req.Still()
		if err := w.again(ctx, now); err != nil {
			return nil, err
		}
		if !wanted || !begun.Before(w.state.Until) {
			w.state.Ended = true
			return w.snapshot(), nil
		}
		if w.round(ctx) {
			w.req.Report(w.snapshot())
		}
		took := w.actions.d.Now().Sub(begun)
		rest := min(max(watchPace-took, took), max(0, w.state.Until.Sub(w.actions.d.Now())))
		if err := w.actions.d.Wait(ctx, rest); err != nil {
			if _, wanted := w.req.Still(); wanted {
				return nil, err
			}
		}
	}
}

// again resolves the words again, with the requester's current rights.
func (w *watch) again(ctx context.Context, now model.Actor) (err error) {
	if now.Role < w.who.Role || !now.Scope.Includes(w.who.Scope) {
		return &model.Error{Code: model.ErrForbidden, Args: map[string]string{"need": w.who.Role.String()}}
	}
	w.pick, err = w.actions.pickTests(ctx, w.who, w.req.Words)
	return err
}

// round runs all endpoints once. A round interrupted by the end of ctx does not count: done is false.
func (w *watch) round(ctx context.Context) (done bool) {
	if w.pick.everything {
		if w.actions.alone(ctx) != nil {
			return false
		}
		defer w.actions.shared()
	}
	m := newMeasure(w.pick, w.who, w.actions.d.Now())
	w.actions.round(ctx, m, w.pick.endpoints, func(int, int) {})
	if ctx.Err() != nil {
		return false
	}
	w.state.Round++
	w.take(m)
	return true
}

// take adds a completed round.
func (w *watch) take(m *measure) {
	now := w.actions.d.Now()
	w.state.Tally = model.Tally{}
	for _, c := range m.all {
		row := m.rows[c.ID]
		status := statusOf(row)
		w.state.Add(status)
		w.news(now, row, status)
	}
	if w.past = append(w.past, m); len(w.past) > watchWindow {
		w.past = w.past[1:]
	}
	if w.state.Measuring {
		w.begin(m, now)
	}
	w.state.Comparison = impact.Compare(w.state.Against, w.window(now))
}

// begin adds one of the first rounds to its own baseline: how each endpoint was at its first result, and only results that are so. An
// endpoint that breaks meanwhile must not be part of what it is compared with.
func (w *watch) begin(m *measure, now time.Time) {
	if w.own == nil {
		w.own = newMeasure(w.pick, w.who, now)
	}
	w.own.join(m)
	if w.state.Round == 1 {
		for _, c := range m.all {
			if row := m.rows[c.ID]; row.Failed > 0 {
				w.state.Began = append(w.state.Began, *row)
			}
		}
	}
	w.state.Against, w.state.Measuring = w.own.baseline(now), w.state.Round < goodRounds
}

// window is the current state for comparison: the status of an endpoint is that of the last round, its latencies are those of the
// last few.
func (w *watch) window(now time.Time) *model.Baseline {
	newest := w.past[len(w.past)-1]
	b := newest.baseline(now)
	for i := range b.Rows {
		row := &b.Rows[i]
		var took []time.Duration
		for _, m := range w.past {
			if earlier := m.rows[row.ID()]; earlier != nil { // it may be new in the inventory
				took = append(took, earlier.Took...)
			}
		}
		row.Took = took
	}
	return b
}

// news records what broke and what works again. Unknown results are neither.
func (w *watch) news(now time.Time, row *model.BaselineRow, status model.Status) {
	before, seen := w.last[row.ID()]
	if status == model.StatusUnknown {
		return
	}
	w.last[row.ID()] = status
	if !seen || before == status {
		return
	}
	one := WatchNews{At: now, Works: status == model.StatusOK, ServiceKey: row.ServiceKey, Host: row.Host, Reason: row.Reason}
	w.state.News = slices.Insert(w.state.News, 0, one)
	w.state.News = w.state.News[:min(len(w.state.News), watchNews)]
}

func (w *watch) snapshot() *WatchState {
	s := w.state
	s.News = slices.Clone(s.News)
	return &s
}

// join adds the results of a round that are as the first ones were.
func (m *measure) join(round *measure) {
	for _, c := range m.all {
		row, more := m.rows[c.ID], round.rows[c.ID]
		if more == nil { // it left the inventory
			continue
		}
		if first := statusOf(row); row.Total() > 0 && first != model.StatusUnknown && statusOf(more) != first {
			continue
		}
		row.OK, row.Failed, row.Unknown = row.OK+more.OK, row.Failed+more.Failed, row.Unknown+more.Unknown
		row.Took = append(row.Took, more.Took...)
		if !more.Reason.IsZero() {
			row.Reason = more.Reason
		}
		m.most = max(m.most, row.Total())
	}
}

// statusOf is the status of a row of one round.
func statusOf(row *model.BaselineRow) model.Status {
	switch {
	case row.Failed > 0:
		return model.StatusFail
	case row.OK > 0:
		return model.StatusOK
	default:
		return model.StatusUnknown
	}
}
