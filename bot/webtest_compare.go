package bot

import (
	"context"
	"slices"
	"strings"
	"time"

	"opsbot/bot/telegram"
	"opsbot/model"
	"opsbot/ops"
	"opsbot/texts"
)

// testMode is the last word of a web test.
type testMode string

const (
	testOnce   testMode = ""
	testBefore testMode = "before" // an update: the result is stored
	testAfter  testMode = "after"  // an update: the result is compared
	testWatch  testMode = "watch"  // during an update
)

// modeOf takes the mode off the end of the words: "clientA before", "clientA watch 30m". For a client named "before" write
// "client:before". now is when it is said: "watch until 18:00".
func modeOf(ws []string, now time.Time) (mode testMode, rest []string, length time.Duration, err error) {
	if rest, length, err = watchUntil(ws, now); err != nil || length > 0 {
		return testWatch, rest, length, err
	}
	n := len(ws)
	if n == 0 {
		return testOnce, nil, 0, nil
	}
	switch last := testMode(strings.ToLower(ws[n-1])); last {
	case testBefore, testAfter, testWatch:
		return last, ws[:n-1], 0, nil
	}
	isWatch := func(at int) bool { return at >= 0 && testMode(strings.ToLower(ws[at])) == testWatch }
	d, long := model.TrailingLength(ws)
	switch {
	case long > 0 && d > 0 && isWatch(n-long-1): // "watch 30 min", too
		return testWatch, ws[:n-long-1], time.Duration(d), nil
	case isWatch(n - 2):
		return testWatch, nil, 0, &model.Error{Code: model.ErrBadDuration, Args: map[string]string{"word": model.Clip(ws[n-1], 32)}}
	default:
		return testOnce, ws, 0, nil
	}
}

// watchUntil takes "watch until 18:00" off the end of the words; length is 0 if they do not end so.
func watchUntil(ws []string, now time.Time) (rest []string, length time.Duration, err error) {
	i := slices.IndexFunc(ws, func(w string) bool { return testMode(strings.ToLower(w)) == testWatch })
	if i < 0 {
		return nil, 0, nil
	}
	ends, m, more, err := model.CutUntil(ws[i+1:])
	if err != nil || ends == "" || len(more) > 0 {
		return nil, 0, err
	}
	at, later := m.At(now)
	if !later {
		return nil, 0, &model.Error{Code: model.ErrBadTime, Args: map[string]string{"word": model.Clip(ends, 32)}}
	}
	return ws[:i], at.Sub(now), nil
}

// testBefore measures before an update and stores the result.
func (r *request) testBefore(ctx context.Context, ws []string) error {
	b, err := runRounds(ctx, r, ws, r.b.d.Actions.Before)
	if err != nil {
		return err
	}
	next := block(r.p.HTML("compare.next", texts.Args{"words": model.Clip(b.Words, 190)}))
	r.reply(ctx, r.renderer().baseline(b, next), r.comparisonButtons(ctx, b.Words))
	return nil
}

// testAfter measures after an update and compares.
func (r *request) testAfter(ctx context.Context, ws []string) error {
	c, err := runRounds(ctx, r, ws, r.b.d.Actions.After)
	if err != nil {
		return err
	}
	r.reply(ctx, r.renderer().compared(c), r.comparisonButtons(ctx, c.Words))
	return nil
}

// runRounds runs several rounds of a web test and shows how far they are. The answer takes the place of that message.
func runRounds[T any](ctx context.Context, r *request, ws []string, run func(context.Context, model.Actor, ops.RoundsRequest) (T, error)) (T, error) {
	r.in.Yield()
	live := &liveRun{r: r}
	defer live.stop()
	found, err := run(ctx, r.actor, ops.RoundsRequest{Words: ws, Progress: func(p ops.RoundsProgress) {
		live.progress(ctx, func() string {
			if p.Waiting {
				return r.p.HTML("compare.waiting")
			}
			return r.p.HTML("compare.progress", texts.Args{"round": p.Round, "rounds": p.Rounds, "done": p.Done, "total": p.Total, "failed": p.Failed})
		})
	}})
	live.stop()
	r.shown = live.message()
	return found, err
}

// compareAction offers to compare if there is a baseline, else to measure one.
func (r *request) compareAction(ctx context.Context, words string) action {
	if r.b.d.Actions.HasBaseline(ctx, r.actor, strings.Fields(words)) {
		return action{label: r.p.T("button.compare"), name: actRun, args: map[string]string{"line": "/webtest " + words + " after"}}
	}
	return action{label: r.p.T("button.before"), name: actRun, args: map[string]string{"line": "/webtest " + words + " before"}}
}

// comparisonButtons are the buttons of a baseline and of a comparison.
func (r *request) comparisonButtons(ctx context.Context, words string) [][]telegram.Button {
	line := "/webtest " + words
	if len(line) > 190 {
		return nil
	}
	return r.buttons(ctx, 2,
		action{label: r.p.T("button.compare"), name: actRun, args: map[string]string{"line": line + " after"}},
		action{label: r.p.T("button.watch"), name: actRun, args: map[string]string{"line": line + " watch 30m"}},
	)
}

// baseline renders a measurement, what fails already, and what to do next.
func (s *renderer) baseline(b *model.Baseline, next block) string {
	head := blocks{
		block(s.p.HTML("compare.kept", texts.Args{"what": model.Clip(b.Words, 100)})),
		block(s.p.HTMLN("compare.measured", len(b.Rows), texts.Args{"rounds": b.Rounds, "took": b.Took})),
	}
	failing := byReason{s: s}
	several := severalClients(b)
	n := 0
	for i := range b.Rows {
		if row := &b.Rows[i]; row.Failed+row.Unknown > 0 {
			n++
			failing.add(whereOf(row.Client, row.Host, several), row.Service, row.Reason)
		}
	}
	if n > 0 {
		head = append(head, marked(texts.LevelWarning, s.p.HTMLN("compare.already", n)))
	}
	return message{head: head, rows: s.reasonRows(&failing), tail: blocks{next}}.fit(mostRows, s.more)
}

// severalClients reports whether there are several clients, so that each is named.
func severalClients(b *model.Baseline) bool {
	return slices.ContainsFunc(b.Rows, func(r model.BaselineRow) bool { return r.Client != b.Rows[0].Client })
}

func whereOf(client, host string, several bool) string {
	if several {
		return client + " · " + host
	}
	return host
}

func (s *renderer) reasonRows(all *byReason) blocks {
	var rows blocks
	for _, g := range all.groups {
		rows = append(rows, block(s.p.HTML("webtest.row", texts.Args{
			"host": model.Clip(g.where, 100), "services": model.Clip(joined(g.names), 120), "reason": model.Clip(g.words, 200),
		})))
	}
	return rows
}

// compared renders a comparison: what got worse in the first line, then each kind of change, worst first.
func (s *renderer) compared(c *ops.Compared) string {
	head := blocks{
		s.changeHeadline(model.Clip(c.Words, 100), &c.Comparison),
		block(s.p.HTMLN("compare.with", c.Endpoints, texts.Args{"at": s.moment(c.Before.At), "by": by(s.p, c.Before.By), "took": c.Now.Took})),
	}
	head = append(head, s.newAndGone(&c.Comparison)...)
	return message{head: append(head, s.cause(c.Cause)), rows: s.changeRows(c.Changes, severalClients(&c.Now))}.fit(mostRows+mostRows/2, s.more)
}

// by names who measured; empty if unknown.
func by(p *texts.Printer, name string) string {
	if name == "" {
		return ""
	}
	return p.T("compare.by", texts.Args{"name": model.Clip(name, 40)})
}

func (s *renderer) newAndGone(c *model.Comparison) (lines blocks) {
	if c.New > 0 {
		lines = append(lines, block(s.p.HTMLN("compare.new", c.New)))
	}
	if c.Gone > 0 {
		lines = append(lines, block(s.p.HTMLN("compare.gone", c.Gone)))
	}
	return lines
}

// headlineKinds are counted in the first line, worst first.
var headlineKinds = []model.ChangeKind{
	model.ChangeBroken, model.ChangeNew, model.ChangeUnsteady, model.ChangeSlower, model.ChangeUnclear, model.ChangeStill, model.ChangeFixed,
}

// changeHeadline is "🔴 clientA: 2 newly broken, 1 slower".
func (s *renderer) changeHeadline(what string, c *model.Comparison) block {
	var parts []string
	for _, kind := range headlineKinds {
		if n := c.Count(kind); n > 0 {
			parts = append(parts, s.p.N("compare.count."+string(kind), n))
		}
	}
	if !c.Worse() && !c.Unclear() {
		parts = slices.Insert(parts, 0, s.p.T("compare.not_worse"))
	}
	return marked(levelOfComparison(c), string(bold(what+": "+joined(parts))))
}

// levelOfComparison is the level of the worst change.
func levelOfComparison(c *model.Comparison) texts.Level {
	switch {
	case c.Count(model.ChangeBroken)+c.Count(model.ChangeNew) > 0:
		return texts.LevelCritical
	case c.Worse(), c.Count(model.ChangeUnclear)+c.Count(model.ChangeStill) > 0:
		return texts.LevelWarning
	default:
		return texts.LevelOK
	}
}

// changeRows lists the changes by kind.
func (s *renderer) changeRows(all []model.Changed, several bool) blocks {
	var rows blocks
	for i := 0; i < len(all); {
		kind, end := all[i].Kind, i
		for end < len(all) && all[end].Kind == kind {
			end++
		}
		rows = append(rows, s.changesOf(kind, all[i:end], several)...)
		i = end
	}
	return rows
}

func (s *renderer) changesOf(kind model.ChangeKind, all []model.Changed, several bool) blocks {
	rows := blocks{marked(texts.OfChange(kind), s.p.HTML("compare.kind."+string(kind)))}
	byTime := kind == model.ChangeSlower || kind == model.ChangeFaster
	grouped := byReason{s: s}
	for i := range all {
		c := &all[i]
		where := whereOf(c.Client, c.Host, several)
		if !byTime {
			grouped.add(where, c.Service, c.Reason)
			continue
		}
		rows = append(rows, block(s.p.HTML("compare.times", texts.Args{
			"host": model.Clip(where, 100), "service": model.Clip(c.Service, 64), "was": roughly(c.Was), "is": roughly(c.Is),
		})))
	}
	if kind == model.ChangeFixed {
		for i := range grouped.groups {
			grouped.groups[i].words = s.p.T("compare.was", texts.Args{"reason": grouped.groups[i].words})
		}
	}
	return append(rows, s.reasonRows(&grouped)...)
}

// roughly rounds a duration for comparing by eye.
func roughly(d time.Duration) time.Duration {
	switch {
	case d >= 10*time.Second:
		return d.Round(time.Second)
	case d >= time.Second:
		return d.Round(100 * time.Millisecond)
	default:
		return d.Round(time.Millisecond)
	}
}
