package history_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"opsbot"
	"opsbot/history"
)

// start is an hour before a midnight.
var start = time.Date(2026, 11, 22, 23, 0, 0, 0, time.UTC)

// shelf is a store in memory.
type shelf struct {
	mu          sync.Mutex
	transitions []opsbot.Transition
	mutes       []opsbot.Mute
	gaps        []opsbot.Span
	alive       time.Time
	numbers     map[opsbot.CheckID]int
	packs       []opsbot.Pack
	refuse      error
}

func (s *shelf) Transitions(_ context.Context, checks []opsbot.CheckID, span opsbot.Span) ([]opsbot.Transition, error) {
	var all []opsbot.Transition
	for _, id := range checks {
		var mine []opsbot.Transition
		for _, t := range s.transitions {
			if t.Check == id && t.At.Before(span.To) {
				mine = append(mine, t)
			}
		}
		slices.SortStableFunc(mine, func(a, b opsbot.Transition) int { return a.At.Compare(b.At) })
		for len(mine) > 1 && !mine[1].At.After(span.From) {
			mine = mine[1:]
		}
		all = append(all, mine...)
	}
	return all, nil
}

func (s *shelf) MutesIn(context.Context, opsbot.Span) ([]opsbot.Mute, error) { return s.mutes, nil }

func (s *shelf) CheckNumbers(context.Context) (map[opsbot.CheckID]int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := map[opsbot.CheckID]int{}
	for id, n := range s.numbers {
		all[id] = n
	}
	return all, nil
}

func (s *shelf) NumberChecks(_ context.Context, ids []opsbot.CheckID) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.numbers == nil {
		s.numbers = map[opsbot.CheckID]int{}
	}
	first := len(s.numbers) + 1
	for i, id := range ids {
		s.numbers[id] = first + i
	}
	return first, s.refuse
}

func (s *shelf) SavePacks(_ context.Context, packs []opsbot.Pack) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refuse != nil {
		return s.refuse
	}
	for _, p := range packs {
		if p.Kind == opsbot.PackHours {
			s.packs = slices.DeleteFunc(s.packs, func(old opsbot.Pack) bool {
				return old.Kind == p.Kind && old.Group == p.Group && old.From.Equal(p.From)
			})
		}
		p.Body = slices.Clone(p.Body)
		s.packs = append(s.packs, p)
	}
	return nil
}

func (s *shelf) Packs(_ context.Context, q opsbot.PackQuery, each func(p *opsbot.Pack) error) error {
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

func (s *shelf) PackedHours(_ context.Context, kind opsbot.PackKind, since time.Time) (hours []time.Time, _ error) {
	for _, p := range s.packs {
		if hour := p.From.Truncate(time.Hour); p.Kind == kind && !p.From.Before(since) && !slices.ContainsFunc(hours, hour.Equal) {
			hours = append(hours, hour)
		}
	}
	slices.SortFunc(hours, time.Time.Compare)
	return hours, nil
}

func (s *shelf) Alive(context.Context) (time.Time, error) { return s.alive, nil }

func (s *shelf) SetAlive(_ context.Context, now time.Time, gaps []opsbot.Span) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refuse != nil {
		return s.refuse
	}
	s.alive = now
	s.gaps = append(s.gaps, gaps...)
	return nil
}

func (s *shelf) Gaps(_ context.Context, span opsbot.Span) ([]opsbot.Span, error) {
	var some []opsbot.Span
	for _, g := range s.gaps {
		if g.From.Before(span.To) && g.To.After(span.From) {
			some = append(some, g)
		}
	}
	return some, nil
}

// service is clientA's, on hosts web0, web1…
func service(hosts int, minUp opsbot.MinUp) *opsbot.Inventory {
	key := opsbot.ServiceKey{Client: "clientA", Service: "reports"}
	var checks []*opsbot.Check
	var all []opsbot.Host
	for i := range hosts {
		host := fmt.Sprintf("web%d", i)
		all = append(all, opsbot.Host{Name: host})
		e := &opsbot.Endpoint{ServiceKey: key, Host: host}
		checks = append(checks, &opsbot.Check{ID: e.ID(), Endpoint: e, Labels: opsbot.Labels{"host": host}})
	}
	return opsbot.NewInventory([]opsbot.Client{{Name: "clientA"}}, []opsbot.Service{{ServiceKey: key, MinUp: minUp, ErrThreshold: 10}}, all, checks)
}

func keysOf(inv *opsbot.Inventory) []opsbot.ServiceKey {
	return []opsbot.ServiceKey{inv.Services()[0].ServiceKey}
}

type fataler interface {
	Helper()
	Fatal(args ...any)
}

// open makes a Recorder on a store, as a start of the program does.
func open(t fataler, s history.Store, inv *opsbot.Inventory, now func() time.Time) *history.Recorder {
	t.Helper()
	b := history.New(history.Options{
		Store: s, Inventory: func() *opsbot.Inventory { return inv }, Now: now, Fault: func(err error) { t.Fatal(err) }, Room: 50,
	})
	if err := b.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := b.Number(context.Background(), inv); err != nil {
		t.Fatal(err)
	}
	return b
}

func past(t fataler, b *history.Recorder, inv *opsbot.Inventory, span opsbot.Span) opsbot.ServicePast {
	t.Helper()
	all, err := b.ServicePasts(context.Background(), inv, keysOf(inv), span)
	if err != nil {
		t.Fatal(err)
	}
	return all[0]
}

func result(check opsbot.CheckID, status opsbot.Status, at time.Time, took time.Duration) opsbot.Result {
	return opsbot.Result{Check: check, Status: status, At: at, Took: took}
}
