package inventory_test

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"opsbot/inventory"
	"opsbot/model"
)

// hanging is a DNS that never answers.
func hanging(ctx context.Context, _, _ string) ([]netip.Addr, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestRunRefreshesUntilItIsStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int32
		resolver := resolverFunc(func(_ context.Context, network, _ string) ([]netip.Addr, error) {
			if network == "ip6" {
				return nil, &net.DNSError{IsNotFound: true}
			}
			return addrs(fmt.Sprintf("10.0.0.%d", asked.Add(1))), nil
		})
		live := inventory.NewLive(oneClient(t), inventory.Options{Resolver: resolver})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- live.Run(ctx) }()
		pass(5*time.Minute + time.Second) // the bubble's clock
		wantHosts(t, live, "10.0.0.1")
		pass(5 * time.Minute)
		wantHosts(t, live, "10.0.0.2")
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestAHangingDNSIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		live := inventory.NewLive(oneClient(t), inventory.Options{Resolver: resolverFunc(hanging), Timeout: 3 * time.Second})
		start := time.Now()
		refresh(t, live)
		if took := time.Since(start); took != 3*time.Second {
			t.Errorf("took %v", took)
		}
		if w := live.Warnings(); len(w) != 1 || w[0].Reason.Code != model.ReasonDNS {
			t.Errorf("warnings = %+v", w)
		}
	})
}

func TestAStopIsNoVerdict(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		live := inventory.NewLive(oneClient(t), inventory.Options{Resolver: resolverFunc(hanging), Timeout: time.Hour})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := live.Start(ctx); err != nil {
			t.Error(err)
		}
		wantNoWarning(t, live)
	})
}

// TestAnOldAnswerIsOpenUntilDNSWasAsked: after days of downtime the start may be over before a slow DNS has answered, and
// a host that seems to have left would end its incidents.
func TestAnOldAnswerIsOpenUntilDNSWasAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &memory{}
		if err := store.SaveAnswers(t.Context(), []model.DNSAnswer{{
			Name: "c.test", IPv4: addrs("10.0.0.1"), At4: time.Now().Add(-3 * inventory.Keep),
		}}); err != nil {
			t.Fatal(err)
		}
		live := inventory.NewLive(oneClient(t), inventory.Options{Resolver: resolverFunc(hanging), Answers: store, Timeout: time.Hour})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := live.Start(ctx); err != nil {
			t.Fatal(err)
		}
		wantHosts(t, live, "10.0.0.1")
	})
}

func TestLookupsAtOnceAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var now, most atomic.Int32
		resolver := resolverFunc(func(_ context.Context, _, _ string) ([]netip.Addr, error) {
			now.Add(1)
			pass(time.Millisecond) // the bubble's clock: by then all that begin together have begun
			most.Store(max(most.Load(), now.Load()))
			pass(time.Millisecond)
			now.Add(-1)
			return addrs("10.0.0.1"), nil
		})
		d := inventory.Declared{Services: []model.ServiceSpec{service("reports", 80)}}
		for i := range 100 {
			name := fmt.Sprintf("c%d", i)
			d.Clients = append(d.Clients, model.ClientSpec{Name: name, Domains: []string{name + ".test"}, Services: []string{"reports"}})
		}
		live := inventory.NewLive(source(t, d), inventory.Options{Resolver: resolver, Parallel: 5})
		refresh(t, live)
		if most.Load() != 10 { // both families of five names
			t.Errorf("%d lookups at once", most.Load())
		}
		if n := len(live.Current().Hosts()); n != 1 {
			t.Errorf("%d hosts of one address", n)
		}
	})
}

func TestReplaceDoesNotWaitForAHangingDNS(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		live := inventory.NewLive(oneClient(t), inventory.Options{Resolver: resolverFunc(hanging), Timeout: time.Hour})
		done := make(chan error, 1)
		go func() { done <- live.Refresh(t.Context()) }()
		synctest.Wait()
		next := source(t, inventory.Declared{
			Services: []model.ServiceSpec{service("reports", 80)},
			Clients:  []model.ClientSpec{{Name: "c", Hosts: []string{"10.0.0.5"}, Services: []string{"reports"}}},
		})
		start := time.Now()
		live.Replace(t.Context(), next)
		if took := time.Since(start); took != 0 {
			t.Errorf("took %v", took)
		}
		wantHosts(t, live, "10.0.0.5")
		wantNoWarning(t, live)
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestReplaceAsksForNewNamesFirst(t *testing.T) {
	_, resolver := startDNS(t, map[string][]string{"c.test.": {"10.0.0.1"}, "new.test.": {"10.0.0.2"}})
	live := inventory.NewLive(oneClient(t), inventory.Options{Resolver: resolver})
	refresh(t, live)
	live.Replace(t.Context(), source(t, inventory.Declared{
		Services: []model.ServiceSpec{service("reports", 80)},
		Clients:  []model.ClientSpec{{Name: "c", Domains: []string{"c.test", "new.test"}, Services: []string{"reports"}}},
	}))
	wantHosts(t, live, "10.0.0.1", "10.0.0.2")
}

// pass lets time pass inside a synctest bubble, without really waiting.
func pass(d time.Duration) { <-time.After(d) }
