package history_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"opsbot/history"
	"opsbot/model"
)

// start is an hour before a midnight.
var start = time.Date(2026, 11, 22, 23, 0, 0, 0, time.UTC)

// shelf is a store in memory.
type shelf struct {
	mu          sync.Mutex
	transitions []model.Transition
	mutes       []model.Mute
	gaps        []model.Span
	alive       time.Time
	numbers     map[model.CheckID]int
	packs       []model.Pack
	refuse      error
}

func (s *shelf) Transitions(_ context.Context, checks []model.CheckID, span model.Span) ([]model.Transition, error) {
	var all []model.Transition
	for _, id := range checks {
		var mine []model.Transition
		for _, t := range s.transitions {
			if t.Check == id && t.At.Before(span.To) {
				mine = append(mine, t)
			}
		}
		slices.SortStableFunc(mine, func(a, b model.Transition) int { return a.At.Compare(b.At) })
		for len(mine) > 1 && !mine[1].At.After(span.From) {
			mine = mine[1:]
		}
		all = append(all, mine...)
	}
	return all, nil
}

func (s *shelf) MutesIn(context.Context, model.Span) ([]model.Mute, error) { return s.mutes, nil }

func (s *shelf) CheckNumbers(context.Context) (map[model.CheckID]int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := map[model.CheckID]int{}
	for id, n := range s.numbers {
		all[id] = n
	}
	return all, nil
}

func (s *shelf) NumberChecks(_ context.Context, ids []model.CheckID) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.numbers == nil {
		s.numbers = map[model.CheckID]int{}
	}
	first := len(s.numbers) + 1
	for i, id := range ids {
		s.numbers[id] = first + i
	}
	return first, s.refuse
}

func (s *shelf) SavePacks(_ context.Context, packs []model.Pack) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refuse != nil {
		return s.refuse
	}
	for _, p := range packs {
		if p.Kind == model.PackHours {
			s.packs = slices.DeleteFunc(s.packs, func(old model.Pack) bool {
				return old.Kind == p.Kind && old.Group == p.Group && old.From.Equal(p.From)
			})
		}
		p.Body = slices.Clone(p.Body)
		s.packs = append(s.packs, p)
	}
	return nil
}

func (s *shelf) Packs(_ context.Context, q model.PackQuery, each func(p *model.Pack) error) error {
	s.mu.Lock()
	all := slices.Clone(s.packs)
	s.mu.Unlock()
	for _, p := range all {
		if p.Kind == q.Kind && slices.Contains(q.Groups, p.Group) && q.Has(p.From) {
			if err := each(&p); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *shelf) PackedHours(_ context.Context, kind model.PackKind, since time.Time) (hours []time.Time, _ error) {
	for _, p := range s.packs {
		if hour := p.From.Truncate(time.Hour); p.Kind == kind && !p.From.Before(since) && !slices.ContainsFunc(hours, hour.Equal) {
			hours = append(hours, hour)
		}
	}
	slices.SortFunc(hours, time.Time.Compare)
	return hours, nil
}

func (s *shelf) Alive(context.Context) (time.Time, error) { return s.alive, nil }

func (s *shelf) SetAlive(_ context.Context, now time.Time, gaps []model.Span) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refuse != nil {
		return s.refuse
	}
	s.alive = now
	s.gaps = append(s.gaps, gaps...)
	return nil
}

func (s *shelf) Gaps(_ context.Context, span model.Span) ([]model.Span, error) {
	var some []model.Span
	for _, g := range s.gaps {
		if g.From.Before(span.To) && g.To.After(span.From) {
			some = append(some, g)
		}
	}
	return some, nil
}

// service is clientA's, on hosts web0, web1…
func service(hosts int, minUp model.MinUp) *model.Inventory {
	key := model.ServiceKey{Client: "clientA", Service: "reports"}
	var checks []*model.Check
	var all []model.Host
	for i := range hosts {
		host := fmt.Sprintf("web%d", i)
		all = append(all, model.Host{Name: host})
		e := &model.Endpoint{ServiceKey: key, Host: host}
		checks = append(checks, &model.Check{ID: e.ID(), Endpoint: e, Labels: model.Labels{"host": host}})
	}
	return model.NewInventory([]model.Client{{Name: "clientA"}}, []model.Service{{ServiceKey: key, MinUp: minUp, ErrThreshold: 10}}, all, checks)
}

func keysOf(inv *model.Inventory) []model.ServiceKey {
	return []model.ServiceKey{inv.Services()[0].ServiceKey}
}

type fataler interface {
	Helper()
	Fatal(args ...any)
}

// open returns a Recorder on a store, as after a start of the program.
func open(t fataler, s history.Store, inv *model.Inventory, now func() time.Time) *history.Recorder {
	t.Helper()
	b := history.New(history.Options{
		Store: s, Inventory: func() *model.Inventory { return inv }, Now: now, Fault: func(err error) { t.Fatal(err) }, Room: 50,
	})
	if err := b.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := b.Number(context.Background(), inv); err != nil {
		t.Fatal(err)
	}
	return b
}

func past(t fataler, b *history.Recorder, inv *model.Inventory, span model.Span) model.ServicePast {
	t.Helper()
	all, err := b.ServicePasts(context.Background(), inv, keysOf(inv), span)
	if err != nil {
		t.Fatal(err)
	}
	return all[0]
}

func result(check model.CheckID, status model.Status, at time.Time, took time.Duration) model.Result {
	return model.Result{Check: check, Status: status, At: at, Took: took}
}
