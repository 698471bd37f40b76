package chart

import (
	"time"

	"opsbot/model"
)

// Tick is a mark of an axis.
type Tick struct {
	At    float64 // seconds since the beginning of the series, or seconds of latency
	Label string
}

// Dot is a latency at a time: seconds since the beginning, seconds.
type Dot struct{ X, Y float64 }

// Line is dots without a gap between them.
type Line []Dot

// lines are the latencies of the steps that have some: a step without ok results breaks the line. A step's dot is at its
// middle.
func lines(s *model.Series, of func(p *model.SeriesPoint) time.Duration) []Line {
	var all []Line
	broken := true
	for i := range s.Points {
		p := &s.Points[i]
		if p.OK == 0 {
			broken = true
			continue
		}
		if broken {
			all = append(all, nil)
			broken = false
		}
		at := (time.Duration(i)*s.Step + s.Step/2).Seconds()
		all[len(all)-1] = append(all[len(all)-1], Dot{at, of(p).Seconds()})
	}
	return all
}

// Lines are the lines of the image, the median and the 95th percentile.
func (p *Picture) Lines() (p50, p95 []Line) {
	return lines(&p.Series, func(p *model.SeriesPoint) time.Duration { return p.P50 }),
		lines(&p.Series, func(p *model.SeriesPoint) time.Duration { return p.P95 })
}

// Part is how much of a step something was in one state.
type Part struct {
	Kind  Kind
	Share float64 // of the step's height, 0 to 1
}

// Kind is a colour of the strip.
type Kind uint8

// The kinds, from the bottom of the strip to its top.
const (
	Down Kind = iota
	Unknown
	Excused
	Unmeasured
	Up
	kinds
)

// leastSeen is the minimum share of bad states: a minute of a day must be visible.
const leastSeen = 0.3

// Parts are the parts of a step of the strip, from the bottom; together they are 1. A step without data is unmeasured.
func (p *Picture) Parts(step int) []Part {
	point := &p.Series.Points[step]
	lengths := [kinds]time.Duration{Down: point.Down, Unknown: point.Unknown, Excused: point.Excused, Unmeasured: point.Unmeasured, Up: point.Up}
	var whole time.Duration
	for _, d := range lengths {
		whole += d
	}
	if whole <= 0 {
		return []Part{{Unmeasured, 1}}
	}
	var parts []Part
	total := 0.0
	for kind, d := range lengths {
		if d <= 0 {
			continue
		}
		share := float64(d) / float64(whole)
		if Kind(kind) == Down || Kind(kind) == Unknown {
			share = max(share, leastSeen)
		}
		total += share
		parts = append(parts, Part{Kind(kind), share}) //nolint:gosec // one of a handful
	}
	for i := range parts {
		parts[i].Share /= total
	}
	return parts
}

// Kinds are those that occur in the strip, in the order of the legend.
func (p *Picture) Kinds() []Kind {
	var seen [kinds]bool
	for i := range p.Series.Points {
		for _, part := range p.Parts(i) {
			seen[part.Kind] = true
		}
	}
	var all []Kind
	for _, kind := range []Kind{Up, Down, Unknown, Excused, Unmeasured} {
		if seen[kind] {
			all = append(all, kind)
		}
	}
	return all
}

// length is that of the axis of time.
func (p *Picture) length() time.Duration {
	return time.Duration(len(p.Series.Points)) * p.Series.Step
}

// mostTimes is how many time labels fit on the axis.
const mostTimes = 6

// Times are the ticks of the time axis: round times of the zone, days if the span is long.
func (p *Picture) Times() []Tick {
	length := p.length()
	for _, every := range []time.Duration{
		10 * time.Second, 20 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute,
		30 * time.Minute, time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour,
	} {
		if length/every <= mostTimes-1 {
			return p.clocks(every)
		}
	}
	for _, days := range []int{1, 2, 5, 7, 14} {
		if length/(time.Duration(days)*model.Day) <= mostTimes-1 {
			return p.days(days)
		}
	}
	months := 1
	for length/(time.Duration(months)*30*model.Day) > mostTimes-1 {
		months++
	}
	return p.months(months)
}

// months are ticks at the beginnings of months of the zone.
func (p *Picture) months(every int) []Tick {
	from, to := p.Series.From.In(p.zone()), p.Series.From.Add(p.length())
	var all []Tick
	for n := 1; ; n += every {
		t := time.Date(from.Year(), from.Month()+time.Month(n), 1, 0, 0, 0, 0, p.zone())
		if t.After(to) {
			return all
		}
		all = append(all, Tick{t.Sub(p.Series.From).Seconds(), p.Words.Date(t)})
	}
}

// clocks are ticks at multiples of a duration after midnight, by the clock of the zone.
func (p *Picture) clocks(every time.Duration) []Tick {
	from, to := p.Series.From.In(p.zone()), p.Series.From.Add(p.length())
	var all []Tick
	step := int(every / time.Second)
	for n := 0; ; n++ {
		t := time.Date(from.Year(), from.Month(), from.Day(), 0, 0, n*step, 0, p.zone())
		if t.After(to) {
			return all
		}
		if t.Before(from) {
			continue
		}
		label := t.Format("15:04")
		switch {
		case every < time.Minute:
			label = t.Format("15:04:05")
		case t.Hour() == 0 && t.Minute() == 0 && p.length() > 6*time.Hour:
			label = p.Words.Date(t)
		}
		all = append(all, Tick{t.Sub(p.Series.From).Seconds(), label})
	}
}

// days are ticks at midnights of the zone, across clock changes.
func (p *Picture) days(every int) []Tick {
	from, to := p.Series.From.In(p.zone()), p.Series.From.Add(p.length())
	var all []Tick
	for n := 0; ; n += every {
		t := time.Date(from.Year(), from.Month(), from.Day()+n, 0, 0, 0, 0, p.zone())
		if t.After(to) {
			return all
		}
		if !t.Before(from) {
			all = append(all, Tick{t.Sub(p.Series.From).Seconds(), p.Words.Date(t)})
		} else if n == 0 && every > 1 {
			n = 1 - every // from the first midnight on
		}
	}
}

// Top is the upper end of the latency axis, and its ticks: round ones, from 0.
func (p *Picture) Top() (top float64, ticks []Tick) {
	var most time.Duration
	for i := range p.Series.Points {
		if p.Series.Points[i].OK > 0 {
			most = max(most, p.Series.Points[i].P95)
		}
	}
	step := roundStep(max(most, time.Millisecond))
	for d := time.Duration(0); ; d += step {
		label := p.Words.Duration(d)
		if d == 0 {
			label = "0"
		}
		ticks = append(ticks, Tick{d.Seconds(), label})
		if d >= most {
			return d.Seconds(), ticks
		}
	}
}

// roundStep divides a range up to most into at most four parts.
func roundStep(most time.Duration) time.Duration {
	for unit := 500 * time.Microsecond; ; unit *= 10 {
		for _, of := range []time.Duration{1, 2, 4, 5} {
			if step := of * 2 * unit; step*4 >= most {
				return step
			}
		}
	}
}
