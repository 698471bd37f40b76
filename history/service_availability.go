package history

import (
	"context"
	"slices"
	"strings"
	"time"

	"opsbot/model"
)

// ServicePasts returns the history of services over a span, in the order of the keys: with the endpoints of the inventory, and
// those that left it and were measured in the span. The future is unmeasured.
func (b *Recorder) ServicePasts(ctx context.Context, inv *model.Inventory, keys []model.ServiceKey, span model.Span) ([]model.ServicePast, error) {
	left := b.left(inv)
	around, err := b.around(ctx, span)
	if err != nil {
		return nil, err
	}
	pasts := make([]model.ServicePast, 0, len(keys))
	for rest := keys; len(rest) > 0; {
		var some []service
		n := 0
		for ; len(rest) > 0 && n < readTogether; rest = rest[1:] {
			s := service{key: rest[0], minUp: model.MinUp{Count: 1}, checks: slices.Clone(inv.ChecksOfService(rest[0]))}
			if known, there := inv.Service(s.key); there {
				s.minUp = known.MinUp
			}
			for _, id := range left[s.key.String()] {
				s.checks = append(s.checks, departed(id, s.key))
			}
			n += len(s.checks)
			some = append(some, s)
		}
		more, err := b.servicePasts(ctx, inv, some, around)
		if err != nil {
			return nil, err
		}
		pasts = append(pasts, more...)
	}
	return pasts, nil
}

// readTogether is for how many checks results are read at once: checks that are packed together are read together, and each one's
// sums take a kilobyte.
const readTogether = 4 * groupSize

// service is a service whose history is requested.
type service struct {
	key    model.ServiceKey
	minUp  model.MinUp
	checks []*model.Check // those of the inventory, then removed ones
}

func (b *Recorder) servicePasts(ctx context.Context, inv *model.Inventory, services []service, a *around) ([]model.ServicePast, error) {
	var all []*model.Check
	for i := range services {
		all = append(all, services[i].checks...)
	}
	sums := sumTaker{sums: make([]Sum, len(all))}
	if err := b.read(ctx, idsOf(all), a.span, &sums); err != nil {
		return nil, err
	}
	pasts := make([]model.ServicePast, len(services))
	rest := sums.sums
	for i := range services {
		s := &services[i]
		tracks, err := b.tracks(ctx, s.checks, a)
		if err != nil {
			return nil, err
		}
		pasts[i] = s.past(inv, a, tracks, rest[:len(s.checks)])
		rest = rest[len(s.checks):]
	}
	return pasts, nil
}

// removed are the endpoint checks that are no longer in an inventory, by service. They are found once for each inventory: of tens of
// thousands that have a number, few are.
type removed struct {
	inv       *model.Inventory
	numbered  int // how many had a number then
	byService map[string][]model.CheckID
}

// left returns the endpoint checks that are no longer in the inventory, by service. The result must not be changed.
func (b *Recorder) left(inv *model.Inventory) map[string][]model.CheckID {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.removed.inv == inv && b.removed.numbered == len(b.numbers) { // a check keeps its number for good
		return b.removed.byService
	}
	all := map[string][]model.CheckID{}
	for id := range b.numbers {
		if _, there := inv.Check(id); there {
			continue
		}
		if i := strings.LastIndexByte(string(id), '@'); i >= 0 {
			all[string(id[:i])] = append(all[string(id[:i])], id)
		}
	}
	b.removed = removed{inv, len(b.numbers), all}
	return all
}

// Removed returns the services of a client that were once measured and are no longer in the inventory, by name.
func (b *Recorder) Removed(inv *model.Inventory, client string) []model.ServiceKey {
	var keys []model.ServiceKey
	for name := range b.left(inv) {
		service, ok := strings.CutPrefix(name, client+"/")
		key := model.ServiceKey{Client: client, Service: service}
		if _, there := inv.Service(key); ok && !there {
			keys = append(keys, key)
		}
	}
	slices.SortFunc(keys, func(x, y model.ServiceKey) int { return model.CompareNatural(x.Service, y.Service) })
	return keys
}

// departed is a removed check, as far as its id describes it.
func departed(id model.CheckID, key model.ServiceKey) *model.Check {
	_, host, _ := strings.Cut(string(id), key.String()+"@")
	return &model.Check{ID: id, Endpoint: &model.Endpoint{ServiceKey: key, Host: host}}
}

// around is the data that applies to all checks over a span.
type around struct {
	span    model.Span
	ms      stretch
	gaps    []stretch
	planned []model.Mute
}

func (b *Recorder) around(ctx context.Context, span model.Span) (*around, error) {
	a := &around{span: span, ms: stretchOf(span)}
	gaps, err := b.o.Store.Gaps(ctx, span)
	if err != nil {
		return nil, err
	}
	for _, g := range gaps {
		a.gaps = append(a.gaps, stretchOf(g))
	}
	if now := b.o.Now().UnixMilli(); now < a.ms.to { // that is in the future
		a.gaps = append(a.gaps, stretch{now, a.ms.to})
	}
	mutes, err := b.o.Store.MutesIn(ctx, span)
	if err != nil {
		return nil, err
	}
	for i := range mutes {
		if mutes[i].Maintenance() && mutes[i].Incident == 0 {
			a.planned = append(a.planned, mutes[i])
		}
	}
	return a, nil
}

func stretchOf(s model.Span) stretch { return stretch{s.From.UnixMilli(), s.To.UnixMilli()} }

// tracks returns what is known of checks, in their order.
func (b *Recorder) tracks(ctx context.Context, checks []*model.Check, a *around) ([]track, error) {
	at := make(map[model.CheckID]int, len(checks))
	tracks := make([]track, len(checks))
	for i, c := range checks {
		at[c.ID] = i
		for k := range a.planned {
			if a.planned[k].Selector.Matches(c) {
				tracks[i].excused = append(tracks[i].excused, stretchOf(a.planned[k].InForce()))
			}
		}
	}
	all, err := b.o.Store.Transitions(ctx, idsOf(checks), a.span)
	if err != nil {
		return nil, err
	}
	for i := range all {
		tracks[at[all[i].Check]].add(&all[i])
	}
	return tracks, nil
}

func idsOf(checks []*model.Check) []model.CheckID {
	ids := make([]model.CheckID, len(checks))
	for i, c := range checks {
		ids[i] = c.ID
	}
	return ids
}

// past returns the history of a service; sums are the results of its checks.
func (s *service) past(inv *model.Inventory, a *around, tracks []track, sums []Sum) model.ServicePast {
	past := model.ServicePast{ServiceKey: s.key}
	whole, each := measure(a, tracks, s.minUp)
	past.Up, past.Down, past.Unknown, past.Unmeasured, past.Excused = whole.durations()
	past.Outages = whole.outages
	var all Sum
	for i, c := range s.checks {
		if _, there := inv.Check(c.ID); !there && each[i].in[unmeasured] == a.ms.to-a.ms.from && sums[i].Total() == 0 {
			continue // removed before the span
		}
		all.Merge(&sums[i])
		e := model.EndpointPast{Check: c.ID, Host: c.Endpoint.Host, Outages: each[i].outages, Counts: sums[i].Counts, Latency: sums[i].Latency()}
		e.Up, e.Down, e.Unknown, e.Unmeasured, e.Excused = each[i].durations()
		past.Endpoints = append(past.Endpoints, e)
	}
	slices.SortStableFunc(past.Endpoints, func(x, y model.EndpointPast) int { return model.CompareNatural(x.Host, y.Host) })
	past.Counts, past.Latency = all.Counts, all.Latency()
	return past
}

// measure returns how long a service and each of its endpoints were in each state.
func measure(a *around, tracks []track, minUp model.MinUp) (whole times, each []times) {
	each = make([]times, len(tracks))
	down := make([]outage, len(tracks)+1) // the last is the service's
	walk(a.ms, a.gaps, tracks, func(part stretch, all []view) {
		is := together(all, minUp)
		whole.add(is, part.to-part.from)
		if down[len(tracks)].begins(is) {
			whole.outages++
		}
		for i, s := range all {
			each[i].add(s, part.to-part.from)
			if down[i].begins(s) {
				each[i].outages++
			}
		}
	})
	return whole, each
}

func (t *times) durations() (isUp, isDown, isUnknown, isUnmeasured, excused time.Duration) {
	d := func(ms int64) time.Duration { return time.Duration(ms) * time.Millisecond }
	return d(t.in[up]), d(t.in[down]), d(t.in[unknown]), d(t.in[unmeasured]), d(t.excused)
}

// sumTaker sums all results of each check.
type sumTaker struct{ sums []Sum }

func (t *sumTaker) one(i int, r seen) { t.sums[i].add(model.Status(r.status), r.class) }

func (t *sumTaker) hour(i int, _ int64, s *Sum) { t.sums[i].Merge(s) }

func (t *sumTaker) whole(int64) bool { return true }
