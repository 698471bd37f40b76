package alerts_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"opsbot/alerts"
	"opsbot/model"
)

// network is what probes and checks see; it can be taken away.
type network struct{ away bool }

func (n *network) Check(context.Context) model.Result {
	if n.away {
		return model.Result{Status: model.StatusFail, Reason: model.NewReason(model.ReasonTimeout)}
	}
	return model.Result{Status: model.StatusOK}
}

type guard struct {
	*alerts.Connectivity
	w   *world
	net network
	ids []string
}

func newGuard(t *testing.T, n int, probes ...alerts.Probe) *guard {
	t.Helper()
	var ids []string
	for i := range n {
		ids = append(ids, fmt.Sprintf("c%02d", i))
	}
	e := &guard{w: newWorld(t, ids...), ids: ids}
	e.w.rules.Storm = alerts.Storm{Over: 3, Within: 30 * time.Second}
	e.w.manager.SetRules(e.w.rules)
	if probes == nil {
		probes = []alerts.Probe{{Name: "tcp:10.0.0.1:53", Checker: &e.net}}
	}
	e.Connectivity = alerts.NewConnectivity(alerts.ConnectivityOptions{
		Probes: probes, Share: 50, Timeout: time.Second, Now: func() time.Time { return e.w.at }, Offline: e.w.manager.Offline,
		Changed: func(ctx context.Context, why model.Reason) {
			if err := e.w.manager.SetConnectivity(ctx, why); err != nil {
				t.Error(err)
			}
		},
	})
	return e
}

// round has the given share of the checks fail at once.
func (e *guard) round(failing int, code model.ReasonCode) {
	e.w.t.Helper()
	var results []model.Result
	for i, id := range e.ids {
		r := model.Result{Check: model.CheckID(id), Status: model.StatusOK, At: e.w.at}
		if i < failing {
			r.Status, r.Reason = model.StatusFail, model.NewReason(code)
		}
		results = append(results, r)
	}
	if err := e.w.manager.Handle(e.w.t.Context(), e.Filter(e.w.t.Context(), results)...); err != nil {
		e.w.t.Fatal(err)
	}
}

func TestOfflineIsOneCard(t *testing.T) {
	e := newGuard(t, 40)
	e.net.away = true
	e.round(40, model.ReasonTimeout)
	e.w.expect("1 opened connectivity critical")
	for range 5 {
		e.w.wait(10 * time.Minute)
		e.round(40, model.ReasonTimeout)
		e.Probe(t.Context())
	}
	e.w.expect() // unknown for long, which is said already
	e.net.away = false
	e.Probe(t.Context())
	e.w.expect("1 updated connectivity critical closed", "1 resolved connectivity critical closed")
	if len(e.w.again) < 40 {
		t.Errorf("only %d checks run again", len(e.w.again))
	}
	e.w.wait(5 * time.Minute)
	e.w.expect()
	e.round(1, model.ReasonTimeout)
	e.w.expect("1 opened check:c00 critical")
}

func TestFailuresOfOthersAreNotified(t *testing.T) {
	t.Run("the probes answer", func(t *testing.T) {
		e := newGuard(t, 40)
		e.round(40, model.ReasonTimeout)
		e.w.expect("1 opened storm:41 critical")
	})
	t.Run("too few fail for the probes to be asked", func(t *testing.T) {
		e := newGuard(t, 40)
		e.net.away = true
		e.round(2, model.ReasonTimeout)
		e.w.expect("1 opened check:c00 critical", "1 opened check:c01 critical")
	})
	t.Run("no network was needed to see it", func(t *testing.T) {
		e := newGuard(t, 40)
		e.net.away = true
		e.round(40, model.ReasonDiskUsed)
		e.w.expect("1 opened storm:41 critical")
	})
	t.Run("one of two probes answers", func(t *testing.T) {
		away := &network{away: true}
		e := newGuard(t, 40, alerts.Probe{Name: "a", Checker: away}, alerts.Probe{Name: "b", Checker: &network{}})
		e.round(40, model.ReasonTimeout)
		e.w.expect("1 opened storm:41 critical")
	})
	t.Run("there are no probes", func(t *testing.T) {
		e := newGuard(t, 40, []alerts.Probe{}...)
		e.net.away = false
		e.round(40, model.ReasonTimeout)
		e.w.expect("1 opened storm:41 critical")
	})
}

func TestOfflineSurvivesARestart(t *testing.T) {
	e := newGuard(t, 10)
	e.net.away = true
	e.round(10, model.ReasonTimeout)
	e.w.expect("1 opened connectivity critical")
	e.w.restart()
	if !e.w.manager.Offline() {
		t.Fatal("forgotten")
	}
	e.w.expect()
}

func TestUnknownBeforeOfflineIsStillNotifiedAfter(t *testing.T) {
	w := newWorld(t, "main-db")
	w.result("main-db", model.StatusUnknown)
	w.wait(10 * time.Minute)
	_ = w.manager.SetConnectivity(t.Context(), model.NewReason(model.ReasonOffline))
	_ = w.manager.SetConnectivity(t.Context(), model.Reason{})
	w.said()
	w.wait(6 * time.Minute)
	w.expect("1 opened check:main-db warning")
}

// A reload makes a new Connectivity; what the old one says in its last moment does not stay for good.
func TestOfflineOfTheGuardBefore(t *testing.T) {
	e := newGuard(t, 10)
	if err := e.w.manager.SetConnectivity(t.Context(), model.NewReason(model.ReasonOffline)); err != nil {
		t.Fatal(err)
	}
	e.Probe(t.Context())
	e.w.expect("1 opened connectivity critical", "1 updated connectivity critical closed", "1 resolved connectivity critical closed")
}

// A fleet that is checked every second goes offline within a round: the last result of each check counts, not how many
// there were before.
func TestOfflineIsSeenWithinARound(t *testing.T) {
	e := newGuard(t, 40)
	for range 60 {
		e.w.at = e.w.at.Add(100 * time.Millisecond)
		e.round(0, "")
	}
	e.net.away = true
	e.round(20, model.ReasonTimeout) // half of one round
	e.w.expect("1 opened connectivity critical")
}

// A reload changes the probes while results come in; the race detector watches.
func TestConnectivityIsConfiguredWhileItRuns(t *testing.T) {
	c := alerts.NewConnectivity(alerts.ConnectivityOptions{
		Share: 50, Timeout: time.Second, Now: time.Now, Offline: func() bool { return false },
		Changed: func(context.Context, model.Reason) {},
	})
	probes := []alerts.Probe{{Name: "tcp:10.0.0.1:53", Checker: &network{}}}
	result := model.Result{Check: "main-db", Status: model.StatusFail, Reason: model.NewReason(model.ReasonTimeout)}
	var all sync.WaitGroup
	for _, step := range []func(i int){
		func(i int) { c.Configure(probes[:i%2], 50, time.Second) },
		func(int) { c.Filter(t.Context(), []model.Result{result}) },
		func(int) { c.Probe(t.Context()) },
	} {
		all.Go(func() {
			for i := range 200 {
				step(i)
			}
		})
	}
	all.Wait()
}
