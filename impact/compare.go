package impact

import (
	"cmp"
	"slices"
	"time"

	"opsbot/model"
)

// When an endpoint counts as slower or faster: chance alone would cause it in fewer than one case of a hundred, and a person would
// notice. Both are required: if answers took 2 ms, a certain 3 ms is no news.
const (
	changeChance = 0.01
	changeFactor = 1.5
	changeLeast  = 25 * time.Millisecond
)

// changeOrder is the order of the kinds, worst first.
var changeOrder = []model.ChangeKind{
	model.ChangeBroken, model.ChangeNew, model.ChangeUnsteady, model.ChangeUnclear, model.ChangeSlower, model.ChangeStill, model.ChangeFixed, model.ChangeFaster,
}

// Compare returns the difference between two runs of the same endpoints.
func Compare(before, now *model.Baseline) model.Comparison {
	was := make(map[model.CheckID]*model.BaselineRow, len(before.Rows))
	for i := range before.Rows {
		was[before.Rows[i].ID()] = &before.Rows[i]
	}
	var c model.Comparison
	ranks := ranking{}
	for i := range now.Rows {
		is := &now.Rows[i]
		then, known := was[is.ID()]
		if !known {
			c.New++
			if steadinessOf(is.Counts) == fails {
				c.Changes = append(c.Changes, model.Changed{Kind: model.ChangeNew, ServiceKey: is.ServiceKey, Host: is.Host, Fails: true, Reason: is.Reason})
			}
			continue
		}
		c.Endpoints++
		if one, changed := ranks.changeOf(then, is); changed {
			c.Changes = append(c.Changes, one)
		}
	}
	c.Gone = len(before.Rows) - c.Endpoints
	slices.SortFunc(c.Changes, func(a, b model.Changed) int {
		return cmp.Or(cmp.Compare(slices.Index(changeOrder, a.Kind), slices.Index(changeOrder, b.Kind)), cmp.Compare(flag(b.Fails), flag(a.Fails)),
			model.CompareNatural(a.Client, b.Client), model.CompareNatural(a.Service, b.Service), model.CompareNatural(a.Host, b.Host))
	})
	return c
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

// steadiness summarizes several results of one endpoint.
type steadiness int

const (
	unseen   steadiness = iota // all are unknown
	works                      // none failed
	unsteady                   // some failed
	fails                      // most failed
)

func steadinessOf(c model.Counts) steadiness {
	switch {
	case c.OK+c.Failed == 0:
		return unseen
	case c.Failed == 0:
		return works
	case c.Failed > c.OK:
		return fails
	default:
		return unsteady
	}
}

func (r ranking) changeOf(then, is *model.BaselineRow) (model.Changed, bool) {
	was, now := steadinessOf(then.Counts), steadinessOf(is.Counts)
	c := model.Changed{
		ServiceKey: is.ServiceKey, Host: is.Host, Was: median(then.Took), Is: median(is.Took), Fails: now == fails, Reason: is.Reason,
	}
	if now == works {
		c.Reason = then.Reason
	}
	switch {
	case was == unseen || now == unseen:
		c.Kind = model.ChangeUnclear
		if was == unseen && now == works { // it works, which is all that matters
			return c, false
		}
	case was == fails && now != works:
		c.Kind = model.ChangeStill
	case now == fails:
		c.Kind = model.ChangeBroken
	case now == unsteady && was == works:
		c.Kind = model.ChangeUnsteady
	case now == works && was != works:
		c.Kind = model.ChangeFixed
	case r.clearlyLonger(then.Took, is.Took):
		c.Kind = model.ChangeSlower
	case r.clearlyLonger(is.Took, then.Took):
		c.Kind = model.ChangeFaster
	default:
		return c, false
	}
	return c, true
}

// median is the median of some durations; 0 for none.
func median(all []time.Duration) time.Duration {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	mid := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[mid]
	}
	return (sorted[mid-1] + sorted[mid]) / 2
}

// clearlyLonger reports whether answers take longer than before by more than chance, and by enough to matter.
func (r ranking) clearlyLonger(before, now []time.Duration) bool {
	was, is := median(before), median(now)
	if len(before) == 0 || is-was < changeLeast || float64(is) < changeFactor*float64(was) {
		return false
	}
	return r.chance(before, now) < changeChance
}

// mostRanked bounds the work of one exact test, which grows with the fourth power.
const mostRanked = 20

// ranking counts the orders of two samples; it caches counts by both sizes.
type ranking map[[2]int][]float64

// chance is the probability that of two samples of the same distribution the second ranks above the first at least this far: the
// one-sided rank test of Mann and Whitney (1947), computed exactly, since samples of five are too small for the usual
// approximation. Ties do not count as a difference.
func (r ranking) chance(low, high []time.Duration) float64 {
	low, high = low[max(0, len(low)-mostRanked):], high[max(0, len(high)-mostRanked):]
	above := 0
	for _, h := range high {
		for _, l := range low {
			if h > l {
				above++
			}
		}
	}
	sizes := [2]int{len(low), len(high)}
	if r[sizes] == nil {
		r[sizes] = orders(len(low), len(high))
	}
	var all, asFar float64
	for u, n := range r[sizes] {
		all += n
		if u >= above {
			asFar += n
		}
	}
	return asFar / all
}

// orders counts the orders of m and n items by the number of pairs in which the one of n ranks above the one of m.
func orders(m, n int) []float64 {
	ways := make([][][]float64, m+1) // ways[i][j][u]
	for i := range ways {
		ways[i] = make([][]float64, n+1)
		for j := range ways[i] {
			row := make([]float64, i*j+1)
			if i == 0 || j == 0 {
				row[0] = 1
			} else {
				for u := range row {
					row[u] = at(ways[i-1][j], u) + at(ways[i][j-1], u-i) // the highest is one of m, or one of n above all i
				}
			}
			ways[i][j] = row
		}
	}
	return ways[m][n]
}

func at(row []float64, i int) float64 {
	if i < 0 || i >= len(row) {
		return 0
	}
	return row[i]
}
