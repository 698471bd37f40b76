package ops

import (
	"context"
	"strconv"
	"strings"
	"time"

	"opsbot/model"
)

// The limits of a chart.
const (
	// ChartSpan is the default span of a chart.
	ChartSpan   = model.Day
	leastChart  = time.Minute
	mostChart   = 400 * model.Day
	mostCharted = 1000 // checks in one query of the past
	// mostSteps is how many steps can be distinguished on a phone's screen.
	mostSteps = 150
)

// Uptime is the availability of services and single checks over a time.
type Uptime struct {
	Units      int // services, and checks whose service is not fully selected; the times are the sums of all of them
	Services   int // of Units
	Up         time.Duration
	Down       time.Duration
	Unknown    time.Duration
	Unmeasured time.Duration
	Excused    time.Duration
	Outages    int
	Name       string // of the service or check, if Units is 1
}

// Share is the share of known time in which they were up.
func (u *Uptime) Share() model.UpShare { return model.UpShare{Up: u.Up, Known: u.Up + u.Down} }

// Chart is the history of the selected checks, to be drawn.
type Chart struct {
	Words    string // as requested
	Selector model.Selector
	Asked    model.Span
	Series   model.Series // it begins later than Asked if less than half of that is known
	Uptime   Uptime       // over Asked
	model.Latency
	model.Counts
}

// Chart returns the history of what the words select, up to now. ErrTooManyChecks if that is too much, ErrNoPast if nothing is
// known of it.
func (k *Actions) Chart(ctx context.Context, who model.Actor, words []string, length time.Duration) (*Chart, error) {
	if err := k.needWords(ctx, who, "chart", words); err != nil {
		return nil, err
	}
	inv := k.d.Inventory.Current()
	sel, selection, err := k.selected(inv, who, words)
	if err != nil {
		return nil, meantPast(words, err)
	}
	switch {
	case len(selection) == 0:
		return nil, &model.Error{Code: model.ErrNothingSelected, Args: map[string]string{"words": shorten(strings.Join(words, " "))}}
	case len(selection) > mostCharted:
		return nil, &model.Error{Code: model.ErrTooManyChecks, Args: map[string]string{"checks": strconv.Itoa(len(selection)), "most": strconv.Itoa(mostCharted)}}
	}
	now := k.d.Now()
	c := &Chart{Words: strings.Join(words, " "), Selector: sel}
	c.Asked = model.Span{From: now.Add(-min(max(length, leastChart), mostChart)), To: now}
	return c, k.fillChart(ctx, inv, selection, c)
}

func (k *Actions) fillChart(ctx context.Context, inv *model.Inventory, selection []*model.Check, c *Chart) error {
	uptime, err := k.uptimeOf(ctx, inv, selection, c.Asked.From)
	if err != nil {
		return err
	}
	c.Uptime = *uptime
	whole, err := k.d.Past.Series(ctx, idsOf(selection), c.Asked, c.Asked.Length())
	if err != nil {
		return err
	}
	if len(whole.Points) > 0 {
		c.Latency, c.Counts = whole.Points[0].Latency, whole.Points[0].Counts
	}
	if c.Total() == 0 && uptime.Unmeasured >= time.Duration(uptime.Units)*c.Asked.Length()-time.Second {
		return &model.Error{Code: model.ErrNoPast, Args: map[string]string{"words": shorten(c.Words)}}
	}
	c.Series, err = k.closer(ctx, idsOf(selection), c.Asked)
	return err
}

func idsOf(checks []*model.Check) []model.CheckID {
	ids := make([]model.CheckID, len(checks))
	for i, c := range checks {
		ids[i] = c.ID
	}
	return ids
}

// uptimeOf returns the availability of checks since a time: fully selected services as services, other checks by themselves; nil if
// they are too many, or the time is too short.
func (k *Actions) uptimeOf(ctx context.Context, inv *model.Inventory, selection []*model.Check, since time.Time) (*Uptime, error) {
	span := model.Span{From: since, To: k.d.Now()}
	if len(selection) == 0 || len(selection) > mostCharted || span.Length() < leastChart {
		return nil, nil //nolint:nilnil // there is nothing to report, which is no error
	}
	keys, rest := wholeServices(inv, selection)
	services, err := k.d.Past.ServicePasts(ctx, inv, keys, span)
	if err != nil {
		return nil, err
	}
	u := &Uptime{Units: len(keys) + len(rest), Services: len(keys)}
	switch {
	case u.Units == 1 && u.Services == 1:
		u.Name = keys[0].Service
	case u.Units == 1:
		u.Name = string(rest[0].ID)
	}
	for i := range services {
		s := &services[i]
		u.add(1, s.Up, s.Down, s.Unknown, s.Unmeasured, s.Excused)
		u.Outages += s.Outages
	}
	if len(rest) == 0 {
		return u, nil
	}
	series, err := k.d.Past.Series(ctx, idsOf(rest), span, span.Length())
	if err != nil {
		return nil, err
	}
	for i := range series.Points {
		p := &series.Points[i]
		u.add(len(rest), p.Up, p.Down, p.Unknown, p.Unmeasured, p.Excused)
		u.Outages += p.Outages
	}
	return u, nil
}

func (u *Uptime) add(n int, up, down, unknown, unmeasured, excused time.Duration) {
	times := time.Duration(n)
	u.Up += times * up
	u.Down += times * down
	u.Unknown += times * unknown
	u.Unmeasured += times * unmeasured
	u.Excused += times * excused
}

// wholeServices returns the services of which all endpoints are selected, and the remaining checks.
func wholeServices(inv *model.Inventory, selection []*model.Check) (keys []model.ServiceKey, rest []*model.Check) {
	count := map[model.ServiceKey]int{}
	for _, c := range selection {
		if c.Endpoint != nil {
			count[c.Endpoint.ServiceKey]++
		}
	}
	seen := map[model.ServiceKey]bool{}
	for _, c := range selection {
		if c.Endpoint == nil || count[c.Endpoint.ServiceKey] < len(inv.ChecksOfService(c.Endpoint.ServiceKey)) {
			rest = append(rest, c)
		} else if key := c.Endpoint.ServiceKey; !seen[key] {
			seen[key] = true
			keys = append(keys, key)
		}
	}
	return keys, rest
}

// closer returns the series of a span, in steps that have results. If less than half of the span is known it begins where data
// begins: a chart of a day shows something two minutes after a first start.
func (k *Actions) closer(ctx context.Context, ids []model.CheckID, span model.Span) (s model.Series, err error) {
	for {
		if s, err = k.steps(ctx, ids, span, niceStep(span.Length()/mostSteps)); err != nil {
			return s, err
		}
		first, pace := known(&s, len(ids))
		if first > len(s.Points)/2 && len(s.Points) > mostSteps/3 {
			span.From = s.From.Add(time.Duration(first) * s.Step)
			continue
		}
		if wants := niceStep(pace * 3 / 2); wants > s.Step {
			return k.steps(ctx, ids, span, wants)
		}
		return s, nil
	}
}

// steps returns the series of a span in steps that begin at round times.
func (k *Actions) steps(ctx context.Context, ids []model.CheckID, span model.Span, step time.Duration) (model.Series, error) {
	return k.d.Past.Series(ctx, ids, model.Span{From: span.From.Truncate(step), To: span.To}, step)
}

// known returns the first step with data, and the time per result of each check.
func known(s *model.Series, checks int) (first int, pace time.Duration) {
	first = len(s.Points) - 1
	results, length := 0, time.Duration(0)
	for i := range s.Points {
		p := &s.Points[i]
		if p.Total() == 0 && p.Unmeasured >= s.Step-time.Second/2 {
			continue
		}
		first = min(first, i)
		results += p.Total()
		length += s.Step
	}
	if results == 0 {
		return max(first, 0), 0
	}
	return first, length * time.Duration(checks) / time.Duration(results)
}

// niceStep is the shortest round step that is not shorter than a duration.
func niceStep(d time.Duration) time.Duration {
	steps := []time.Duration{
		time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 15 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute,
		10 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour,
	}
	for _, step := range steps {
		if step >= d {
			return step
		}
	}
	return (d + model.Day - 1).Truncate(model.Day)
}
