package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"opsbot/alerts"
	"opsbot/model"
	"opsbot/store"
)

// mostStorm is what a round in which all fail may cost, in processor time, to the last commit.
const mostStorm = 2 * time.Second

// measureStorm has all checks fail in one round.
func measureStorm(ctx context.Context, w *world) ([]row, error) {
	var took []float64
	for range runs {
		f, err := child(ctx, "storm", w.script(manyChecks, 1))
		if err != nil {
			return nil, err
		}
		took = append(took, f.CPU.Seconds())
	}
	what := fmt.Sprintf("storm, %d checks fail in one round: judged, stored, folded into one card", manyChecks)
	return []row{{what: what, limit: mostStorm.Seconds(), measured: median(took), unit: " s CPU"}}, nil
}

// nobody verifies and repeats nothing.
type nobody struct{}

func (nobody) VerifyChecks([]model.CheckID)       {}
func (nobody) Again(model.CheckID, time.Duration) {}

// playStorm judges a round of failures on a database of its own; the round before it was fine.
func playStorm(ctx context.Context, s script) (f figures, err error) {
	dir, err := os.MkdirTemp("", "opsbot-bench-")
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	db, err := store.Open(ctx, store.Options{Path: filepath.Join(dir, "opsbot.db"), Now: time.Now})
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	now, inv := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC), stormFleet(s.N)
	manager := alerts.New(alerts.Options{
		Store: db, Verifier: nobody{}, Confirmer: nobody{}, Wake: func() {}, Now: func() time.Time { return now }, Inventory: inv,
		Routing: alerts.Routing{Chats: []model.Chat{{ID: 1}}}, Rules: alerts.Rules{Storm: alerts.Storm{Over: 10, Within: 30 * time.Second}},
		Memory: model.Memory{Checks: map[model.CheckID]model.CheckState{}},
	})
	round := func(status model.Status) error {
		const together = 500
		for rest := inv.Checks(); len(rest) > 0; rest = rest[min(together, len(rest)):] {
			var some []model.Result
			for _, c := range rest[:min(together, len(rest))] {
				r := model.Result{Check: c.ID, Status: status, At: now}
				if status != model.StatusOK {
					r.Reason = model.NewReason(model.ReasonRefused)
				}
				some = append(some, r)
			}
			if err := manager.Handle(ctx, some...); err != nil {
				return err
			}
		}
		return nil
	}
	if err := round(model.StatusOK); err != nil {
		return f, err
	}
	now = now.Add(time.Second)
	end := watch(os.Getpid())
	if err := round(model.StatusFail); err != nil {
		return f, err
	}
	now = now.Add(time.Minute)
	if err := manager.Tick(ctx); err != nil {
		return f, err
	}
	if f, err = end(s.N); err != nil {
		return f, err
	}
	return f, isStorm(ctx, db, s.N/servicesOfHost)
}

// isStorm is an error unless the failures of so many hosts became one card.
func isStorm(ctx context.Context, db *store.DB, hosts int) error {
	memory, err := db.Load(ctx)
	if err != nil {
		return err
	}
	cards := 0
	for _, c := range memory.Cards {
		if c.Down {
			cards++
		}
	}
	if len(memory.Open) != hosts+1 || cards != 1 {
		return fmt.Errorf("%d incidents and %d cards, want those of %d hosts and their storm, and one card", len(memory.Open), cards, hosts)
	}
	return nil
}

// stormFleet has four services on each host.
func stormFleet(n int) *model.Inventory {
	var clients []model.Client
	var hosts []model.Host
	var services []model.Service
	var all []*model.Check
	for h := range n / servicesOfHost {
		client, host := fmt.Sprint("client", h/hostsOfClient), fmt.Sprint("host", h)
		hosts = append(hosts, model.Host{Name: host})
		for i := range servicesOfHost {
			key := model.ServiceKey{Client: client, Service: fmt.Sprint("service", i)}
			if h%hostsOfClient == 0 {
				services = append(services, model.Service{ServiceKey: key, ErrThreshold: 10})
			}
			all = append(all, &model.Check{
				ID: model.EndpointCheckID(client, key.Service, host), Timeout: 10 * time.Second, Severity: model.SeverityCritical,
				Endpoint: &model.Endpoint{ServiceKey: key, Host: host},
			})
		}
		if h%hostsOfClient == 0 {
			clients = append(clients, model.Client{Name: client})
		}
	}
	return model.NewInventory(clients, services, hosts, all)
}
