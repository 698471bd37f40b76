package impact

import (
	"cmp"
	"maps"
	"slices"

	"opsbot/model"
)

// Sample is one checked thing, with the labels it may have in common with others.
type Sample struct {
	Labels map[string]string // "dc": "fra1"
	Failed bool
}

// The limits of a common cause. Anything beyond them is "no common cause": a guess sends somebody to the wrong rack.
const (
	leastFailures  = 3  // fewer have everything and nothing in common
	leastExplained = 95 // percent of the failures that must have the labels
	mostFine       = 20 // percent of the samples with the labels that may be ok
	mostValues     = 3  // of one key, as in "rack=7 or rack=8"

	leastShared    = 60 // percent of the failures with one label that are worth saying where no labels explain all
	mostSharedFine = 50 // percent of the samples with it that may be ok
)

// mark is one label: a key with a value.
type mark struct{ key, value string }

func (m mark) String() string { return m.key + "=" + m.value }

// share counts the samples that have some labels.
type share struct {
	marks       []mark
	failed, all int
}

// CommonCause returns what failing checks have in common that few of the ok ones have; nil if there are too few to tell.
func CommonCause(failed, fine []*model.Check) *model.Cause {
	seen := make([]Sample, 0, len(failed)+len(fine))
	for _, c := range failed {
		seen = append(seen, Sample{Labels: c.SharedLabels(), Failed: true})
	}
	for _, c := range fine {
		seen = append(seen, Sample{Labels: c.SharedLabels()})
	}
	found, ok := Common(seen)
	if !ok {
		return nil
	}
	return &found
}

// Common finds the smallest set of labels that explains the failures and includes little that is ok: one label, two together, or some
// values of one key. Where none explains them, it is the label that most of them share, as a Partly: who reads that 10 of 11 are in one
// rack goes there. ok is false if there are too few failures to tell; a Cause without Labels means that nothing was found. If
// everything fails there is no cause.
func Common(seen []Sample) (cause model.Cause, ok bool) {
	failed := 0
	for i := range seen {
		if seen[i].Failed {
			failed++
		}
	}
	if failed < leastFailures || failed == len(seen) {
		return model.Cause{}, false
	}
	singles := countMarks(seen)
	for _, candidates := range []func() []share{
		func() []share { return singles },
		func() []share { return together(seen, wide(singles, failed)) },
		func() []share { return either(singles, failed) },
	} {
		if best, found := bestOf(candidates(), failed, len(seen)); found {
			return describe(best, failed), true
		}
	}
	if most, found := mostShared(singles, failed, len(seen)); found {
		cause = describe(most, failed)
		cause.Partly = true
		return cause, true
	}
	return model.Cause{Of: failed}, true
}

// mostShared is the label that most failures share and that overlaps them best. Hosts and clients are none: those that fail, and those hit, are named.
func mostShared(singles []share, failed, total int) (best share, found bool) {
	shared := slices.DeleteFunc(slices.Clone(singles), func(s share) bool {
		return s.all == total || s.marks[0].key == "host" || s.marks[0].key == "client" || s.failed < leastFailures ||
			s.failed*100 < leastShared*failed || (s.all-s.failed)*100 > mostSharedFine*s.all
	})
	if len(shared) == 0 {
		return share{}, false
	}
	return slices.MinFunc(shared, func(a, b share) int {
		return cmp.Or(
			cmp.Compare(b.failed*(failed+a.all-a.failed), a.failed*(failed+b.all-b.failed)), // of what fails or has it, what does both
			cmp.Compare(a.marks[0].String(), b.marks[0].String()),
		)
	}), true
}

// explains reports whether a share holds nearly all failures and little that is ok.
func (s *share) explains(failed int) bool {
	return s.failed*100 >= leastExplained*failed && (s.all-s.failed)*100 <= mostFine*s.all
}

func bestOf(all []share, failed, total int) (best share, found bool) {
	all = slices.DeleteFunc(slices.Clone(all), func(s share) bool { return s.all == total || !s.explains(failed) })
	if len(all) == 0 {
		return share{}, false
	}
	return slices.MinFunc(all, func(a, b share) int {
		return cmp.Or(
			cmp.Compare(len(a.marks), len(b.marks)),
			cmp.Compare((a.all-a.failed)*b.all, (b.all-b.failed)*a.all), // less that is ok
			cmp.Compare(b.failed, a.failed),
			slices.CompareFunc(a.marks, b.marks, func(x, y mark) int { return cmp.Compare(x.String(), y.String()) }),
		)
	}), true
}

func countMarks(seen []Sample) []share {
	counts := map[mark]*share{}
	for i := range seen {
		for key, value := range seen[i].Labels {
			m := mark{key, value}
			s := counts[m]
			if s == nil {
				s = &share{marks: []mark{m}}
				counts[m] = s
			}
			s.add(seen[i].Failed)
		}
	}
	out := make([]share, 0, len(counts))
	for _, m := range slices.SortedFunc(maps.Keys(counts), func(a, b mark) int { return cmp.Compare(a.String(), b.String()) }) {
		out = append(out, *counts[m])
	}
	return out
}

func (s *share) add(failed bool) {
	s.all++
	if failed {
		s.failed++
	}
}

// wide returns the labels that nearly all failures have, whatever else has them.
func wide(singles []share, failed int) []share {
	return slices.DeleteFunc(slices.Clone(singles), func(s share) bool { return s.failed*100 < leastExplained*failed })
}

// together returns pairs of labels of different keys, both of which must hold.
func together(seen []Sample, wide []share) []share {
	var pairs []share
	for i := range wide {
		for j := i + 1; j < len(wide); j++ {
			a, b := wide[i].marks[0], wide[j].marks[0]
			if a.key == b.key {
				continue
			}
			pair := share{marks: []mark{a, b}}
			for k := range seen {
				if seen[k].Labels[a.key] == a.value && seen[k].Labels[b.key] == b.value {
					pair.add(seen[k].Failed)
				}
			}
			pairs = append(pairs, pair)
		}
	}
	return pairs
}

// either returns the values of one key that mostly fail by themselves, the most failures first, as few as explain all.
func either(singles []share, failed int) []share {
	byKey := map[string][]share{}
	for _, s := range singles {
		if (s.all-s.failed)*100 <= mostFine*s.all {
			byKey[s.marks[0].key] = append(byKey[s.marks[0].key], s)
		}
	}
	var unions []share
	for _, key := range slices.Sorted(maps.Keys(byKey)) {
		values := byKey[key]
		slices.SortStableFunc(values, func(a, b share) int { return cmp.Compare(b.failed, a.failed) })
		var union share
		for _, v := range values[:min(len(values), mostValues)] {
			union.marks = append(union.marks, v.marks...)
			union.failed += v.failed
			union.all += v.all
			if union.explains(failed) {
				unions = append(unions, union)
				break
			}
		}
	}
	return unions
}

func describe(s share, failed int) model.Cause {
	c := model.Cause{Failed: s.failed, Of: failed, Fine: (s.all - s.failed) * 100 / s.all}
	for _, m := range s.marks {
		c.Labels = append(c.Labels, m.String())
	}
	slices.Sort(c.Labels)
	return c
}
